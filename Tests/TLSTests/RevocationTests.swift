import TLS
import TestSupport
import Testing

@Suite("Revoked certificates")
struct RevocationTests {
    /// What a server is told of a client with `identity`.
    private static func verify(
        _ identity: TestIdentity,
        _ authority: TestAuthority,
        lists: [[UInt8]],
        _ mode: RevocationMode
    ) throws -> PeerCertificate.Verification {
        let own = try authority.issue("DNS:b.example")
        let server = try TLSContext(
            TLSContext.Configuration(
                identities: [try TLSIdentity(certificateChainPEM: own.chainPEM, privateKeyPEM: own.keyPEM)],
                trustRootsPEM: authority.rootPEM,
                revocationLists: try lists.flatMap { try RevocationList.lists(data: $0) }.map { try $0.der() },
                revocation: mode
            )
        )
        let pair = try TestPair(
            client: TLSContext([identity]),
            .client(serverName: "b.example", identity: "a.example"),
            server: server,
            .server(requestClientCertificate: true)
        )
        try pair.handshake()
        return try #require(pair.server.summary.peer).verification
    }

    private static func expect(_ verification: PeerCertificate.Verification, _ expected: String?) {
        switch (verification, expected) {
        case (.trusted, nil): break
        case (.untrusted(let reason), let expected?): #expect(reason.contains(expected))
        default: Issue.record("\(verification) instead of \(expected ?? "trusted")")
        }
    }

    @Test("A revoked certificate is refused with the day, hard and soft", arguments: RevocationMode.allCases)
    func leaf(mode: RevocationMode) throws {
        let authority = try TestAuthority()
        let (revoked, good) = (try authority.issue("DNS:a.example"), try authority.issue("DNS:a.example"))
        let list = try authority.revocationList([revoked.chainPEM])
        Self.expect(
            try Self.verify(revoked, authority, lists: [list], mode),
            mode == .off ? nil : "the certificate was revoked on 2026-01-02"
        )
        Self.expect(try Self.verify(good, authority, lists: [list], mode), nil)
    }

    @Test("A chain that was shown before is judged anew by what is trusted and revoked now, as a handshake would")
    func later() throws {
        let authority = try TestAuthority()
        let middle = try authority.intermediate("Middle")
        let identity = try middle.issue("DNS:a.example")
        let chain = try Certificate.chain(pem: identity.chainPEM).map { try $0.der() }
        func verification(_ root: TestAuthority, _ lists: [[UInt8]]) throws -> PeerCertificate.Verification {
            let ders = try lists.flatMap { try RevocationList.lists(data: $0) }.map { try $0.der() }
            return try TLSContext(.init(trustRootsPEM: root.rootPEM, revocationLists: ders)).verification(of: chain)
        }
        Self.expect(try verification(authority, []), nil)
        Self.expect(try verification(TestAuthority("Another"), []), "unable to get local issuer certificate")
        let list = try middle.revocationList([identity.chainPEM])
        Self.expect(try verification(authority, [list]), "the certificate was revoked on 2026-01-02")
        let expired = try Certificate.chain(pem: authority.issue("DNS:a.example", days: -1).chainPEM).map {
            try $0.der()
        }
        Self.expect(
            try TLSContext(.init(trustRootsPEM: authority.rootPEM)).verification(of: expired),
            "certificate has expired"
        )
        Self.expect(try TLSContext(.init(trustRootsPEM: authority.rootPEM)).verification(of: []), "no certificate")
    }

    @Test("A revoked intermediate takes all below it along", arguments: [RevocationMode.soft, .hard])
    func intermediate(mode: RevocationMode) throws {
        let root = try TestAuthority()
        let middle = try root.intermediate("Middle")
        let identity = try middle.issue("DNS:a.example")
        let own = try middle.revocationList()
        Self.expect(try Self.verify(identity, root, lists: [root.revocationList(), own], mode), nil)
        Self.expect(
            try Self.verify(identity, root, lists: [root.revocationList([middle.certificatePEM]), own], mode),
            "the certificate of its authority CN=Middle was revoked on 2026-01-02"
        )
    }

    @Test("Without a list: soft goes on, hard refuses and says whose list is missing")
    func missing() throws {
        let root = try TestAuthority("Root R")
        let identity = try root.issue("DNS:a.example")
        Self.expect(try Self.verify(identity, root, lists: [], .soft), nil)
        Self.expect(try Self.verify(identity, root, lists: [], .hard), "no valid revocation list of CN=Root R")
        // The list of the root says nothing of what its intermediate has issued.
        let middle = try root.intermediate("Middle")
        let deep = try middle.issue("DNS:a.example")
        Self.expect(try Self.verify(deep, root, lists: [root.revocationList()], .soft), nil)
        Self.expect(
            try Self.verify(deep, root, lists: [root.revocationList()], .hard),
            "no valid revocation list of CN=Middle"
        )
    }

    @Test("A stale list: soft goes on but knows who was revoked, hard refuses with the day it expired")
    func stale() throws {
        let authority = try TestAuthority()
        let (revoked, good) = (try authority.issue("DNS:a.example"), try authority.issue("DNS:a.example"))
        let list = try authority.revocationList([revoked.chainPEM], age: 30, days: -2)
        Self.expect(try Self.verify(good, authority, lists: [list], .soft), nil)
        Self.expect(try Self.verify(revoked, authority, lists: [list], .soft), "was revoked on 2026-01-02")
        Self.expect(
            try Self.verify(good, authority, lists: [list], .hard),
            "the revocation list of CN=Test Root expired on 20"
        )
    }

    @Test("A list that another key has signed counts for nothing", arguments: [RevocationMode.soft, .hard])
    func forged(mode: RevocationMode) throws {
        let (authority, forger) = (try TestAuthority(), try TestAuthority())  // of the same name
        let identity = try authority.issue("DNS:a.example")
        let forged = try forger.revocationList([identity.chainPEM])
        Self.expect(
            try Self.verify(identity, authority, lists: [forged], mode),
            mode == .soft ? nil : "no valid revocation list"
        )
        let stale = try forger.revocationList([identity.chainPEM], age: 30, days: -2)
        Self.expect(try Self.verify(identity, authority, lists: [stale], mode), mode == .soft ? nil : "revocation list")
        let root = try Certificate.chain(pem: authority.rootPEM)[0]
        #expect(try !RevocationList.lists(data: forged)[0].isIssued(by: root))
        #expect(try RevocationList.lists(data: authority.revocationList())[0].isIssued(by: root))
    }

    @Test("An intermediate that is trusted by itself needs no list of its root")
    func anchor() throws {
        let root = try TestAuthority()
        let middle = try root.intermediate("Middle")
        let identity = try middle.issue("DNS:a.example")
        let own = try root.issue("DNS:b.example")
        let server = try TLSContext(
            TLSContext.Configuration(
                identities: [try TLSIdentity(certificateChainPEM: own.chainPEM, privateKeyPEM: own.keyPEM)],
                trustRootsPEM: middle.certificatePEM,
                revocationLists: [try RevocationList.lists(data: middle.revocationList())[0].der()],
                revocation: .hard
            )
        )
        let pair = try TestPair(
            client: TLSContext([identity]),
            .client(serverName: "b.example", identity: "a.example"),
            server: server,
            .server(requestClientCertificate: true)
        )
        try pair.handshake()
        #expect(pair.server.summary.peer?.verification == .trusted)
    }

    @Test("Where an authority publishes its list is read, http only")
    func addresses() throws {
        let authority = try TestAuthority(revocationAddress: "http://crl.example/a.crl,URI:ldap://crl.example/b")
        let root = try Certificate.chain(pem: authority.rootPEM)[0]
        #expect(root.revocationListAddresses == ["http://crl.example/a.crl"])
        #expect(try Certificate.chain(pem: TestAuthority().rootPEM)[0].revocationListAddresses.isEmpty)
    }
}
