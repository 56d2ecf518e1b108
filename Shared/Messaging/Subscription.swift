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

    public init(action: Action, note: [LocalizedText] = []) {
        self.action = action
        self.note = note
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
