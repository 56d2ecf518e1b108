public import Messaging
internal import Presence
internal import XML
public import XMPPCore

extension NeutralMessage {
    /// The stanzas that say this to an XMPP peer, in order; none where XMPP has no word for it
    /// ([RFC 7572 §5](https://www.rfc-editor.org/rfc/rfc7572#section-5),
    /// [RFC 8048 §§ 5.3, 6.3, 7.2](https://www.rfc-editor.org/rfc/rfc8048#section-5.3)).
    ///
    /// All but a presence notification give one stanza, which carries ``id`` or the sender's own id.
    public func stanzas() throws(AddressError) -> [Stanza] {
        let (from, to) = (try JID(self.from), try JID(self.to))
        switch self.content {
        case .instantMessage(let message):
            return [self.stanza(message, from: from, to: to)]
        case .composition(let composition):
            let children = [
                XMLElement(composition.state.element, namespace: Namespace.chatStates),
                XMLElement("no-store", namespace: Namespace.hints),
            ]
            return [self.chat(children, thread: composition.thread, from: from, to: to)]
        case .deliveryReceipt(let receipt):
            return [self.stanza(receipt, from: from, to: to)]
        case .subscriptionRequest(let request):
            let wish = self.stanza(request, from: from, to: to)
            guard request.isHandedOver else { return [wish] }
            // What the presentity's former server has said is over; the rest is between the watcher's server and the presentity.
            return [Stanza(.presence, from: to.bare, to: from.bare, type: "unavailable"), wish]
        case .subscriptionState(let state):
            let type: String
            switch state {
            // RFC 8048 §5.2.1: nothing is said to the XMPP user before somebody has decided.
            case .pending: return []
            case .active: type = "subscribed"
            case .terminated: type = "unsubscribed"
            }
            return [Stanza(.presence, from: from.bare, to: to.bare, id: self.id.rawValue, type: type)]
        case .presence(let notification):
            return self.stanzas(notification, from: from, to: to)
        case .presenceProbe:
            return [Stanza(.presence, from: from, to: to.bare, id: self.id.rawValue, type: "probe")]
        case .sessionOpened:
            return []
        case .sessionClosed(let session):
            // RFC 7573 §6.1: the end of a session is the end of the chat.
            let gone = XMLElement(Composition.State.gone.element, namespace: Namespace.chatStates)
            return [self.chat([gone], thread: session.thread, from: from, to: to)]
        }
    }

    private func chat(_ children: [XMLElement], thread: String?, from: JID, to: JID) -> Stanza {
        var children = children
        if let thread { children.append(XMLElement("thread", namespace: Namespace.server, text: thread)) }
        return Stanza(.message, from: from, to: to, id: self.id.rawValue, type: "chat", children: children)
    }

    private func stanza(_ message: InstantMessage, from: JID, to: JID) -> Stanza {
        let type: String? =
            switch message.kind {
            case .normal: nil
            case .chat: "chat"
            case .headline: "headline"
            }
        // One language for all texts is said once, on the stanza (RFC 7572 §8, example 7).
        let language = message.body.first?.language
        var children: [XMLElement] = []
        children.reserveCapacity(message.body.count + message.subject.count + 4)
        for text in message.subject { children.append(.localized("subject", text, default: language)) }
        for text in message.body { children.append(.localized("body", text, default: language)) }
        if let thread = message.thread {
            children.append(XMLElement("thread", namespace: Namespace.server, text: thread))
        }
        if let state = message.composition {
            children.append(XMLElement(state.element, namespace: Namespace.chatStates))
        }
        if message.wantsReceipt { children.append(XMLElement("request", namespace: Namespace.receipts)) }
        if let sentAt = self.sentAt { children.append(.delay(sentAt, by: from)) }
        return Stanza(
            .message,
            from: from,
            to: to,
            id: message.originID ?? self.id.rawValue,
            type: type,
            language: language,
            children: children
        )
    }

    private func stanza(_ receipt: DeliveryReceipt, from: JID, to: JID) -> Stanza {
        let about = [XMLElement.Attribute("id", receipt.originID)]
        switch receipt.outcome {
        case .delivered:
            let received = XMLElement("received", namespace: Namespace.receipts, attributes: about)
            return Stanza(.message, from: from, to: to, id: self.id.rawValue, type: "chat", children: [received])
        case .displayed:
            let displayed = XMLElement("displayed", namespace: Namespace.chatMarkers, attributes: about)
            return Stanza(.message, from: from, to: to, id: self.id.rawValue, type: "chat", children: [displayed])
        case .failed:
            let unspecified = DeliveryFailure(
                .recipientUnavailable,
                reason: .peerRefused,
                text: "The recipient's side reports that the message was not delivered."
            )
            var children = [StanzaError(receipt.failure ?? unspecified).element]
            if let thread = receipt.thread {
                children.append(XMLElement("thread", namespace: Namespace.server, text: thread))
            }
            return Stanza(.message, from: from, to: to, id: receipt.originID, type: "error", children: children)
        }
    }

    private func stanza(_ request: SubscriptionRequest, from: JID, to: JID) -> Stanza {
        switch request.action {
        case .subscribe:
            let note = request.note.map { XMLElement.localized("status", $0, default: nil) }
            return Stanza(
                .presence,
                from: from.bare,
                to: to.bare,
                id: self.id.rawValue,
                type: "subscribe",
                children: note
            )
        case .unsubscribe:
            return Stanza(.presence, from: from.bare, to: to.bare, id: self.id.rawValue, type: "unsubscribe")
        case .poll:
            // RFC 8048 §7.2
            return Stanza(.presence, from: from, to: to.bare, id: self.id.rawValue, type: "probe")
        }
    }
}

extension XMLElement {
    /// A text with its language, where that is another than the stanza's.
    static func localized(_ name: String, _ text: LocalizedText, default language: String?) -> XMLElement {
        var element = XMLElement(name, namespace: Namespace.server, text: text.text)
        if let own = text.language, own != language {
            element.attributes = [Attribute("lang", own, namespace: XMLElement.xmlNamespace)]
        }
        return element
    }

    /// When it was sent, as XEP-0203 says it.
    fileprivate static func delay(_ sentAt: Int64, by from: JID) -> XMLElement {
        XMLElement(
            "delay",
            namespace: Namespace.delay,
            attributes: [Attribute("from", from.displayDomain), Attribute("stamp", Timestamp.format(sentAt))]
        )
    }
}
