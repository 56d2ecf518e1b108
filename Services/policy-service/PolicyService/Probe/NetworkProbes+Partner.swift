import NIOCore
import NetworkKit
import Policy
import TLS
import Wire
import XML
import XMPPCore

extension NetworkProbes {
    func partner(_ domain: String, rules: Partner, from ours: String, trusting roots: [UInt8]) async -> [TestStep] {
        var steps: [TestStep] = []
        let targets = await self.targets(of: domain, rules, &steps)
        for (index, target) in targets.enumerated() {
            let isLast = index == targets.count - 1
            guard let connection = await self.connect(target.host, target.port, &steps, isLast: isLast) else {
                continue
            }
            do {
                let context = try Self.context(trusting: roots)
                var walk = PartnerWalk(
                    domain: domain,
                    ours: ours,
                    rules: rules,
                    connection: connection,
                    context: context
                )
                steps += try await walk.run(beginsWithTLS: target.service.beginsWithTLS)
            } catch {
                steps.append(TestStep("stream", .bad, "\(error)"))
            }
            connection.close()
            return steps
        }
        return steps
    }

    private func targets(of domain: String, _ rules: Partner, _ steps: inout [TestStep]) async -> [ServiceTarget] {
        if let proxy = rules.proxyFQDN {
            let parts = proxy.split(separator: ":")
            let port = parts.count == 2 ? Int(parts[1]) ?? 5269 : 5269
            steps.append(TestStep("DNS", .skipped, "the partner's proxy-fqdn is \(proxy): no records are asked for"))
            return [ServiceTarget(service: .xmppServer, host: String(parts.first ?? ""), port: port)]
        }
        do {
            let found = try await self.resolver.targets(
                of: domain,
                services: [.xmppServerDirectTLS, .xmppServer],
                fallback: .xmppServer
            )
            let shown = found.map { "\($0.service.rawValue) → \($0.host):\($0.port)" }.joined(separator: ", ")
            steps.append(TestStep("DNS", .good, shown))
            return Array(found.prefix(Self.maximumTargets))
        } catch {
            steps.append(
                TestStep(
                    "DNS",
                    .bad,
                    "the servers of \(domain) cannot be found: \(error)",
                    remedy:
                        "The partner publishes _xmpp-server._tcp.\(domain). Until then: isthmusctl partner set \(rules.domain) --proxy-fqdn HOST"
                )
            )
            return []
        }
    }
}

/// From an open connection to what the other side offers.
struct PartnerWalk {
    let domain: String
    let ours: String
    let rules: Partner
    let connection: ProbeConnection
    let context: TLSContext
    private var steps: [TestStep] = []
    private var isSecure = false
    private var isTrusted = false

    init(domain: String, ours: String, rules: Partner, connection: ProbeConnection, context: TLSContext) {
        (self.domain, self.ours, self.rules) = (domain, ours, rules)
        (self.connection, self.context) = (connection, context)
    }

    private var methods: [Policy.AuthenticationMethod] { self.rules.negotiation.methods }

    mutating func run(beginsWithTLS: Bool) async throws -> [TestStep] {
        var events = self.connection.events.makeAsyncIterator()
        if beginsWithTLS {
            try await self.connection.secure(self.context, serverName: self.domain, alpn: ["xmpp-server"])
            guard await self.handshake(&events) else { return self.steps }
        }
        var features = try await self.features(&events)
        if !self.isSecure, let offered = features, offered.startTLS != .none, self.rules.tls != .notSupported {
            guard try await self.startTLS(&events) else { return self.steps }
            features = try await self.features(&events)
        } else if !self.isSecure, features != nil {
            self.withoutTLS()
        }
        if let features { self.judge(features) }
        return self.steps
    }

    private mutating func withoutTLS() {
        self.steps.append(
            self.rules.tls == .required
                ? TestStep(
                    "TLS",
                    .bad,
                    "STARTTLS is not offered, and the partner's tls is required",
                    remedy:
                        "The partner turns TLS on. Without TLS nothing is sent, unless: isthmusctl partner set \(self.rules.domain) --tls optional"
                )
                : TestStep("TLS", .warning, "the stream stays in the clear, as the partner's rules allow")
        )
    }

    private mutating func handshake(_ events: inout AsyncStream<ProbeConnection.Event>.Iterator) async -> Bool {
        while let event = await events.next(isolation: #isolation) {
            switch event {
            case .bytes: continue
            case .secured(let completed):
                self.isSecure = true
                let found = NetworkProbes.step(
                    about: completed,
                    named: self.domain,
                    matches: { $0.matches(domain: self.domain, service: "xmpp-server") },
                    isNeeded: self.methods == [.saslTLS]
                )
                self.isTrusted = found.last?.outcome == .good
                self.steps += found
                return true
            case .ended(let reason):
                self.steps.append(
                    TestStep(
                        "TLS",
                        .bad,
                        "the handshake failed: \(reason)",
                        remedy: "The gateway speaks TLS 1.2 and 1.3; look at the other side's log for its view of it."
                    )
                )
                return false
            }
        }
        return false
    }

    private mutating func startTLS(_ events: inout AsyncStream<ProbeConnection.Event>.Iterator) async throws -> Bool {
        let wish = XMLElement("starttls", namespace: Namespace.tls)
        try await self.connection.send(XMLWriter.bytes(of: wish))
        var answer = ""
        while let event = await events.next(isolation: #isolation) {
            switch event {
            case .bytes(let bytes):
                answer += String(decoding: bytes, as: UTF8.self)
                guard answer.contains(">") else { continue }
                guard answer.contains("<proceed") else {
                    self.steps.append(TestStep("TLS", .bad, "STARTTLS is offered but then refused"))
                    return false
                }
                try await self.connection.secure(self.context, serverName: self.domain, alpn: [])
                return await self.handshake(&events)
            case .secured: continue
            case .ended(let reason):
                self.steps.append(TestStep("TLS", .bad, "after STARTTLS \(reason)"))
                return false
            }
        }
        return false
    }

    /// Opens a stream and reads what is offered.
    private mutating func features(
        _ events: inout AsyncStream<ProbeConnection.Event>.Iterator
    ) async throws -> StreamFeatures? {
        var parser = try XMLStreamParser(limits: .document)
        var writer = XMLWriter(prefixes: StreamHeader.prefixes())
        writer.writeRoot(
            StreamHeader(from: self.ours, to: self.domain).root,
            contentNamespace: Namespace.server
        )
        try await self.connection.send(writer.bytes)
        while let event = await events.next(isolation: #isolation) {
            switch event {
            case .secured: continue
            case .ended(let reason): return self.noStream(reason)
            case .bytes(let bytes):
                for item in parser.feed(bytes) {
                    switch item {
                    case .opened(let root, let namespaces):
                        let header = try StreamHeader(root, namespaces: namespaces)
                        // Before RFC 3920 there were no features: dialback and nothing else.
                        if header.version == nil {
                            var old = StreamFeatures()
                            old.dialback = true
                            return old
                        }
                    case .element(let element, _):
                        if element.is("features", Namespace.stream) { return StreamFeatures(element) }
                        let condition = element.elements.first?.name ?? element.name
                        if condition == "not-authorized", self.isEncrypted { return self.certificateWanted() }
                        return self.noStream("it answers the stream error \(condition)")
                    case .whitespace: continue
                    case .closed: return self.noStream("it closed the stream")
                    case .failed(let error): return self.noStream("what it sends is no XMPP stream: \(error)")
                    }
                }
            }
        }
        return self.noStream("nothing came")
    }

    private var isEncrypted: Bool { self.steps.contains { $0.name == "TLS" && $0.outcome == .good } }

    /// A server that takes nobody without a certificate ends the stream of who shows none, as Prosody does with `s2s_secure_auth`.
    private mutating func certificateWanted() -> StreamFeatures? {
        self.steps.append(
            TestStep(
                "stream",
                .warning,
                "it wants a certificate of who calls (not-authorized); the edges have one, this test has none",
                remedy:
                    "Live streams show whether the edges' certificate is taken: isthmusctl test im sends a message over one."
            )
        )
        return nil
    }

    private mutating func noStream(_ reason: String) -> StreamFeatures? {
        self.steps.append(
            TestStep(
                "stream",
                .bad,
                reason,
                remedy: "Does the other server serve \(self.domain), and does it let \(self.ours) in?"
            )
        )
        return nil
    }

    /// What of the partner's rules the offers meet.
    private mutating func judge(_ features: StreamFeatures) {
        self.steps.append(
            TestStep("stream", .good, "it speaks XMPP\(self.isSecure ? " inside TLS" : "")")
        )
        let external = features.mechanisms.contains("EXTERNAL")
        let offers = (external ? ["SASL EXTERNAL"] : []) + (features.dialback ? ["dialback"] : [])
        // Servers offer EXTERNAL to a certificate that they trust, and many understand dialback without saying so.
        let possible = self.methods.filter { method in
            switch method {
            case .saslTLS: self.isSecure && self.isTrusted
            case .tlsDialback: self.isSecure
            case .tcpDialback: !self.isSecure
            }
        }
        let shown =
            offers.isEmpty
            ? "nothing is offered to a client without a certificate" : "offered: \(offers.joined(separator: ", "))"
        guard let best = possible.first else {
            self.steps.append(
                TestStep(
                    "authentication",
                    .bad,
                    "\(shown); none of the methods of the partner's rules can be used",
                    remedy:
                        "Compare tls, sasl and dialback with what the partner can: isthmusctl partner show \(self.rules.domain)"
                )
            )
            return
        }
        let isSure = best == .saslTLS ? external : features.dialback
        self.steps.append(
            TestStep(
                "authentication",
                isSure ? .good : .warning,
                "\(shown); the rules lead to \(best.words)",
                remedy: isSure
                    ? ""
                    : "This test has no certificate to show. Whether it works in earnest is seen at a live stream: isthmusctl stream list"
            )
        )
    }
}
