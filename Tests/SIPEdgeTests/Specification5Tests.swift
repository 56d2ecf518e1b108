import Messaging
import Policy
import SIPCore
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SIPEdge

/// SPEC §5, its sentences one after the other, each seen at the edge itself; docs/conformance/sip.md says where more of each is tested.
@Suite("SPEC §5, sentence by sentence", .tags(.sip), .serialized)
struct Specification5Tests {
    private static func route(
        _ id: String,
        _ phone: Phone,
        user: String = "*",
        domain: String = "sip.test",
        priority: Int = 1,
        replacesHost: Bool = false
    ) async throws -> StaticRoute {
        StaticRoute(
            id: id,
            user: user,
            domain: domain,
            nextHop: "127.0.0.1",
            port: try await phone.listen(),
            transport: .tcp,
            replaceHostInRequestURI: replacesHost,
            priority: priority
        )
    }

    /// What a request over TCP is answered with.
    private static func answer(to request: Request, at edge: TestEdge) async throws -> Int {
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(request)
        let response = try await eventually("an answer") { phone.responses.first }
        try await phone.hangUp()
        return response.status.code
    }

    // MARK: - Transports and sessions

    @Test("TCP 5060, mutual TLS 5061, UDP where a peer needs it; nothing weaker unless somebody says so")
    func transports() {
        var settings = SettingsReader(SettingsSource(values: ["sip.advertise": ""]))
        let configuration = SIPEdge.Configuration(&settings)
        #expect(configuration.advertisedHost == nil)
        #expect(configuration.tcp.map(\.description) == ["0.0.0.0:5060"])
        #expect(configuration.tls.map(\.description) == ["0.0.0.0:5061"])
        #expect(configuration.udp.isEmpty && configuration.legacyTLS.isEmpty && configuration.serverAuthTLS.isEmpty)
        #expect(configuration.fips == .off)
    }

    @Test(
        "INVITE session mode of LCS, OCS, Lync: the first text in ms-body, MESSAGE and KeyboardActivity in the dialog, BYE",
        arguments: ["x-ms-message", "message"]
    )
    func sessionMode(_ media: String) async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite(first: Talk.hello) {
            $0.body = Array(Talk.offer.replacing("m=message", with: "m=\(media)").utf8)
        }
        try await phone.send(invite)
        let accepted = try await eventually("the answer") { phone.final(.invite) }
        #expect(accepted.headers.tokens(.supported).contains("ms-text-format"))
        #expect(SessionDescription(parsing: accepted.body)?.media.map(\.kind) == [media])
        try await phone.send(try Talk.next(.ack, 1, after: invite, accepted))
        try await phone.send(try Talk.text("text", 2, after: invite, accepted))
        try await phone.send(
            try Talk.next(.info, 3, after: invite, accepted) {
                $0.headers.append(.contentType, "application/xml")
                $0.body = Array("<KeyboardActivity><status status=\"idle\"/></KeyboardActivity>".utf8)
            }
        )
        try await phone.send(try Talk.next(.bye, 4, after: invite, accepted))
        for (method, number) in [(Method.message, UInt32(2)), (.info, 3), (.bye, 4)] {
            let answer = try await eventually("the answer to \(method.name)") { phone.final(method, number) }
            #expect(answer.status.code == 200)
        }
        #expect(edge.xmpp.texts == ["Hello Bob", "text"])
        try await eventually("typing, and the end") {
            let kinds = edge.xmpp.received.values.map(\.content)
            return kinds.contains { if case .composition = $0 { true } else { false } }
                && kinds.contains { if case .sessionClosed = $0 { true } else { false } }
        }
        await edge.stop()
    }

    @Test("MSRP sessions later: until then an offer of MSRP is refused, with the warning that says why")
    func msrp() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try Talk.invite {
                $0.body = Array("v=0\r\nm=message 7394 TCP/MSRP *\r\na=accept-types:text/plain\r\n".utf8)
            }
        )
        let refused = try await eventually("the answer") { phone.final(.invite) }
        #expect(refused.status.code == 488 && refused.headers.all(.warning).contains { $0.hasPrefix("302") })
        await edge.stop()
    }

    // MARK: - Listeners

    @Test("Listeners: several per edge, tcp, tls and udp; with mutual off a TLS host is its address, as over TCP")
    func listeners() async throws {
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            hosts: [HostAuthorization(host: "127.0.0.1")],
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: [
                "sip.tcp": "127.0.0.1:0,127.0.0.2:0", "sip.udp": "127.0.0.1:0", "sip.tls-server-auth": "127.0.0.1:0",
            ]
        )
        let server = edge.edge.server
        #expect(await server.listeners.count == 4)
        #expect(await server.udpPort != nil)
        let mutual = try #require(await server.tlsPort)
        let serverAuth = try #require(await server.serverAuthTLSPort)
        for (port, status) in [(mutual, 403), (serverAuth, 200)] {
            let phone = Phone()
            try await phone.connect(to: port, try trust.context(nil))
            try await phone.send(try request(.message, number: port))
            let response = try await eventually("an answer") { phone.responses.first }
            #expect(response.status.code == status)
        }
        let listed = await server.streams(StreamQuery(limit: 10)).streams
        #expect(listed.map(\.authentication) == ["none", "address"])
        #expect(listed.allSatisfy { $0.security.hasPrefix("TLSv1.3") && $0.direction == .inbound })
        await edge.stop()
    }

    // MARK: - Static routes

    @Test("Static routes: most specific match, then priority; replace-host puts the next hop into the Request-URI")
    func mostSpecific() async throws {
        let phones = (0..<4).map { _ in Phone() }
        let edge = try await TestEdge(
            routes: [
                try await Self.route("wide", phones[0], domain: "*.sip.test"),
                try await Self.route("domain", phones[1], domain: "a.sip.test", priority: 2),
                try await Self.route("first", phones[2], domain: "a.sip.test", priority: 1, replacesHost: true),
                try await Self.route("user", phones[3], user: "romeo", domain: "a.sip.test", priority: 9),
            ],
            domains: ["a.sip.test", "b.sip.test"].map { LocalDomain(domain: $0, xmppAccess: true) }
        )
        for to in ["romeo@a.sip.test", "nurse@a.sip.test", "romeo@b.sip.test"] {
            #expect(try await edge.send(MessageTests.text(to), to: to) == .success(Taken()))
        }
        #expect(
            phones.map { $0.requests.map(\.target.description) } == [
                ["sip:romeo@b.sip.test"], [], ["sip:nurse@127.0.0.1"], ["sip:romeo@a.sip.test"],
            ]
        )
        await edge.stop()
    }

    enum Failing: String, CaseIterable { case silence, busy, hangUp }

    @Test("Fail over to the next on timeout, 503 or broken connection", arguments: Failing.allCases)
    func failOver(_ failing: Failing) async throws {
        let bad = Phone()
        bad.answer { request in
            switch failing {
            case .silence: return nil
            case .busy: return request.response(Status(503), tag: "x")
            case .hangUp:
                Task { try await bad.dropConnections() }
                return nil
            }
        }
        let good = Phone()
        let edge = try await TestEdge(
            routes: [try await Self.route("1", bad), try await Self.route("2", good, priority: 2)],
            settings: ["sip.attempt-timeout": failing == .silence ? "300ms" : "18s"]
        )
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        #expect(good.requests.count == 1)
        await edge.stop()
    }

    @Test("Next hops are probed (OPTIONS), and what is known of them is told")
    func probed() async throws {
        let phone = Phone()
        let edge = try await TestEdge(routes: [try await Self.route("r", phone)])
        try await eventually("it was asked and has answered") {
            await edge.edge.server.nextHops().first?.state == .up
        }
        #expect(phone.probes >= 1 && phone.requests.isEmpty)
        await edge.stop()
    }

    // MARK: - Host authorization

    @Test("Not listed: 403, nothing relayed; every flag has its effect with the next request, on the same connection")
    func flags() async throws {
        let edge = try await TestEdge(hosts: [], settings: ["limits.client-rate": "1"])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        var number = 0
        /// Changes the entry, and says what the next messages are answered with.
        func statuses(_ host: HostAuthorization?, messages: Int = 1) async throws -> Set<Int> {
            edge.control.change(host.map { .host($0) } ?? .hostRemoved(host: "127.0.0.1"))
            try await eventually("the change has arrived") {
                await edge.edge.server.policy.host("127.0.0.1") == host
            }
            let first = number
            number += messages
            for number in (first + 1)...number { try await phone.send(try request(.message, number: number)) }
            try await eventually("answers") { phone.responses.count == number }
            return Set(phone.responses.dropFirst(first).map(\.status.code))
        }
        let host = HostAuthorization(host: "127.0.0.1")
        #expect(try await statuses(nil) == [403])
        #expect(edge.xmpp.received.values.isEmpty)
        #expect(try await statuses(host, messages: 20) == [200])
        #expect(try await statuses(HostAuthorization(host: "127.0.0.1", outboundOnly: true)) == [403])
        #expect(try await statuses(HostAuthorization(host: "127.0.0.1", treatAsAuthenticated: false)) == [403])
        let asClient = try await statuses(HostAuthorization(host: "127.0.0.1", throttleAsServer: false), messages: 20)
        #expect(asClient == [200, 503])
        #expect(try await statuses(nil) == [403])
        try await eventually("each refusal is on record") {
            Set(edge.control.refusals.map(\.reason)) == [
                .hostNotAuthorized, .hostOutboundOnly, .fromNotBoundToPeer, .rateLimit,
            ]
        }
        #expect(phone.closedConnections == 0)
        await edge.stop()
    }

    @Test(
        "Never waits for reverse DNS: an authorized host by FQDN, one by address and an unlisted one are looked up nowhere"
    )
    func reverseDNS() async throws {
        // A name server that hears everything and never answers.
        let silent = DatagramPhone()
        let port = try await silent.listen()
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            hosts: [HostAuthorization(host: "lync.sip.test"), HostAuthorization(host: "127.0.0.1")],
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["resolver.servers": "127.0.0.1@\(port)"]
        )
        #expect(try await Self.answer(to: try request(.message), at: edge) == 200)
        let secure = Phone()
        let context = try trust.context("DNS:lync.sip.test,DNS:sip.test")
        try await secure.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await secure.send(try request(.message, number: 2))
        #expect(try await eventually("an answer") { secure.responses.first }.status.code == 200)
        let unlisted = Phone("127.0.0.9")
        try await unlisted.connect(to: await edge.port())
        try await unlisted.send(try request(.message, number: 3))
        #expect(try await eventually("an answer") { unlisted.responses.first }.status.code == 403)
        #expect(silent.datagrams == 0, "not one question")
        await edge.stop()
    }

    // MARK: - Identity and TLS

    @Test(
        "On TLS the identity is the certificate's, and From must be one that this peer may speak for",
        arguments: [true, false]
    )
    func identity(_ isItsOwn: Bool) async throws {
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            // Its address is listed as well: over TLS that says nothing.
            hosts: [HostAuthorization(host: "lync.sip.test"), HostAuthorization(host: "127.0.0.1")],
            domains: ["sip.test", "other.test"].map { LocalDomain(domain: $0, xmppAccess: true) },
            identities: [trust.edge],
            roots: trust.authority.rootPEM
        )
        let phone = Phone()
        let context = try trust.context("DNS:lync.sip.test,DNS:sip.test")
        try await phone.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await phone.send(try request(.message, from: isItsOwn ? "romeo@sip.test" : "romeo@other.test"))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == (isItsOwn ? 200 : 403))
        let listed = try #require(await edge.edge.server.streams(StreamQuery(limit: 1)).streams.first)
        #expect(listed.authentication == "mutual-tls" && listed.remoteDomains == ["lync.sip.test", "sip.test"])
        #expect(listed.received == 1 && listed.sent == 1 && listed.establishedAt > 0)
        await edge.stop()
    }

    @Test("TLS 1.2 is the floor; less only by an explicit opt-in that is logged as a warning")
    func floor() async throws {
        let trust = try SecureTests.Trust()
        let log = LogCollector()
        let edge = try await TestEdge(
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["sip.tls-legacy": "127.0.0.1:0"],
            log: log
        )
        let port = try #require(await edge.edge.server.legacyTLSPort)
        #expect(
            log.lines.contains { $0.hasPrefix("warning TLS 1.0 and 1.1 are accepted here") && $0.contains(":\(port)") }
        )
        #expect(try await OldTLSTests.client("-tls1", await edge.tlsPort()).contains("Cipher is (NONE)"))
        #expect(!log.text.contains("Old TLS in use"))
        #expect(try await OldTLSTests.client("-tls1", port).contains("Protocol  : TLSv1\n"))
        try await eventually("each use is warned of") {
            log.lines.contains { $0.hasPrefix("warning Old TLS in use") && $0.contains("TLSv1") }
        }
        await edge.stop()
    }

    @Test(
        "A wildcard listener without an advertised host is warned of; Contact then has the address of the connection, never the wildcard"
    )
    func wildcard() async throws {
        let log = LogCollector()
        let edge = try await TestEdge(settings: ["sip.tcp": "0.0.0.0:0"], log: log)
        #expect(
            log.lines.contains {
                $0.hasPrefix("warning No host name is advertised") && $0.contains("ISTHMUS_SIP_ADVERTISE")
            }
        )
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        let accepted = try await eventually("the answer") { phone.final(.subscribe) }
        #expect(accepted.headers.contact?.sipURI?.host == "127.0.0.1")
        await edge.stop()

        for settings in [[:], ["sip.tcp": "0.0.0.0:0", "sip.advertise": "sip.gw.test"]] {
            let log = LogCollector()
            let edge = try await TestEdge(settings: settings, log: log)
            #expect(!log.text.contains("No host name is advertised"))
            await edge.stop()
        }
    }
}
