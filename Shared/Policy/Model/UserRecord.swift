/// A user of one of our domains (SPEC §§ 1, 7).
public struct UserRecord: Equatable, Sendable {
    /// Where a user lives, for domains that are split between two servers.
    public enum Home: String, Equatable, Sendable, CaseIterable, Codable { case sip, xmpp }

    /// `user@domain`, unescaped, lower case.
    public var address: String
    public var displayName: String
    public var home: Home
    /// Whether the user may federate; `nil`: as the domain says.
    public var xmppAccess: Bool?
    /// Homed on a survivable branch appliance: never federated.
    public var isOnSurvivableBranchAppliance: Bool

    public init(
        address: String,
        displayName: String = "",
        home: Home = .sip,
        xmppAccess: Bool? = nil,
        isOnSurvivableBranchAppliance: Bool = false
    ) {
        self.address = address
        self.displayName = displayName
        self.home = home
        self.xmppAccess = xmppAccess
        self.isOnSurvivableBranchAppliance = isOnSurvivableBranchAppliance
    }
}
