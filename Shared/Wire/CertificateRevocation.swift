/// Has the CA that issued a certificate by ACME revoke it
/// ([RFC 8555 §7.6](https://www.rfc-editor.org/rfc/rfc8555#section-7.6)).
public struct CertificateRevocation: Equatable, Sendable {
    /// Why: of the causes of [RFC 5280 §5.3.1](https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1), those that a subscriber may give.
    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        case unspecified
        case keyCompromise = "key-compromise"
        case affiliationChanged = "affiliation-changed"
        case superseded
        case cessationOfOperation = "cessation-of-operation"
    }

    /// The certificate.
    public var id: String
    public var cause: Cause
    /// Whether the request is signed with the key of the certificate, instead of that of the account.
    public var usesCertificateKey: Bool
    /// Whether it is meant although the certificate is in use; another one is ordered at once.
    public var isForced: Bool

    public init(id: String, cause: Cause = .unspecified, usesCertificateKey: Bool = false, isForced: Bool = false) {
        self.id = id
        self.cause = cause
        self.usesCertificateKey = usesCertificateKey
        self.isForced = isForced
    }
}
