extension UserRecord: PolicyObject {
    public static let kind = "user"
    public static let keyField = "address"
    public var key: String { self.address }

    public var document: DocumentValue {
        [
            "address": .text(self.address),
            "display-name": .text(self.displayName),
            "home": .text(self.home.rawValue),
            "xmpp-access": DocumentValue(optional: self.xmppAccess),
            "survivable-branch-appliance": .flag(self.isOnSurvivableBranchAppliance),
        ]
    }

    public init(reading reader: inout DocumentReader) {
        self.init(
            address: DomainName.normalized(reader.text("address", default: nil)),
            displayName: reader.text("display-name", default: ""),
            home: reader.choice("home", default: .sip),
            xmppAccess: reader.optionalFlag("xmpp-access"),
            isOnSurvivableBranchAppliance: reader.flag("survivable-branch-appliance", default: false)
        )
    }
}
