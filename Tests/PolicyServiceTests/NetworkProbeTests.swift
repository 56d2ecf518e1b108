import DNS
import Foundation
import NIOCore
import NIOPosix
import Policy
import Synchronization
import TLS
import TestSupport
import Testing
import Wire

@testable import PolicyService

@Suite("Tests of partners and routes, over real sockets")
struct NetworkProbeTests {
    let probes: NetworkProbes
    let authority: TestAuthority

    init() async throws {
        self.probes = NetworkProbes(
            resolver: try DNS.Resolver(ResolverConfiguration()),
            loop: MultiThreadedEventLoopGroup.singleton.next()
        )
        self.authority = try TestAuthority()
    }

    private func context(_ names: String, by authority: TestAuthority? = nil) throws -> TLSContext {
        let identity = try (authority ?? self.authority).issue(names)
        return try TLSContext(
            TLSContext.Configuration(
                identities: [
                    TLSIdentity(certificateChainPEM: identity.chainPEM, privateKeyPEM: identity.keyPEM)
                ]
            )
        )
    }

    private static func features(_ content: String) -> String {
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
            + "xmlns:db='jabber:server:dialback' id='1' from='xmpp.example' version='1.0'>"
            + "<stream:features>\(content)</stream:features>"
    }

    private static let startTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    private static let external =
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"
    private static let dialback = "<dialback xmlns='urn:xmpp:features:dialback'/>"

    /// A server that offers STARTTLS, and inside TLS what `offers` says.
    private static func xmpp(_ offers: String, plain: String = startTLS) -> ScriptedServer.Script {
        { received, isSecure in
            if received.contains("<starttls") {
                return .init(text: "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", startsTLS: true)
            }
            guard received.contains("<stream:stream") else { return nil }
            return .init(text: self.features(isSecure ? offers : plain))
        }
    }

    private func partner(
        _ port: Int,
        tls: Negotiation = .required,
        sasl: Negotiation = .optional,
        dialback: Bool = true
    ) -> Partner {
        Partner(domain: "xmpp.example", tls: tls, sasl: sasl, dialback: dialback, proxyFQDN: "127.0.0.1:\(port)")
    }

    private func walk(_ rules: Partner) async -> [TestStep] {
        await self.probes.partner("xmpp.example", rules: rules, from: "sip.example", trusting: self.authority.rootPEM)
    }

    private static func outcome(_ name: String, _ steps: [TestStep]) -> TestStep.Outcome? {
        steps.last { $0.name == name }?.outcome
    }

    @Test("A good partner is good at every step, by STARTTLS")
    func good() async throws {
        let server = try await ScriptedServer(
            try self.context("DNS:xmpp.example"),
            Self.xmpp(Self.external + Self.dialback)
        )
        let steps = await self.walk(self.partner(server.port))
        #expect(
            steps.map(\.name) == ["DNS", "address", "connection", "TLS", "certificate", "stream", "authentication"]
        )
        #expect(steps.dropFirst().allSatisfy { $0.outcome == .good }, "\(steps)")
        #expect(steps.last?.text.contains("SASL EXTERNAL") == true)
    }

    @Test("A certificate that nobody trusts leaves dialback, where the rules allow it, and nothing where they do not")
    func untrusted() async throws {
        let stranger = try TestAuthority("Stranger")
        let context = try self.context("DNS:xmpp.example", by: stranger)
        let server = try await ScriptedServer(context, Self.xmpp(Self.dialback))
        let lenient = await self.walk(self.partner(server.port))
        #expect(Self.outcome("certificate", lenient) == .warning)
        #expect(Self.outcome("authentication", lenient) == .good)
        #expect(lenient.last?.text.contains("dialback inside TLS") == true)
        let strict = await self.walk(self.partner(server.port, sasl: .required, dialback: false))
        #expect(Self.outcome("certificate", strict) == .bad)
        #expect(Self.outcome("authentication", strict) == .bad)
        #expect(strict.last?.remedy.contains("partner show xmpp.example") == true)
    }

    @Test("A certificate for somebody else does not name the partner")
    func wrongName() async throws {
        let server = try await ScriptedServer(try self.context("DNS:other.example"), Self.xmpp(Self.external))
        let steps = await self.walk(self.partner(server.port, sasl: .required, dialback: false))
        let certificate = try #require(steps.first { $0.name == "certificate" })
        #expect(certificate.outcome == .bad && certificate.text.contains("does not name xmpp.example"))
    }

    @Test("Without STARTTLS a partner that requires TLS fails; one that does not may go on in the clear")
    func noTLS() async throws {
        let server = try await ScriptedServer(nil, Self.xmpp("", plain: Self.dialback))
        #expect(Self.outcome("TLS", await self.walk(self.partner(server.port))) == .bad)
        let open = await self.walk(self.partner(server.port, tls: .optional, sasl: .notSupported))
        #expect(Self.outcome("TLS", open) == .warning && Self.outcome("authentication", open) == .good)
    }

    /// What a server answers, and what is said of it.
    static let strange: [(answer: String, closes: Bool, says: String)] = [
        ("", true, "closed"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", false, "no XMPP stream"),
        (
            "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
                + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
            true, "host-unknown"
        ),
        (String(repeating: "x", count: 200_000), false, "it sends too much"),
    ]

    @Test("What is no XMPP server, or does not want us, is said to be so", arguments: strange)
    func strangers(_ answer: String, _ closes: Bool, _ says: String) async throws {
        let server = try await ScriptedServer { _, _ in .init(text: answer, closes: closes) }
        let steps = await self.walk(self.partner(server.port))
        let last = try #require(steps.last)
        #expect(last.outcome == .bad && last.text.contains(says), "\(last)")
    }

    @Test("Where nobody listens the connection is bad, and says what to look at")
    func nobody() async throws {
        var server: ScriptedServer? = try await ScriptedServer { _, _ in nil }
        let port = try #require(server?.port)
        server = nil
        let steps = try await eventually("the port to be closed") {
            let steps = await self.walk(self.partner(port))
            return steps.last?.name == "connection" ? steps : nil
        }
        #expect(steps.last?.outcome == .bad && steps.last?.remedy.contains("TCP port \(port)") == true)
    }

    @Test("A partner is found by its records, direct TLS as well", .enabled(if: NameServer.isInstalled))
    func records() async throws {
        let server = try await ScriptedServer(
            try self.context("DNS:xmpp.example"),
            beginsWithTLS: true,
            Self.xmpp(Self.external)
        )
        let names = try await NameServer(zones: [
            "xmpp.example": """
            _xmpps-server._tcp SRV 1 1 \(server.port) host
            _xmpp-server._tcp SRV 2 1 1 nowhere
            host A 127.0.0.1
            """
        ])
        let forwarder = try #require(Forwarder(names.address))
        let probes = NetworkProbes(
            resolver: try DNS.Resolver(ResolverConfiguration(upstream: .forwarders([forwarder]))),
            loop: MultiThreadedEventLoopGroup.singleton.next()
        )
        var rules = self.partner(server.port)
        rules.proxyFQDN = nil
        let steps = await probes.partner(
            "xmpp.example",
            rules: rules,
            from: "sip.example",
            trusting: self.authority.rootPEM
        )
        #expect(steps.allSatisfy { $0.outcome == .good }, "\(steps)")
        #expect(steps.first?.text.contains("_xmpps-server._tcp → host.xmpp.example:\(server.port)") == true)
        let lost = await probes.partner("no.example", rules: rules, from: "sip.example", trusting: [])
        #expect(lost.last?.outcome == .bad && lost.last?.name == "DNS")
    }

    // MARK: Routes

    private func route(
        _ port: Int,
        _ transport: StaticRoute.Transport = .tcp,
        host: String = "127.0.0.1"
    ) -> StaticRoute {
        StaticRoute(id: "r1", domain: "sip.example", nextHop: host, port: port, transport: transport)
    }

    static let answers: [(line: String, outcome: TestStep.Outcome)] = [
        ("SIP/2.0 200 OK", .good), ("SIP/2.0 405 Method Not Allowed", .good), ("SIP/2.0 483 Too Many Hops", .good),
        ("SIP/2.0 403 Forbidden", .warning), ("SIP/2.0 503 Service Unavailable", .bad),
        ("HTTP/1.1 200 OK", .bad), ("SIP/2.0 x", .bad),
    ]

    @Test("A next hop is judged by its answer to OPTIONS", arguments: answers)
    func options(_ line: String, _ outcome: TestStep.Outcome) async throws {
        let server = try await ScriptedServer { received, _ in
            received.hasSuffix("\r\n\r\n") && received.hasPrefix("OPTIONS sip:127.0.0.1:")
                ? .init(text: line + "\r\n\r\n") : nil
        }
        let steps = await self.probes.route(self.route(server.port), from: "sip.example", trusting: [])
        #expect(steps.last?.name == "OPTIONS" && steps.last?.outcome == outcome, "\(steps)")
    }

    @Test("Over TLS the next hop's certificate must name it")
    func secureRoute() async throws {
        let script: ScriptedServer.Script = { received, _ in
            received.hasSuffix("\r\n\r\n") ? .init(text: "SIP/2.0 200 OK\r\n\r\n") : nil
        }
        let good = try await ScriptedServer(try self.context("DNS:localhost"), beginsWithTLS: true, script)
        let steps = await self.probes.route(
            self.route(good.port, .tls, host: "localhost"),
            from: "sip.example",
            trusting: self.authority.rootPEM
        )
        #expect(steps.allSatisfy { $0.outcome == .good }, "\(steps)")
        let other = try await ScriptedServer(try self.context("DNS:other.example"), beginsWithTLS: true, script)
        let wrong = await self.probes.route(
            self.route(other.port, .tls, host: "localhost"),
            from: "sip.example",
            trusting: self.authority.rootPEM
        )
        #expect(Self.outcome("certificate", wrong) == .bad)
    }

    @Test("A route without a port is looked up, and each of its servers is asked", .enabled(if: NameServer.isInstalled))
    func routeInDNS() async throws {
        let server = try await ScriptedServer { received, _ in
            received.hasSuffix("\r\n\r\n") ? .init(text: "SIP/2.0 200 OK\r\n\r\n") : nil
        }
        let names = try await NameServer(zones: ["pool.test": "_sip._tcp SRV 1 0 \(server.port) one\none A 127.0.0.1"])
        let forwarder = try #require(Forwarder(names.address))
        let probes = NetworkProbes(
            resolver: try DNS.Resolver(ResolverConfiguration(upstream: .forwarders([forwarder]))),
            loop: MultiThreadedEventLoopGroup.singleton.next()
        )
        let steps = await probes.route(self.route(0, host: "pool.test"), from: "sip.example", trusting: [])
        #expect(steps.map(\.name) == ["DNS", "address", "connection", "OPTIONS"], "\(steps)")
        #expect(steps.allSatisfy { $0.outcome == .good }, "\(steps)")
        let none = await probes.route(self.route(0, host: "none.example"), from: "sip.example", trusting: [])
        #expect(none.map(\.outcome) == [.bad], "\(none)")
        try await names.stop()
    }

    @Test("A next hop over UDP is asked until it answers; that nobody listens there is said")
    func udp() async throws {
        let answers = Mutex(0)
        let server = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // The first question is lost.
                    let handler = DatagramAnswerer {
                        answers.withLock { count in
                            count += 1; return count > 1
                        }
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let steps = await self.probes.route(self.route(port, .udp), from: "sip.example", trusting: [])
        #expect(steps.map(\.outcome) == [.good, .good], "\(steps)")
        try await server.close()
        let silent = await self.probes.route(self.route(port, .udp), from: "sip.example", trusting: [])
        #expect(silent.map(\.outcome) == [.good, .bad], "\(silent)")
        #expect(silent.last?.text.contains("refused") == true, "\(silent)")
    }
}

/// Answers datagrams, when it wants to.
private final class DatagramAnswerer: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let wants: @Sendable () -> Bool

    init(_ wants: @escaping @Sendable () -> Bool) { self.wants = wants }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.wants() else { return }
        let envelope = AddressedEnvelope(
            remoteAddress: self.unwrapInboundIn(data).remoteAddress,
            data: ByteBuffer(string: "SIP/2.0 200 OK\r\n\r\n")
        )
        context.writeAndFlush(self.wrapOutboundOut(envelope), promise: nil)
    }
}
