/// The account at the ACME CA.
public struct ACMEAccount: Equatable, Sendable {
    /// What is done with it.
    public enum Action: Sendable, Hashable, CaseIterable {
        case show
        /// It gets another key ([RFC 8555 §7.3.5](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.5)).
        case rollKey
        /// It ends ([RFC 8555 §7.3.6](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.6)).
        case deactivate
    }

    /// The address of the CA's directory.
    public var directory: String
    /// Its own address; empty: the CA has none for our key.
    public var address: String
    /// What the CA says of it: `valid`, `deactivated`, `revoked`; `none` when it has none.
    public var status: String
    /// Whom the CA writes to.
    public var contacts: [String]
    /// The thumbprint of the account's public key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    public var thumbprint: String

    public init(
        directory: String,
        address: String = "",
        status: String,
        contacts: [String] = [],
        thumbprint: String = ""
    ) {
        self.directory = directory
        self.address = address
        self.status = status
        self.contacts = contacts
        self.thumbprint = thumbprint
    }
}
