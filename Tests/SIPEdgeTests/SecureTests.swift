import EdgeKit
import Messaging
import Policy
import SIPCore
import TLS
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Mutual TLS (RFC 5922, SPEC §5)", .tags(.sip), .serialized)
struct SecureTests {
    /// A root that everybody trusts, and what it has issued.
    struct Trust {
        let authority: TestAuthority
        let edge: ServiceIdentity

        init(isRSA: Bool = false) throws {
            self.authority = try TestAuthority()
            let made = try self.authority.issue("DNS:sip.sip.test,DNS:xmpp.test", isRSA: isRSA)
            self.edge = ServiceIdentity(
                names: ["sip.sip.test"],
                certificateChainPEM: made.chainPEM,
                privateKeyPEM: made.keyPEM
            )
        }

        /// What a SIP server with these names uses; without names it shows no certificate.
        func context(_ names: String?, _ profile: TLSProfile = .standard) throws -> TLSContext {
            let identities = try names.map { names in
                let made = try self.authority.issue(names)
                return [
                    try TLSIdentity(names: ["peer"], certificateChainPEM: made.chainPEM, privateKeyPEM: made.keyPEM)
                ]
            }
            return try TLSContext(
                .init(identities: identities ?? [], trustRootsPEM: self.authority.rootPEM, profile: profile)
            )
        }
    }

    static let hosts = [HostAuthorization(host: "lync.sip.test"), HostAuthorization(host: "pool.other.test")]
    static let domains = [
        LocalDomain(domain: "sip.test", xmppAccess: true), LocalDomain(domain: "other.test", xmppAccess: true),
    ]
    static let peers: [(names: String?, from: String, status: Int, reason: RefusalReason?)] = [
        ("DNS:lync.sip.test,DNS:sip.test", "romeo@sip.test", 200, nil),
        ("DNS:lync.sip.test,URI:sip:sip.test", "romeo@sip.test", 200, nil),
        ("DNS:lync.sip.test,DNS:sip.test", "romeo@other.test", 403, .fromNotBoundToPeer),
        ("DNS:lync.sip.test", "romeo@sip.test", 403, .fromNotBoundToPeer),
        ("DNS:stranger.sip.test,DNS:sip.test", "romeo@sip.test", 403, .hostNotAuthorized),
        ("DNS:*.sip.test,DNS:sip.test", "romeo@sip.test", 403, .hostNotAuthorized),
        ("DNS:lync.sip.test,DNS:*.test", "romeo@sip.test", 403, .fromNotBoundToPeer),
        ("DNS:lync.sip.test,DNS:*.sip.test", "romeo@sip.test", 403, .fromNotBoundToPeer),
        ("DNS:lync.sip.test,DNS:sip.test,URI:sip:other.test", "romeo@sip.test", 403, .fromNotBoundToPeer),
        ("IP:127.0.0.1", "romeo@sip.test", 403, .hostNotAuthorized),
        (nil, "romeo@sip.test", 403, .hostNotAuthorized),
    ]

    @Test("The identity is the certificate's, and it bounds who may be From")
    func identities() async throws {
        let trust = try Trust()
        let edge = try await TestEdge(
            hosts: Self.hosts,
            domains: Self.domains,
            identities: [trust.edge],
            roots: trust.authority.rootPEM
        )
        for (number, peer) in Self.peers.enumerated() {
            let phone = Phone()
            let context = try trust.context(peer.names)
            try await phone.connect(to: await edge.tlsPort(), context, showing: peer.names.map { _ in "peer" })
            try await phone.send(try request(.message, number: number + 1, from: peer.from))
            let response = try await eventually("an answer to \(peer)") { phone.responses.first }
            #expect(response.status.code == peer.status, "\(peer)")
            if let reason = peer.reason {
                try await eventually("\(peer) on record") { edge.control.refusals.last?.reason == reason }
            }
            try await phone.hangUp()
        }
        #expect(edge.xmpp.received.values.count == Self.peers.filter { $0.status == 200 }.count)
        await edge.stop()
    }

    @Test("A certificate that nobody vouches for is no identity")
    func untrusted() async throws {
        let trust = try Trust()
        let edge = try await TestEdge(hosts: Self.hosts, identities: [trust.edge], roots: trust.authority.rootPEM)
        let stranger = try Trust()
        let phone = Phone()
        let context = try stranger.context("DNS:lync.sip.test,DNS:sip.test")
        try await phone.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await phone.send(try request(.message))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 403)
        await edge.stop()
    }

    @Test("A route shows the certificate it names; one that is not there is a failure that says so")
    func routeIdentity() async throws {
        let trust = try Trust()
        let other = try trust.authority.issue("DNS:edge2.sip.test")
        let identity = ServiceIdentity(
            names: ["edge2.sip.test"],
            certificateChainPEM: other.chainPEM,
            privateKeyPEM: other.keyPEM
        )
        let phone = Phone()
        let port = try await phone.listen(try trust.context("DNS:localhost"))
        var route = StaticRoute(id: "r", domain: "sip.test", nextHop: "localhost", port: port, transport: .tls)
        route.identity = "edge2.sip.test"
        let edge = try await TestEdge(
            routes: [route],
            identities: [trust.edge, identity],
            roots: trust.authority.rootPEM
        )
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess)
        #expect(phone.peerNames == [["edge2.sip.test"]])
        route.identity = "edge3.sip.test"
        edge.control.change(.route(route))
        try await eventually("the change has arrived") {
            await edge.edge.server.policy.route(id: "r")?.identity == "edge3.sip.test"
        }
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess == false)
        #expect(await edge.edge.server.nextHops().first?.error.contains("edge3.sip.test") == true)
        await edge.stop()
    }

    @Test("New certificates are taken into use under traffic: no connection is dropped, the next one shows them")
    func hotSwap() async throws {
        let trust = try Trust()
        let edge = try await TestEdge(hosts: Self.hosts, identities: [trust.edge], roots: trust.authority.rootPEM)
        let context = try trust.context("DNS:lync.sip.test,DNS:sip.test")
        let old = Phone()
        try await old.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await old.send(try request(.message, number: 1))
        try await eventually("an answer") { old.responses.count == 1 }
        let renewed = try trust.authority.issue("DNS:sip.sip.test,DNS:renewed.sip.test")
        edge.control.renew(
            ServiceIdentity(
                names: ["sip.sip.test"],
                certificateChainPEM: renewed.chainPEM,
                privateKeyPEM: renewed.keyPEM
            )
        )
        try await eventually("the new certificate is in use") {
            edge.edge.server.identities.versionInUse == 2
        }
        try await old.send(try request(.message, number: 2))
        try await eventually("an answer on the old connection") { old.responses.count == 2 }
        let new = Phone()
        try await new.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await new.send(try request(.message, number: 3))
        try await eventually("an answer on the new one") { new.responses.count == 1 }
        #expect(old.peerNames == [["sip.sip.test", "xmpp.test"]])
        #expect(new.peerNames == [["sip.sip.test", "renewed.sip.test"]])
        #expect(old.closedConnections == 0)
        await edge.stop()
    }

    @Test("A dialog goes on under a new certificate: it is refreshed on its connection, and ends there")
    func dialogUnderSwap() async throws {
        let trust = try Trust()
        let server = Phone()
        let port = try await server.listen()
        let edge = try await TestEdge(
            routes: [StaticRoute(id: "r", domain: "sip.test", nextHop: "127.0.0.1", port: port, transport: .tcp)],
            hosts: Self.hosts,
            identities: [trust.edge],
            roots: trust.authority.rootPEM
        )
        let phone = Phone()
        let context = try trust.context("DNS:lync.sip.test,DNS:sip.test")
        try await phone.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await phone.send(try request(.subscribe))
        let accepted = try await eventually("200") { phone.final(.subscribe) }
        let (callID, tag) = (accepted.headers[.callID] ?? "", accepted.headers.to?.tag ?? "")
        #expect(accepted.status.code == 200 && !tag.isEmpty)
        let renewed = try trust.authority.issue("DNS:sip.sip.test,DNS:renewed.sip.test")
        edge.control.renew(
            ServiceIdentity(
                names: ["sip.sip.test"],
                certificateChainPEM: renewed.chainPEM,
                privateKeyPEM: renewed.keyPEM
            )
        )
        try await eventually("the new certificate is in use") { edge.edge.server.identities.versionInUse == 2 }
        for (number, expires) in [(2, 600), (3, 0)] {
            try await phone.send(
                try request(.subscribe, number: number) {
                    $0.headers[.callID] = callID
                    $0.headers[.to] = "\(accepted.headers[.to] ?? "")"
                    $0.headers[.from] = accepted.headers[.from] ?? ""
                    $0.headers.append(.expires, "\(expires)")
                }
            )
            let answer = try await eventually("an answer to \(number)") { phone.final(.subscribe, UInt32(number)) }
            #expect(answer.status.code == 200 && answer.headers.to?.tag == tag)
        }
        #expect(phone.closedConnections == 0)
        await edge.stop()
    }

    static let usages: [(usage: String?, host: Int, nextHop: Bool)] = [
        ("serverAuth,clientAuth", 200, true), (nil, 200, true), ("serverAuth", 200, true), ("clientAuth", 200, false),
        ("emailProtection", 403, false),
    ]

    @Test(
        "Extended key usage: a host may have a certificate for servers or for clients, a next hop one for servers",
        arguments: usages
    )
    func extendedKeyUsage(_ usage: String?, _ status: Int, _ isNextHop: Bool) async throws {
        let trust = try Trust()
        let made = try trust.authority.issue("DNS:localhost,DNS:sip.test", usage: usage)
        let identity = try TLSIdentity(names: ["peer"], certificateChainPEM: made.chainPEM, privateKeyPEM: made.keyPEM)
        let context = try TLSContext(.init(identities: [identity], trustRootsPEM: trust.authority.rootPEM))
        let phone = Phone()
        let port = try await phone.listen(context)
        let edge = try await TestEdge(
            routes: [StaticRoute(id: "r", domain: "sip.test", nextHop: "localhost", port: port, transport: .tls)],
            hosts: [HostAuthorization(host: "localhost")],
            identities: [trust.edge],
            roots: trust.authority.rootPEM
        )
        // Before it has a connection of its own, which could be used for both.
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess == isNextHop)
        let caller = Phone()
        try await caller.connect(to: await edge.tlsPort(), context, showing: "peer")
        try await caller.send(try request(.message))
        #expect(try await eventually("an answer") { caller.responses.first }.status.code == status)
        await edge.stop()
    }

    static let nextHops: [(host: String, names: String, isTaken: Bool)] = [
        ("localhost", "DNS:localhost", true), ("localhost", "URI:sip:localhost", true),
        // A server that names its domain by a URI is itself all the same.
        ("localhost", "DNS:localhost,URI:sip:sip.test", true),
        ("localhost", "DNS:elsewhere.test", false), ("localhost", "URI:sip:x@localhost", false),
        ("lync.sip.test", "DNS:lync.sip.test", true), ("lync.sip.test", "DNS:*.sip.test", false),
        ("lync.sip.test", "DNS:sip.test", false),
    ]

    @Test("A next hop over TLS must show the name that the route has, exactly (RFC 5922 §7.2)", arguments: nextHops)
    func nextHop(_ host: String, _ names: String, _ isTaken: Bool) async throws {
        let trust = try Trust()
        let phone = Phone()
        let port = try await phone.listen(try trust.context(names))
        let route = StaticRoute(id: "r", domain: "sip.test", nextHop: host, port: port, transport: .tls)
        let nameServer = host == "localhost" ? nil : try await NameServer(zones: ["sip.test": "lync A 127.0.0.1"])
        let edge = try await TestEdge(
            routes: [route],
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: nameServer.map { ["resolver.servers": $0.address] } ?? [:]
        )
        let fate = try await edge.send(MessageTests.text("Hello"))
        #expect(fate.isSuccess == isTaken)
        #expect(phone.requests.isEmpty != isTaken, "not a byte to a stranger")
        await edge.stop()
        try await nameServer?.stop()
    }
}
