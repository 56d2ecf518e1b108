public import Messaging

/// Why an address of one world has no counterpart in the other.
public enum AddressError: Error, Equatable, Sendable, CaseIterable {
    /// The scheme is not one that names a user who can be written to: `tel:`, `mailto:`.
    case unsupportedScheme
    /// The host is an IP address, or no domain name that XMPP knows.
    case notADomainName
    /// Percent escapes that are cut short, or that spell no UTF-8, or a NUL.
    case malformedEscape
    /// The name begins or ends with a space, which XEP-0106 cannot say.
    case spaceAtEdge
    /// A `\5c` that escapes nothing: two localparts would stand for one name.
    case needlessEscape
    /// A character that no user name has, a control character for one, or a name that is too long.
    case forbiddenInUserName
    /// The same for the device.
    case forbiddenInInstance
}

extension AddressError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedScheme: "only sip, sips, im and pres URIs can be mapped"
        case .notADomainName: "the host is not a domain name"
        case .malformedEscape: "the percent escapes of the address do not spell text"
        case .spaceAtEdge: "the user name begins or ends with a space"
        case .needlessEscape: "the user name has a \\5c that escapes nothing"
        case .forbiddenInUserName: "the user name has a character that cannot be mapped"
        case .forbiddenInInstance: "the device's name has a character that cannot be mapped"
        }
    }
}

extension DeliveryFailure {
    /// The failure that tells the sender of it.
    public init(_ error: AddressError) {
        self.init(.addressMalformed, reason: .malformed, text: "Address cannot be mapped: \(error).")
    }
}
