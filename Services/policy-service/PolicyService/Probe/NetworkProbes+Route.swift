import NIOCore
import Policy
import TLS
import Wire

extension NetworkProbes {
    func route(_ route: StaticRoute, from ours: String, trusting roots: [UInt8]) async -> [TestStep] {
        guard route.isFoundInDNS else {
            return await self.server(route, of: route.nextHop, from: ours, trusting: roots)
        }
        return await self.routeInDNS(route, from: ours, trusting: roots)
    }

    /// One server that a route leads to, which must show the name `domain`.
    func server(
        _ route: StaticRoute,
        of domain: String,
        from ours: String,
        trusting roots: [UInt8]
    ) async -> [TestStep] {
        var steps: [TestStep] = []
        if route.transport == .udp { return await self.routeOverUDP(route, from: ours) }
        guard let connection = await self.connect(route.nextHop, route.port, &steps) else { return steps }
        defer { connection.close() }
        do {
            var events = connection.events.makeAsyncIterator()
            if route.transport == .tls {
                try await connection.secure(try Self.context(trusting: roots), serverName: domain, alpn: [])
                guard await Self.handshake(route, named: domain, &events, &steps) else { return steps }
            }
            try await connection.send(Array(Self.options(route, from: ours).utf8))
            steps.append(await Self.answer(route, &events))
        } catch {
            steps.append(TestStep("OPTIONS", .bad, "\(error)"))
        }
        return steps
    }

    private static func handshake(
        _ route: StaticRoute,
        named domain: String,
        _ events: inout AsyncStream<ProbeConnection.Event>.Iterator,
        _ steps: inout [TestStep]
    ) async -> Bool {
        while let event = await events.next(isolation: #isolation) {
            switch event {
            case .bytes: continue
            case .secured(let completed):
                steps += self.step(
                    about: completed,
                    named: domain,
                    matches: { route.isFoundInDNS ? $0.matches(sipDomain: domain) : $0.matches(sipServer: domain) },
                    isNeeded: true
                )
                return true
            case .ended(let reason):
                steps.append(
                    TestStep(
                        "TLS",
                        .bad,
                        "the handshake failed: \(reason)",
                        remedy:
                            "Is port \(route.port) the TLS port of \(route.nextHop), and does it speak TLS 1.2 or later?"
                    )
                )
                return false
            }
        }
        return false
    }

    /// [RFC 3261 §11.1](https://www.rfc-editor.org/rfc/rfc3261#section-11.1), as sip-edge probes its next hops.
    static func options(_ route: StaticRoute, from ours: String) -> String {
        let nonce = String(UInt64.random(in: .min ... .max), radix: 36)
        let lines = [
            "OPTIONS sip:\(route.nextHop):\(route.port) SIP/2.0",
            "Via: SIP/2.0/\(route.transport.rawValue.uppercased()) \(ours);branch=z9hG4bK\(nonce);rport",
            "Max-Forwards: 0",
            "From: <sip:\(ours)>;tag=\(nonce)",
            "To: <sip:\(route.nextHop)>",
            "Call-ID: \(nonce)@\(ours)",
            "CSeq: 1 OPTIONS",
            "Content-Length: 0",
        ]
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Any answer shows that SIP is spoken there; what it is says how the next hop sees us.
    static func answer(
        _ route: StaticRoute,
        _ events: inout AsyncStream<ProbeConnection.Event>.Iterator
    ) async -> TestStep {
        var text = ""
        while let event = await events.next(isolation: #isolation) {
            switch event {
            case .secured: continue
            case .bytes(let bytes):
                text += String(decoding: bytes, as: UTF8.self)
                guard let end = text.firstRange(of: "\r\n") else { continue }
                return self.step(for: String(text[..<end.lowerBound]), route)
            case .ended(let reason):
                let wantsCertificate = route.transport == .tls
                return TestStep(
                    "OPTIONS",
                    wantsCertificate ? .warning : .bad,
                    "no answer: \(reason)",
                    remedy: wantsCertificate
                        ? "It may ask for the gateway's certificate, which only the edges have: isthmusctl stream list shows whether they are connected."
                        : "Is it a SIP server, and is this host authorized there? isthmusctl guide says what to enter."
                )
            }
        }
        return TestStep("OPTIONS", .bad, "no answer")
    }

    private static func step(for statusLine: String, _ route: StaticRoute) -> TestStep {
        let parts = statusLine.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "SIP/2.0", let status = Int(parts[1]) else {
            return TestStep("OPTIONS", .bad, "what answers is no SIP server: “\(statusLine.prefix(60))”")
        }
        switch status {
        case 401, 403, 407:
            return TestStep(
                "OPTIONS",
                .warning,
                "it answers \(statusLine.dropFirst(8).prefix(60))",
                remedy:
                    "The next hop does not know this host. That is right if only the edges' addresses are authorized there; isthmusctl guide says what to enter."
            )
        case 503:
            return TestStep("OPTIONS", .bad, "it answers \(statusLine.dropFirst(8).prefix(60)): it is not in service")
        default:
            return TestStep("OPTIONS", .good, "it answers \(statusLine.dropFirst(8).prefix(60))")
        }
    }
}
