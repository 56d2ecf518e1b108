public import Messaging

extension PresenceProfile {
    /// What a SIP watcher is told of an XMPP device.
    public func towardsSIP(_ instance: PresenceNotification.Instance) -> PresenceNotification.Instance {
        switch self {
        case .rfc8048: instance
        case .ciscoIntradomain, .ciscoInterdomain: instance.showing(Self.ciscoTowardsSIP(instance.show))
        }
    }

    /// What an XMPP watcher is told of a SIP device.
    public func towardsXMPP(_ instance: PresenceNotification.Instance) -> PresenceNotification.Instance {
        switch self {
        case .rfc8048:
            return instance
        case .ciscoIntradomain:
            return instance.showing(Self.ciscoTowardsSIP(instance.show))
        case .ciscoInterdomain:
            guard instance.isAvailable, instance.show == .doNotDisturb else {
                return instance.showing(Self.ciscoTowardsSIP(instance.show))
            }
            let busy = [LocalizedText("Busy", language: "en")]
            return instance.showing(.away, status: instance.status.isEmpty ? busy : instance.status)
        }
    }

    public func towardsSIP(_ notification: PresenceNotification) -> PresenceNotification {
        self == .rfc8048
            ? notification
            : PresenceNotification(
                instances: notification.instances.map { self.towardsSIP($0) },
                isComplete: notification.isComplete
            )
    }

    public func towardsXMPP(_ notification: PresenceNotification) -> PresenceNotification {
        self == .rfc8048
            ? notification
            : PresenceNotification(
                instances: notification.instances.map { self.towardsXMPP($0) },
                isComplete: notification.isComplete
            )
    }

    /// Microsoft's servers know available, away and busy; what is finer falls into these three.
    private static func ciscoTowardsSIP(_ show: PresenceNotification.Show) -> PresenceNotification.Show {
        switch show {
        case .online, .chat: .online
        case .away, .extendedAway: .away
        case .doNotDisturb: .doNotDisturb
        }
    }
}

extension PresenceNotification.Instance {
    fileprivate func showing(_ show: PresenceNotification.Show, status: [LocalizedText]? = nil) -> Self {
        Self(
            id: self.id,
            isAvailable: self.isAvailable,
            show: show,
            status: status ?? self.status,
            priority: self.priority,
            idleSince: self.idleSince
        )
    }
}

extension PresenceProfile {
    /// Whether a state that XMPP has no word for, as “Be Right Back”, is said in a note.
    ///
    /// Cisco's tables say nothing of notes.
    var writesWords: Bool {
        switch self {
        case .rfc8048: true
        case .ciscoIntradomain, .ciscoInterdomain: false
        }
    }

    /// Whether a tuple's status repeats the activity, where Microsoft's clients look for it.
    var writesActivitiesInStatus: Bool {
        switch self {
        case .rfc8048: false
        case .ciscoIntradomain, .ciscoInterdomain: true
        }
    }
}
