internal import Messaging

/// What a person is doing: the elements of RPID's `<activities/>`
/// ([RFC 4480 §3.2](https://www.rfc-editor.org/rfc/rfc4480#section-3.2)).
public enum Activity: String, Equatable, Sendable, CaseIterable {
    case appointment, away, breakfast, busy, dinner, holiday, lunch, meal, meeting, other, performance, playing
    case presentation, shopping, sleeping, spectator, steering, travel, tv, unknown, vacation, working, worship
    case inTransit = "in-transit"
    case lookingForWork = "looking-for-work"
    case onThePhone = "on-the-phone"
    case permanentAbsence = "permanent-absence"
}

extension Activity {
    /// How XMPP says it; `nil` where the activity says nothing of whether one may be disturbed.
    ///
    /// Note: RFC 8048 leaves this to the implementation. We follow the words of RFC 4480: who is not at the device is
    /// `away`, who will not be back today is `xa`, who had better not be disturbed is `dnd`.
    var show: PresenceNotification.Show? {
        switch self {
        case .away, .breakfast, .dinner, .inTransit, .lunch, .meal, .shopping, .steering, .travel: .away
        case .holiday, .permanentAbsence, .sleeping, .vacation: .extendedAway
        case .appointment, .busy, .meeting, .onThePhone, .performance, .presentation, .worship: .doNotDisturb
        case .lookingForWork, .other, .playing, .spectator, .tv, .unknown, .working: nil
        }
    }

    /// How RPID says what XMPP said; `nil` for those who are simply there.
    init?(_ show: PresenceNotification.Show) {
        switch show {
        case .online, .chat: return nil
        case .away, .extendedAway: self = .away
        case .doNotDisturb: self = .busy
        }
    }
}
