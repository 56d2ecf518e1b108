/// A wish to see, or no longer to see, somebody's presence ([RFC 8048 §4](https://www.rfc-editor.org/rfc/rfc8048#section-4)).
///
/// `from` of the ``NeutralMessage`` is the watcher, `to` the presentity.
public struct SubscriptionRequest: Equatable, Sendable {
    public enum Action: Equatable, Sendable, CaseIterable {
        /// Begin, or renew.
        case subscribe
        /// End; the watcher no longer wants to know.
        case unsubscribe
        /// Say once what the presence is: a SUBSCRIBE with `Expires: 0` outside a dialog.
        case poll
    }

    public let action: Action
    /// A word the watcher sent along for the presentity to read.
    public let note: [LocalizedText]
    /// Whether the gateway says it for a watcher who had subscribed before: the presentity, a user of a split domain, has moved to the
    /// watcher's own server, which goes on from here (SPEC §7).
    public let isHandedOver: Bool

    public init(action: Action, note: [LocalizedText] = [], isHandedOver: Bool = false) {
        self.action = action
        self.note = note
        self.isHandedOver = isHandedOver
    }
}

/// The presentity's answer to a ``SubscriptionRequest``, now or later.
///
/// `from` of the ``NeutralMessage`` is the presentity, `to` the watcher.
public enum SubscriptionState: Equatable, Sendable, CaseIterable {
    /// Asked; nobody has decided.
    case pending
    /// Granted: XMPP's `subscribed`.
    case active
    /// Refused, or withdrawn: XMPP's `unsubscribed`.
    case terminated
}
