/// The public key of a certificate that is in use, or about to be: what a TLSA record says of it
/// ([RFC 6698 §2.1](https://www.rfc-editor.org/rfc/rfc6698#section-2.1)).
public struct DNSAssociation: Equatable, Hashable, Sendable {
    public var use: CertificateUse
    /// The names that the certificate serves.
    public var names: [String]
    /// SHA-256 of the public key, lower-case hexadecimal: the data of `3 1 1`.
    public var digest: String

    public init(_ use: CertificateUse, names: [String], digest: String) {
        self.use = use
        self.names = names
        self.digest = digest
    }
}

/// Which public keys are in DNS.
public struct DNSAssociationsState: Equatable, Sendable {
    /// The uses that have TLSA records; none: they are not wanted.
    public var uses: [CertificateUse]
    /// Those of the associations that are at every name where they are wanted.
    public var visible: [DNSAssociation]
    /// How long until everybody has what DNS says now, in seconds.
    public var wait: UInt32

    public init(uses: [CertificateUse], visible: [DNSAssociation], wait: UInt32) {
        self.uses = uses
        self.visible = visible
        self.wait = wait
    }
}
