public import Messaging

/// What a stanza or request means to the other world.
public enum Interpretation: Equatable, Sendable {
    /// To be handed on, in this order.
    case neutral([NeutralMessage])
    /// Nothing to hand on, and nothing to complain of: to be acknowledged.
    case ignore(IgnoreReason)
    /// Cannot be handed on: the sender is to be told.
    case refuse(DeliveryFailure)
}

/// Why something well-formed leads to nothing.
public enum IgnoreReason: String, Equatable, Sendable, CaseIterable {
    /// It has no text, no typing state, no receipt: nothing that the other world knows.
    case noContent = "no-content"
    /// An error that reports on nothing the other world waits for.
    case strayError = "stray-error"
    /// A notification that is between servers only: “processed”, by RFC 5438.
    case intermediateNotification = "intermediate-notification"
}

extension NeutralMessage {
    /// Whether its sender wants to hear of its failure.
    ///
    /// Nobody wants an error for every key stroke, nor for a receipt or a presence change
    /// ([RFC 6121 §8.1](https://www.rfc-editor.org/rfc/rfc6121#section-8.1),
    /// [RFC 3994 §4](https://www.rfc-editor.org/rfc/rfc3994#section-4)).
    public var reportsFailure: Bool {
        switch self.content {
        case .instantMessage, .subscriptionRequest: true
        case .composition, .deliveryReceipt, .subscriptionState, .presence, .presenceProbe, .sessionOpened,
            .sessionClosed:
            false
        }
    }

    /// The receipt that its sender asked for, once the other side has taken it; `nil` where none was asked for.
    ///
    /// A 200 to a MESSAGE says that the recipient's device has it; for a 202, which says that a server keeps it for later, this is not asked
    /// ([RFC 3428 §7](https://www.rfc-editor.org/rfc/rfc3428#section-7), XEP-0184 §4).
    public func receipt(id: MessageID) -> NeutralMessage? {
        guard case .instantMessage(let message) = self.content, message.wantsReceipt, let originID = message.originID
        else { return nil }
        let receipt = DeliveryReceipt(originID: originID, outcome: .delivered)
        return NeutralMessage(id: id, from: self.to, to: self.from, content: .deliveryReceipt(receipt))
    }
}
