public import Messaging
public import XMPPCore

extension Address {
    /// The address that a JID names; the escapes of XEP-0106 are undone
    /// ([RFC 7247 §6.5](https://www.rfc-editor.org/rfc/rfc7247#section-6.5) steps 1 to 3).
    public init(_ jid: JID) throws(AddressError) {
        let user: String? = if let local = jid.local { try JIDEscape.unescape(local) } else { nil }
        self.init(user: user, domain: jid.domain, instance: jid.resource)
    }
}

extension JID {
    /// The JID that names an address; what a localpart may not contain is escaped
    /// ([RFC 7247 §6.4](https://www.rfc-editor.org/rfc/rfc7247#section-6.4) steps 5 to 8).
    public init(_ address: Address) throws(AddressError) {
        let local: String? = if let user = address.user { try JIDEscape.escape(user) } else { nil }
        do {
            try self.init(local: local, domain: address.domain, resource: address.instance)
        } catch {
            throw AddressError(error)
        }
    }
}

extension AddressError {
    init(_ error: JIDError) {
        switch error {
        case .notADomain, .empty(.domain), .tooLong(.domain), .forbidden(.domain, _), .mixedDirections(.domain):
            self = .notADomainName
        case .empty(.local), .tooLong(.local), .forbidden(.local, _), .mixedDirections(.local):
            self = .forbiddenInUserName
        case .empty(.resource), .tooLong(.resource), .forbidden(.resource, _), .mixedDirections(.resource):
            self = .forbiddenInInstance
        }
    }
}
