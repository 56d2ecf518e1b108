import XML

extension OutboundStream {
    mutating func stanzasSent(_ count: Int, _ actions: inout [Action]) {
        guard count > 0 else { return }
        self.liveness.spoke()
        // A stream that carries stanzas one way hears nothing for long: what we say shows as well that it is in use. On a
        // bidirectional one the peer answers our pings.
        if !self.isBidirectional || !self.configuration.rules.sendsKeepAlives { self.liveness.heard() }
        switch self.sender.written(count) {
        case .taken: actions.append(.taken(count))
        case .asked(let startsTimer):
            actions.append(.send(AcknowledgementSender.request))
            if startsTimer { actions.append(.startTimer(.acknowledgement, self.sender.timeout)) }
        }
    }

    /// An element that the negotiation does not wait for.
    mutating func received(_ element: XMLElement, _ actions: inout [Action]) {
        switch element.namespace {
        case Namespace.server: self.receivedStanza(element, &actions)
        case Namespace.streamManagement: self.receivedManagement(element, &actions)
        case Namespace.dialback: self.receivedDialback(element, &actions)
        case Namespace.stream where element.name == "error":
            self.closeInOrder(.peerError(StreamError(element)), &actions)
        case Namespace.stream where element.name == "features":
            // Features out of turn: nothing we wait for.
            break
        default: self.fail(StreamError(.unsupportedStanzaType), &actions)
        }
    }

    /// A stanza of the peer: on a bidirectional stream the same as on one that it opened.
    private mutating func receivedStanza(_ element: XMLElement, _ actions: inout [Action]) {
        guard let outcome = self.receiver?.received(element, to: self.pair.local) else {
            // This stream carries stanzas one way only: XEP-0288 was not agreed on, or we do not know yet who this is.
            return self.fail(StreamError(.notAuthorized, text: "no stanzas this way"), &actions)
        }
        switch outcome {
        case .deliver(let stanza, let pair, let number): actions.append(.deliver(stanza, pair, number: number))
        case .unaddressable(let stanza, let pair, let number):
            actions.append(.unaddressable(stanza, pair, number: number))
        case .fail(let error): self.fail(error, &actions)
        case .refuse(let error, let pair):
            actions.append(.refused(pair, .refused(error)))
            self.fail(error, end: .refused(error), &actions)
        }
    }

    private mutating func receivedManagement(_ element: XMLElement, _ actions: inout [Action]) {
        switch element.name {
        case "a":
            do throws(StreamError) {
                let count = try self.sender.acknowledged(by: element)
                if count > 0 { actions.append(.taken(count)) }
            } catch {
                self.fail(error, &actions)
            }
        case "enabled":
            // The peer's stanzas count from here (XEP-0198 §4).
            if self.sender.isAcknowledged, self.receiver != nil, self.receiver?.acknowledgements == nil {
                self.receiver?.acknowledgements = AcknowledgementReceiver()
            }
        case "failed":
            let pending = self.sender.stopCounting()
            if pending > 0 { actions.append(.taken(pending)) }
        case "r":
            // On a stream that goes one way nothing has come that could count.
            var nothing = AcknowledgementReceiver()
            actions.append(.send(self.receiver?.acknowledgements?.requested() ?? nothing.requested()))
            self.liveness.spoke()
        default: self.fail(StreamError(.unsupportedStanzaType), &actions)
        }
    }

    mutating func settled(_ number: UInt32, _ actions: inout [Action]) {
        guard let answer = self.receiver?.acknowledgements?.settled(number) else { return }
        actions.append(.send(answer))
        self.liveness.spoke()
    }
}
