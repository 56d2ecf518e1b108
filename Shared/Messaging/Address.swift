/// A user, or one device of a user, in neutral form: what a JID and a SIP address of record have in common
/// ([RFC 7247 §5](https://www.rfc-editor.org/rfc/rfc7247#section-5)).
///
/// Neither protocol's escapes are in it: XEP-0106 sequences and percent escapes are undone where an edge reads an
/// address, and made where one writes it.
public struct Address: Hashable, Sendable {
    /// The user's name, unescaped Unicode; `nil` for a bare domain.
    public let user: String?
    /// The domain in lower case; internationalised labels in their ASCII (A-label) form.
    public let domain: String
    /// The device: an XMPP resource, a GRUU's `gr` value.
    ///
    /// `nil` for the user as a whole.
    public let instance: String?

    public init(user: String?, domain: String, instance: String? = nil) {
        self.user = user
        self.domain = domain
        self.instance = instance
    }

    /// The address without its device.
    public var bare: Address { Address(user: self.user, domain: self.domain) }
}

extension Address: CustomStringConvertible {
    /// `user@domain/instance`, for logs and people; not a JID, for nothing is escaped.
    public var description: String {
        let bare = self.user.map { "\($0)@\(self.domain)" } ?? self.domain
        return self.instance.map { "\(bare)/\($0)" } ?? bare
    }
}
