import TLS
import TestSupport
import Testing

@Suite("Certificates by TLSA records")
struct DANETests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }

    private static func association(_ usage: UInt8, selector: UInt8 = 0, _ certificate: Certificate) -> TLSAssociation {
        let digest = selector == 0 ? certificate.fingerprint : certificate.publicKeyFingerprint
        return TLSAssociation(usage: usage, selector: selector, matchingType: 1, data: Self.bytes(digest))
    }

    /// What a client that trusts `trusted` is told of a server with `identity`; the same has to come out when it is asked later.
    private static func verify(
        _ identity: TestIdentity,
        trusting trusted: TestAuthority?,
        _ associations: [TLSAssociation]
    ) throws -> PeerCertificate {
        let pair = try TestPair(
            client: TLSContext(trusting: trusted),
            .client(serverName: "a.example", associations: associations),
            server: TLSContext([identity]),
            .server(requestClientCertificate: false)
        )
        try pair.handshake()
        let peer = try #require(pair.client.summary.peer)
        var stranger = peer
        (stranger.verification, stranger.daneUsage) = (.untrusted("nobody has looked"), nil)
        stranger.hasClientAuth = try Certificate.chain(pem: identity.chainPEM)[0].allowsClientAuthentication
        let later = try TLSContext(trusting: trusted).certificate(stranger, by: associations)
        #expect(later.verification == peer.verification)
        #expect(later.daneUsage == peer.daneUsage)
        #expect(later.hasClientAuth == peer.hasClientAuth)
        if peer.isTrusted { #expect(later.validUntil == peer.validUntil) }
        return peer
    }

    @Test("DANE-EE: the certificate or its key is enough, expired, of another name, of an unknown authority")
    func endEntity() throws {
        let authority = try TestAuthority()
        for identity in [
            try authority.issue("DNS:other.example"), try authority.issue("DNS:a.example", days: -1),
            try authority.issue(nil, usage: "emailProtection"),
        ] {
            let leaf = try Certificate.chain(pem: identity.chainPEM)[0]
            for selector: UInt8 in [0, 1] {
                let peer = try Self.verify(identity, trusting: nil, [Self.association(3, selector: selector, leaf)])
                #expect(peer.verification == .trusted)
                #expect(peer.daneUsage == .endEntity)
            }
        }
    }

    @Test("A record that does not match refuses what the trust roots would take", arguments: [0, 1, 2, 3] as [UInt8])
    func mismatch(usage: UInt8) throws {
        let authority = try TestAuthority()
        let other = try Certificate.chain(pem: TestAuthority().rootPEM)[0]
        let identity = try authority.issue("DNS:a.example")
        #expect(try Self.verify(identity, trusting: authority, []).isTrusted)
        let peer = try Self.verify(identity, trusting: authority, [Self.association(usage, other)])
        #expect(!peer.isTrusted)
        #expect(peer.daneUsage == nil)
    }

    @Test("DANE-TA: an authority of the chain, trusted by nobody else; dates count")
    func trustAnchor() throws {
        let middle = try TestAuthority().intermediate("Middle")
        let anchor = try Certificate.chain(pem: middle.certificatePEM)[0]
        let good = try Self.verify(middle.issue("DNS:a.example"), trusting: nil, [Self.association(2, anchor)])
        #expect(good.verification == .trusted)
        #expect(good.daneUsage == .trustAnchor)
        let expired = try middle.issue("DNS:a.example", days: -1)
        #expect(try !Self.verify(expired, trusting: nil, [Self.association(2, anchor)]).isTrusted)
    }

    @Test("PKIX-TA and PKIX-EE: the match is demanded in addition to a trust root")
    func constraints() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:a.example")
        let leaf = try Certificate.chain(pem: identity.chainPEM)[0]
        let root = try Certificate.chain(pem: authority.rootPEM)[0]
        for record in [Self.association(1, leaf), Self.association(0, root)] {
            #expect(try Self.verify(identity, trusting: authority, [record]).isTrusted)
            #expect(try !Self.verify(identity, trusting: nil, [record]).isTrusted)
        }
    }

    @Test("One of several records is enough; unusable ones count as not there")
    func several() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:a.example")
        let leaf = try Certificate.chain(pem: identity.chainPEM)[0]
        let wrong = TLSAssociation(usage: 3, selector: 1, matchingType: 1, data: [UInt8](repeating: 1, count: 32))
        #expect(try Self.verify(identity, trusting: nil, [wrong, Self.association(3, leaf)]).isTrusted)
        let unusable = [
            TLSAssociation(usage: 9, selector: 0, matchingType: 1, data: [UInt8](repeating: 1, count: 32)),
            TLSAssociation(usage: 3, selector: 0, matchingType: 7, data: [1]),
        ]
        #expect(try Self.verify(identity, trusting: authority, unusable).isTrusted)
        #expect(try !Self.verify(identity, trusting: nil, unusable).isTrusted)
    }
}
