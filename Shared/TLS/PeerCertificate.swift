/// What a TLS peer showed, and what the trust store says of it.
///
/// Whether that is good enough is for the caller to decide.
public struct PeerCertificate: Sendable, Hashable {
    /// The verdict on the chain.
    ///
    /// It says nothing about names.
    public enum Verification: Sendable, Hashable {
        /// It leads to a trust root, is valid now, and each certificate of it may be used for TLS.
        case trusted
        /// It does not; the reason is OpenSSL's text, for people.
        case untrusted(String)
    }

    /// The certificates in DER form as the peer sent them, its own first.
    public var chain: [[UInt8]]
    public var verification: Verification
    public var names: CertificateNames
    /// The first moment of validity, in seconds since 1970.
    public var notBefore: Int64
    /// The last moment of validity, in seconds since 1970.
    public var notAfter: Int64
    /// When the first certificate of the chain expires on which trust rests, in seconds since 1970.
    public var validUntil: Int64
    /// SHA-256 of the peer's own certificate, in hexadecimal.
    public var fingerprint: String
    /// The subject's distinguished name, for people.
    public var subject: String
    /// The issuer's distinguished name, for people.
    public var issuer: String
    /// Good for servers by its extended key usage, or without one.
    public var hasServerAuth: Bool
    /// Good for clients by its extended key usage, or without one.
    ///
    /// Public authorities no longer issue such certificates, so a peer in the client role is normally taken without
    /// (SPEC §3).
    public var hasClientAuth: Bool
    /// The kind of TLSA record it matched; nil without DANE.
    public var daneUsage: DANEUsage?

    /// Describes the chain `certificates`, the peer's own first; nil if it is empty.
    public init?(_ certificates: [Certificate], verification: Verification) {
        guard let leaf = certificates.first else { return nil }
        self.chain = certificates.compactMap { try? $0.der() }
        self.verification = verification
        self.names = leaf.names
        self.notBefore = leaf.notBefore
        self.notAfter = leaf.notAfter
        self.validUntil = certificates.map(\.notAfter).min() ?? leaf.notAfter
        self.fingerprint = leaf.fingerprint
        self.subject = leaf.subject
        self.issuer = leaf.issuer
        self.hasServerAuth = leaf.allowsServerAuthentication
        self.hasClientAuth = leaf.allowsClientAuthentication
    }

    public var isTrusted: Bool { self.verification == .trusted }
    public var dnsNames: [String] { self.names.dnsNames }
    public var srvNames: [String] { self.names.srvNames }
    public var xmppAddresses: [String] { self.names.xmppAddresses }
    public var uris: [String] { self.names.uris }
    public var ipAddresses: [String] { self.names.ipAddresses }

    /// Whether the certificate names `domain` as a provider of `service` (`xmpp-server`, `sips`).
    ///
    /// `domain` is in A-label form; case does not matter.
    public func matches(domain: String, service: String) -> Bool {
        self.names.match(domain: domain, service: service)
    }

    /// Whether the certificate names the host `name`: a dNSName for a host name, an iPAddress for an address.
    public func matches(host name: String) -> Bool { self.names.match(host: name) }

    /// Whether the certificate names `domain` as a SIP domain: a `sip:` URI without a user part, or a dNSName where there
    /// is no SIP URI at all ([RFC 5922 §7.2](https://www.rfc-editor.org/rfc/rfc5922#section-7.2)).
    public func matches(sipDomain domain: String) -> Bool { self.names.match(sipDomain: domain) }

    /// Whether the certificate names the SIP server `host`: exactly, no wildcard counts.
    public func matches(sipServer host: String) -> Bool { self.names.match(sipServer: host) }
}
