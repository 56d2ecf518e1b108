internal import Messaging

extension LocalDomain: PolicyObject {
    public static let kind = "domain"
    public static let keyField = "domain"
    public var key: String { self.domain }

    public var document: DocumentValue {
        [
            "domain": .text(self.domain),
            "description": .text(self.description),
            "xmpp-access": DocumentValue(optional: self.xmppAccess),
            "directory-complete": .flag(self.isDirectoryComplete),
            "partition": .text(self.partition.rawValue),
            "presence-profile": .text(self.presenceProfile.rawValue),
        ]
    }

    public init(reading reader: inout DocumentReader) {
        self.init(
            domain: DomainName.normalized(reader.text("domain", default: nil)),
            description: reader.text("description", default: ""),
            xmppAccess: reader.optionalFlag("xmpp-access"),
            isDirectoryComplete: reader.flag("directory-complete", default: false),
            partition: reader.choice("partition", default: .off),
            presenceProfile: reader.choice("presence-profile", default: .rfc8048)
        )
    }
}
