/// An XMPP address ([RFC 7622](https://www.rfc-editor.org/rfc/rfc7622)), always in its prepared form: two are equal
/// when they name the same entity.
public struct JID: Hashable, Sendable {
    /// The localpart, escapes of XEP-0106 still in it.
    public let local: String?
    /// The domain as it is compared: lower case, internationalised labels as A-labels.
    public let domain: String
    public let resource: String?

    /// Makes an address of parts that are prepared already.
    init(prepared local: String?, domain: String, resource: String?) {
        self.local = local
        self.domain = domain
        self.resource = resource
    }

    /// Prepares and checks the parts of an address.
    public init(local: String? = nil, domain: String, resource: String? = nil) throws(JIDError) {
        self.local = if let local { try Localpart.prepare(local) } else { nil }
        self.domain = try Domainpart.prepare(domain)
        self.resource = if let resource { try Resourcepart.prepare(resource) } else { nil }
    }

    /// Reads `local@domain/resource`, by the order of
    /// [RFC 7622 §3.1](https://www.rfc-editor.org/rfc/rfc7622#section-3.1): the first `/` ends the bare address.
    public init(parsing text: String) throws(JIDError) {
        let bytes = text.utf8
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        let bare = text[..<(slash ?? text.endIndex)]
        let at = bare.utf8.firstIndex(of: UInt8(ascii: "@"))
        try self.init(
            local: at.map { String(bare[..<$0]) },
            domain: String(at.map { bare[bare.utf8.index(after: $0)...] } ?? bare),
            resource: slash.map { String(text[text.utf8.index(after: $0)...]) }
        )
    }

    /// The address without its resource.
    public var bare: JID { JID(prepared: self.local, domain: self.domain, resource: nil) }

    /// The domain as it is written to peers and people: with U-labels.
    public var displayDomain: String { Domainpart.display(self.domain) }
}

extension JID: CustomStringConvertible {
    /// The address as it is written on the wire.
    public var description: String {
        var text = ""
        if let local = self.local {
            text += local
            text += "@"
        }
        text += self.displayDomain
        if let resource = self.resource {
            text += "/"
            text += resource
        }
        return text
    }
}

/// Why text is not an XMPP address.
public enum JIDError: Error, Equatable, Hashable, Sendable {
    public enum Part: String, Equatable, Hashable, Sendable { case local, domain, resource }

    /// Nothing where a part should be.
    case empty(Part)
    /// A part of more than 1023 bytes.
    case tooLong(Part)
    /// A character the part may not contain.
    case forbidden(Part, Unicode.Scalar)
    /// Text that runs both ways against the Bidi rule ([RFC 5893 §2](https://www.rfc-editor.org/rfc/rfc5893#section-2)).
    case mixedDirections(Part)
    /// A domain that is neither a host name nor an IP address.
    case notADomain
}
