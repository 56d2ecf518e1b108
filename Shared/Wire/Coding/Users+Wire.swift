internal import CIsthmusProto
internal import Messaging
internal import Policy

/// A yes or no that may be left to a wider scope.
enum Decision: WireEnumeration {
    case yes, no

    init?(_ isYes: Bool?) {
        guard let isYes else { return nil }
        self = isYes ? .yes : .no
    }

    var isYes: Bool { self == .yes }

    var number: Isthmus__V1__Decision {
        switch self {
        case .yes: ISTHMUS__V1__DECISION__DECISION_YES
        case .no: ISTHMUS__V1__DECISION__DECISION_NO
        }
    }
}

extension Decision? {
    /// The number of a decision, or of its absence.
    var number: Isthmus__V1__Decision { self?.number ?? ISTHMUS__V1__DECISION__DECISION_UNSPECIFIED }
}

extension Partition.Mode: WireEnumeration {
    var number: Isthmus__V1__LocalDomain__Partition {
        switch self {
        case .off: ISTHMUS__V1__LOCAL_DOMAIN__PARTITION__PARTITION_OFF
        case .basic: ISTHMUS__V1__LOCAL_DOMAIN__PARTITION__PARTITION_BASIC
        case .advanced: ISTHMUS__V1__LOCAL_DOMAIN__PARTITION__PARTITION_ADVANCED
        }
    }
}

extension LocalDomain: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__LocalDomain>) {
        isthmus__v1__local_domain__init(message)
    }

    func fill(_ message: inout Isthmus__V1__LocalDomain, in arena: Arena) {
        message.domain = arena.text(self.domain)
        message.description = arena.text(self.description)
        message.xmpp_access = Decision(self.xmppAccess).number
        message.is_directory_complete = self.isDirectoryComplete ? 1 : 0
        // As before there were split domains, where this one is not.
        if self.partition != .off { message.partition = self.partition.number }
        // The standard's is not said, as older services did not.
        if self.presenceProfile != .rfc8048 { message.presence_profile = self.presenceProfile.number }
    }

    init(_ message: Isthmus__V1__LocalDomain) throws(WireError) {
        self.init(
            domain: try String(message.domain),
            description: try String(message.description),
            xmppAccess: Decision(ifKnown: message.xmpp_access)?.isYes,
            isDirectoryComplete: message.is_directory_complete != 0,
            partition: Partition.Mode(ifKnown: message.partition) ?? .off,
            // One that says nothing, or what only a later version knows, is the standard's.
            presenceProfile: PresenceProfile(ifKnown: message.presence_profile) ?? .rfc8048
        )
    }
}

extension PresenceProfile: WireEnumeration {
    var number: Isthmus__V1__PresenceProfile {
        switch self {
        case .rfc8048: ISTHMUS__V1__PRESENCE_PROFILE__PRESENCE_PROFILE_RFC8048
        case .ciscoIntradomain: ISTHMUS__V1__PRESENCE_PROFILE__PRESENCE_PROFILE_CISCO_INTRADOMAIN
        case .ciscoInterdomain: ISTHMUS__V1__PRESENCE_PROFILE__PRESENCE_PROFILE_CISCO_INTERDOMAIN
        }
    }
}

extension UserRecord.Home: WireEnumeration {
    var number: Isthmus__V1__UserRecord__Home {
        switch self {
        case .sip: ISTHMUS__V1__USER_RECORD__HOME__HOME_SIP
        case .xmpp: ISTHMUS__V1__USER_RECORD__HOME__HOME_XMPP
        }
    }
}

extension UserRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__UserRecord>) {
        isthmus__v1__user_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__UserRecord, in arena: Arena) {
        message.address = arena.text(self.address)
        message.display_name = arena.text(self.displayName)
        message.home = self.home.number
        message.xmpp_access = Decision(self.xmppAccess).number
        message.is_on_survivable_branch_appliance = self.isOnSurvivableBranchAppliance ? 1 : 0
    }

    init(_ message: Isthmus__V1__UserRecord) throws(WireError) {
        self.init(
            address: try String(message.address),
            displayName: try String(message.display_name),
            home: try Home(message.home),
            xmppAccess: Decision(ifKnown: message.xmpp_access)?.isYes,
            isOnSurvivableBranchAppliance: message.is_on_survivable_branch_appliance != 0
        )
    }
}
