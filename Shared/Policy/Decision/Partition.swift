/// Where a request of a domain that is split between a SIP and an XMPP server goes (SPEC §7): Cisco's partitioned
/// intradomain federation.
public enum Partition {
    /// Whether a domain is split, and what decides that a user is the SIP server's.
    public enum Mode: String, Equatable, Sendable, CaseIterable, Codable {
        /// All users live on the SIP server.
        case off
        /// Everybody who is not known as an XMPP user lives on the SIP server: Cisco's basic routing mode.
        case basic
        /// Only who is known to have a SIP address lives there: Cisco's advanced routing mode.
        case advanced
    }

    /// Where a user lives; `nil` for nobody's user.
    public static func home(of user: UserRecord?, mode: Mode) -> UserRecord.Home? {
        switch (user?.home, mode) {
        case (let known?, _): known
        case (nil, .basic), (nil, .off): .sip
        case (nil, .advanced): nil
        }
    }

    /// What stands against a request that came from the side `origin`; `nil` if it may go to the other side.
    ///
    /// Each server speaks for its own users alone, and a request never goes back where it came from: that side does not know
    /// the recipient either, and would send it here again.
    static func objection(
        sender: UserRecord?,
        _ senderMode: Mode,
        recipient: UserRecord?,
        _ recipientMode: Mode,
        from origin: UserRecord.Home
    ) -> Objection? {
        guard self.home(of: sender, mode: senderMode) == origin else { return .senderLivesElsewhere }
        guard let home = self.home(of: recipient, mode: recipientMode) else { return .unknownOnBothSides }
        guard home == origin else { return nil }
        return recipient == nil ? .unknownOnBothSides : .wouldComeBack
    }
}
