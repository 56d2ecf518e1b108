public import Policy

/// Where a request of a domain that is split between a SIP and an XMPP server goes (SPEC §7): Cisco's partitioned
/// intradomain federation.
public enum Partition {
    /// What decides that a user is the SIP server's.
    public enum Mode: String, Equatable, Sendable, CaseIterable, Codable {
        /// Everybody who is not an XMPP user.
        case basic
        /// Only who is known to have a SIP address.
        case advanced
    }

    public enum Destination: Equatable, Sendable, CaseIterable {
        case sip
        case xmpp
        /// Not a domain of ours: partitioning has nothing to say.
        case elsewhere
        /// Nobody's user.
        case unknown
        /// The side it came from is the side it would go to: that side does not know the user either, and would send it
        /// back again.
        case loop
    }

    /// Decides by the recipient.
    ///
    /// `user` is the recipient's entry in the directory, if there is one; `origin` the side the request came from, `nil`
    /// when it came from neither (a partner).
    public static func destination(
        of user: UserRecord?,
        isOurDomain: Bool,
        mode: Mode,
        from origin: UserRecord.Home? = nil
    ) -> Destination {
        guard isOurDomain else { return .elsewhere }
        let home: UserRecord.Home
        switch (user?.home, mode) {
        case (.some(let known), _): home = known
        case (nil, .basic): home = .sip
        case (nil, .advanced): return .unknown
        }
        if home == origin { return user == nil ? .unknown : .loop }
        return home == .sip ? .sip : .xmpp
    }
}
