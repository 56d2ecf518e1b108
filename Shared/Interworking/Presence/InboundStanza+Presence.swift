internal import Messaging
internal import Presence
internal import XML
internal import XMPPCore

extension InboundStanza {
    /// [RFC 8048 §§ 5.2, 6.2, 7.1](https://www.rfc-editor.org/rfc/rfc8048#section-5.2): of a `<presence/>` only one without a
    /// type, or “unavailable”, is a notification; the others manage subscriptions.
    static func presence(_ stanza: Stanza, _ envelope: Envelope) -> Interpretation {
        switch stanza.type {
        case nil:
            if stanza.child("x", "http://jabber.org/protocol/muc") != nil {
                return .refuse(
                    DeliveryFailure(
                        .serviceUnavailable,
                        reason: .notSupported,
                        text: "Group chat does not cross the gateway."
                    )
                )
            }
            return .neutral([envelope.message(.presence(self.notification(stanza, envelope, isAvailable: true)))])
        case "unavailable":
            return .neutral([envelope.message(.presence(self.notification(stanza, envelope, isAvailable: false)))])
        case "subscribe":
            let request = SubscriptionRequest(action: .subscribe, note: self.status(of: stanza))
            return .neutral([envelope.bare(.subscriptionRequest(request))])
        case "unsubscribe":
            return .neutral([envelope.bare(.subscriptionRequest(SubscriptionRequest(action: .unsubscribe)))])
        case "subscribed":
            return .neutral([envelope.bare(.subscriptionState(.active))])
        case "unsubscribed":
            return .neutral([envelope.bare(.subscriptionState(.terminated))])
        case "probe":
            return .neutral([envelope.message(.presenceProbe)])
        case "error":
            return self.presenceError(stanza, envelope)
        default:
            return .refuse(DeliveryFailure(.badRequest, reason: .malformed, text: "Unknown type of presence."))
        }
    }

    /// A bare `from` speaks for the user as a whole; “unavailable” then says that no device is left.
    private static func notification(
        _ stanza: Stanza,
        _ envelope: Envelope,
        isAvailable: Bool
    ) -> PresenceNotification {
        let instance = PresenceNotification.Instance(
            id: envelope.from.instance,
            isAvailable: isAvailable,
            show: isAvailable ? PresenceNotification.Show(element: stanza.child("show")?.text) : .online,
            status: self.status(of: stanza),
            priority: isAvailable ? stanza.child("priority").flatMap { Int8($0.text.trimmed) } : nil,
            idleSince: stanza.child("idle", Namespace.idle)?.attribute("since").flatMap { Timestamp.parse($0) }
        )
        return PresenceNotification(
            instances: [instance],
            isComplete: !isAvailable && envelope.from.instance == nil
        )
    }

    private static func status(of stanza: Stanza) -> [LocalizedText] {
        var texts: [LocalizedText] = []
        for element in stanza.children("status").prefix(InterworkingLimits.languages) {
            let text = element.text
            guard !text.isEmpty, text.utf8.count <= InterworkingLimits.statusNote else { continue }
            texts.append(LocalizedText(text, language: LanguageTag.checked(element.language ?? stanza.language)))
        }
        return texts
    }

    /// An error of a peer that says the watcher will get nothing, now or later, ends the subscription; any other may pass.
    private static func presenceError(_ stanza: Stanza, _ envelope: Envelope) -> Interpretation {
        switch stanza.error?.condition {
        case .forbidden, .gone, .itemNotFound, .notAllowed, .notAuthorized, .registrationRequired,
            .subscriptionRequired:
            .neutral([envelope.bare(.subscriptionState(.terminated))])
        default:
            .ignore(.strayError)
        }
    }
}

extension InboundStanza.Envelope {
    /// Subscriptions are between users, not between their devices
    /// ([RFC 6121 §3.1.1](https://www.rfc-editor.org/rfc/rfc6121#section-3.1.1)).
    fileprivate func bare(_ content: NeutralMessage.Content) -> NeutralMessage {
        NeutralMessage(id: self.id, from: self.from.bare, to: self.to.bare, content: content)
    }
}

extension PresenceNotification.Show {
    /// What `<show/>` says; its absence, and what is no defined value, is `online`
    /// ([RFC 6121 §4.7.2.1](https://www.rfc-editor.org/rfc/rfc6121#section-4.7.2.1)).
    init(element text: String?) {
        switch text?.trimmed {
        case "chat": self = .chat
        case "away": self = .away
        case "xa": self = .extendedAway
        case "dnd": self = .doNotDisturb
        default: self = .online
        }
    }
}
