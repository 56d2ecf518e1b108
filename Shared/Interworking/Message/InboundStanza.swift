public import Messaging
internal import XML
public import XMPPCore

/// Stanzas of an XMPP peer, in neutral terms: [RFC 7572 §4](https://www.rfc-editor.org/rfc/rfc7572#section-4),
/// [RFC 8048 §§ 5.2, 6.2, 7.1](https://www.rfc-editor.org/rfc/rfc8048#section-5.2).
public enum InboundStanza {
    /// What a stanza means.
    ///
    /// `id` becomes the id of the neutral message; that the peer may speak for the stanza's `from`, and that its `to`
    /// is ours, is for the caller to check.
    public static func interpret(_ stanza: Stanza, id: MessageID) -> Interpretation {
        guard let from = stanza.from, let to = stanza.to else {
            return .refuse(DeliveryFailure(.badRequest, reason: .malformed, text: "The stanza lacks an address."))
        }
        let envelope: Envelope
        do {
            envelope = Envelope(id: id, from: try Address(from), to: try Address(to))
        } catch {
            return .refuse(DeliveryFailure(error))
        }
        guard envelope.to.user != nil else {
            // Nobody waits for an answer to a presence, unless it asks for something.
            if stanza.kind == .presence, stanza.type != "subscribe" { return .ignore(.noContent) }
            return .refuse(
                DeliveryFailure(
                    .serviceUnavailable,
                    reason: .notSupported,
                    text: "The gateway itself takes no messages."
                )
            )
        }
        switch stanza.kind {
        case .message: return self.message(stanza, envelope)
        case .presence: return self.presence(stanza, envelope)
        case .iq:
            return .refuse(
                DeliveryFailure(.serviceUnavailable, reason: .notSupported, text: "SIP has no counterpart of an IQ.")
            )
        }
    }

    /// Who says something to whom, under which id.
    struct Envelope {
        let id: MessageID
        let from: Address
        let to: Address

        func message(_ content: NeutralMessage.Content, sentAt: Int64? = nil) -> NeutralMessage {
            NeutralMessage(id: self.id, from: self.from, to: self.to, sentAt: sentAt, content: content)
        }
    }
}
