import XML

extension InboundStream {
    /// A stanza of the peer.
    mutating func receivedStanza(_ element: XMLElement, _ actions: inout [Action]) {
        guard !self.pairs.isEmpty else {
            actions.append(.refused(self.headerPair, .protocolError(StreamError(.notAuthorized))))
            return self.fail(StreamError(.notAuthorized, text: "stanza before authentication"), &actions)
        }
        switch self.receiver.received(element, to: self.local) {
        case .deliver(let stanza, let pair, let number):
            self.carry(hasReceivedStanza: true, &actions)
            actions.append(.deliver(stanza, pair, number: number))
        case .unaddressable(let stanza, let pair, let number):
            self.carry(hasReceivedStanza: true, &actions)
            actions.append(.unaddressable(stanza, pair, number: number))
        case .fail(let error): self.fail(error, &actions)
        case .refuse(let error, let pair): self.refuse(error, pair, &actions)
        }
    }

    /// [XEP-0198](https://xmpp.org/extensions/xep-0198.html) without resumption: a stream between servers is made anew in an instant.
    mutating func receivedManagement(_ element: XMLElement, _ actions: inout [Action]) {
        switch element.name {
        case "enable":
            guard self.offered.acknowledgements, self.receiver.acknowledgements == nil else {
                return self.refuseManagement(.unexpectedRequest, &actions)
            }
            self.receiver.acknowledgements = AcknowledgementReceiver()
            // One request is for both directions.
            if self.isBidirectional {
                self.sender.beginCounting()
                actions.append(.countsFromHere)
            }
            actions.append(.send(XMLElement("enabled", namespace: Namespace.streamManagement)))
            self.carry(&actions)
        case "resume": self.refuseManagement(.itemNotFound, &actions)
        case "r":
            guard let answer = self.receiver.acknowledgements?.requested() else { return }
            actions.append(.send(answer))
            self.liveness.spoke()
        case "a":
            // Where we have sent nothing, there is nothing to acknowledge.
            do throws(StreamError) {
                let count = try self.sender.acknowledged(by: element)
                if count > 0 { actions.append(.taken(count)) }
            } catch {
                self.fail(error, &actions)
            }
        default: self.fail(StreamError(.unsupportedStanzaType), &actions)
        }
    }

    private func refuseManagement(_ condition: StanzaError.Condition, _ actions: inout [Action]) {
        let condition = XMLElement(condition.rawValue, namespace: Namespace.stanzaErrors)
        actions.append(.send(XMLElement("failed", namespace: Namespace.streamManagement, elements: [condition])))
    }

    // MARK: Our stanzas (XEP-0288)

    /// Lets our stanzas go to the authenticated pairs of a bidirectional stream.
    ///
    /// Where acknowledgements were offered, what the peer says first shows whether it wants them: nothing of ours is sent
    /// before, for it would not be counted. COMPAT: Prosody sends the stanzas that waited for the stream before it asks.
    mutating func carry(hasReceivedStanza: Bool = false, _ actions: inout [Action]) {
        guard self.isBidirectional else { return }
        if hasReceivedStanza { self.hasReceivedStanza = true }
        guard !self.offered.acknowledgements || self.receiver.acknowledgements != nil || self.hasReceivedStanza else {
            return
        }
        guard self.carried.count < self.pairs.count else { return }
        let timings = self.configuration.timings
        if self.carried.isEmpty, let look = timings.keepAliveLook(enduring: self.peerLimits.idleSeconds),
            look != timings.keepAliveLook
        {
            actions.append(.startTimer(.keepAlive, look))
        }
        for pair in self.pairs.subtracting(self.carried).sorted(by: { $0.description < $1.description }) {
            self.carried.insert(pair)
            actions.append(.carries(pair))
        }
    }

    mutating func stanzasSent(_ count: Int, _ actions: inout [Action]) {
        guard count > 0 else { return }
        self.liveness.spoke()
        switch self.sender.written(count) {
        case .taken: actions.append(.taken(count))
        case .asked(let startsTimer):
            actions.append(.send(AcknowledgementSender.request))
            if startsTimer { actions.append(.startTimer(.acknowledgement, self.sender.timeout)) }
        }
    }
}
