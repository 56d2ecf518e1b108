/// What a refusal record says of the peer's certificate: enough to find it and to see what is wrong with it.
public struct RefusalCertificate: Equatable, Sendable {
    public var subject: String
    public var issuer: String
    /// The names it is for, such as `DNS:example.org`; the common name is none.
    public var names: [String]
    /// SHA-256 of the certificate, in hexadecimal.
    public var fingerprint: String
    /// The first moment of validity, in seconds since 1970.
    public var notBefore: Int64
    /// The last moment of validity, in seconds since 1970.
    public var notAfter: Int64
    /// Why it was not taken; empty when it was.
    public var rejection: String

    public init(
        subject: String,
        issuer: String,
        names: [String],
        fingerprint: String,
        notBefore: Int64,
        notAfter: Int64,
        rejection: String
    ) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.fingerprint = fingerprint
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.rejection = rejection
    }
}
