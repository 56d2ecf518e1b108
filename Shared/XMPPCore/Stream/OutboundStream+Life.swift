import XML

extension OutboundStream {
    /// What can happen in every state.
    mutating func handleAtAnyTime(_ event: Event, _ actions: inout [Action]) {
        guard self.state != .closed else {
            if case .verify(let verification, _) = event {
                actions.append(.verified(verification, .failed(StreamEnd.closed.dialbackError)))
            }
            return
        }
        switch event {
        case .verify(let verification, let key): self.verify(verification, key, &actions)
        case .stanzasSent(let count): self.stanzasSent(count, &actions)
        case .timerFired(let timer): self.fired(timer, &actions)
        case .revoked(let error): self.fail(error, end: .refused(error), &actions)
        case .shutDown: self.closeInOrder(.shuttingDown, &actions)
        case .disconnected: self.disconnect(.disconnected, &actions)
        case .whitespace:
            guard self.state != .securing else {
                let error = StreamError(.policyViolation, text: "data after <proceed/>")
                return self.disconnect(.protocolError(error), &actions)
            }
            self.liveness.heard()
        case .started, .opened, .openedWrongly, .element, .closedByPeer, .parserFailed, .secured, .tlsFailed, .keyMade:
            break
        }
    }

    private mutating func verify(_ verification: Verification, _ key: String, _ actions: inout [Action]) {
        guard self.verifications.count + self.verificationsToSend.count < self.configuration.pendingVerifications else {
            let error = StanzaError(.resourceConstraint, text: "too many keys are being verified")
            return actions.append(.verified(verification, .failed(error)))
        }
        self.verificationsToSend.append((verification, key))
        self.sendVerifications(&actions)
    }

    private mutating func stanzasSent(_ count: Int, _ actions: inout [Action]) {
        guard count > 0 else { return }
        // A stream that carries stanzas one way hears nothing for long: what we say shows as well that it is in use.
        self.liveness.spoke()
        self.liveness.heard()
        guard self.acknowledgements != nil else { return actions.append(.taken(count)) }
        let before = self.acknowledgements
        self.acknowledgements?.stanzasSent(count)
        actions.append(.send(AcknowledgementSender.request))
        if !self.isAcknowledgementTimerRunning {
            self.acknowledgementsAtTimer = before
            self.isAcknowledgementTimerRunning = true
            actions.append(.startTimer(.acknowledgement, self.configuration.acknowledgementTimeout))
        }
    }

    /// An element that the negotiation does not wait for.
    mutating func received(_ element: XMLElement, _ actions: inout [Action]) {
        switch (element.namespace, element.name) {
        case (Namespace.dialback, _): self.receivedDialback(element, &actions)
        case (Namespace.stream, "error"): self.closeInOrder(.peerError(StreamError(element)), &actions)
        case (Namespace.streamManagement, "a"): self.receivedAcknowledgement(element, &actions)
        case (Namespace.streamManagement, "enabled"): break
        case (Namespace.streamManagement, "failed"):
            // What was sent since <enable/> is on an authenticated stream; without acknowledgements that is all one can know.
            let pending = self.acknowledgements?.pending ?? 0
            self.acknowledgements = nil
            if pending > 0 { actions.append(.taken(pending)) }
        case (Namespace.streamManagement, "r"):
            // Nothing has come on this stream that could count.
            actions.append(.send(XMLElement("a", namespace: Namespace.streamManagement, attributes: [.init("h", "0")])))
        case (Namespace.stream, "features"):
            // Features out of turn: nothing we wait for.
            break
        case (Namespace.server, _):
            // This stream carries stanzas one way only: XEP-0288 was not agreed on.
            self.fail(StreamError(.notAuthorized, text: "no stanzas this way"), &actions)
        default: self.fail(StreamError(.unsupportedStanzaType), &actions)
        }
    }

    private mutating func receivedAcknowledgement(_ element: XMLElement, _ actions: inout [Action]) {
        guard var acknowledgements = self.acknowledgements else { return }
        guard let count = acknowledgements.acknowledged(by: element) else {
            return self.fail(acknowledgements.tooHigh, &actions)
        }
        self.acknowledgements = acknowledgements
        if count > 0 { actions.append(.taken(count)) }
    }

    mutating func startTimers(_ actions: inout [Action]) {
        let timings = self.configuration.timings
        actions.append(.startTimer(.establishment, timings.establishment))
        actions.append(.startTimer(.inactivity, timings.silenceLook))
        if let look = timings.keepAliveLook { actions.append(.startTimer(.keepAlive, look)) }
    }

    private mutating func fired(_ timer: Timer, _ actions: inout [Action]) {
        let timings = self.configuration.timings
        switch timer {
        case .establishment:
            guard self.state != .established, self.state != .verifying else { return }
            self.giveUp(.establishmentTimeout, &actions)
        case .inactivity:
            if self.liveness.lookForSilence() { return self.closeInOrder(.inactive, &actions) }
            actions.append(.startTimer(.inactivity, timings.silenceLook))
        case .keepAlive:
            guard let look = timings.keepAliveLook else { return }
            if self.liveness.needsSignOfLife(), self.state == .established,
                self.configuration.rules.sendsKeepAlives
            {
                actions.append(self.acknowledgements == nil ? .sendWhitespace : .send(AcknowledgementSender.request))
            }
            actions.append(.startTimer(.keepAlive, look))
        case .acknowledgement:
            self.isAcknowledgementTimerRunning = false
            guard let acknowledgements = self.acknowledgements, acknowledgements.isWaiting else { return }
            if let before = self.acknowledgementsAtTimer, !acknowledgements.hasProgressed(since: before) {
                return self.fail(
                    StreamError(.connectionTimeout, text: "nothing was acknowledged"),
                    end: .inactive,
                    &actions
                )
            }
            self.acknowledgementsAtTimer = acknowledgements
            self.isAcknowledgementTimerRunning = true
            actions.append(.startTimer(.acknowledgement, self.configuration.acknowledgementTimeout))
        }
    }

    /// Ends an attempt that leads nowhere, without blaming the peer.
    mutating func giveUp(_ end: StreamEnd, _ actions: inout [Action]) {
        guard self.state != .securing, self.state != .idle else { return self.disconnect(end, &actions) }
        self.closeInOrder(end, &actions)
    }

    mutating func fail(_ error: StreamError, end: StreamEnd? = nil, _ actions: inout [Action]) {
        if self.state == .idle || self.state == .securing {
            return self.disconnect(end ?? .protocolError(error), &actions)
        }
        actions.append(.send(error.element))
        self.closeInOrder(end ?? .protocolError(error), &actions)
    }

    mutating func closeInOrder(_ end: StreamEnd, _ actions: inout [Action]) {
        guard self.state != .securing, self.state != .idle else { return self.disconnect(end, &actions) }
        actions.append(.closeStream)
        self.disconnect(end, &actions)
    }

    mutating func disconnect(_ end: StreamEnd, _ actions: inout [Action]) {
        self.failVerifications(end, &actions)
        self.state = .closed
        actions.append(.disconnect(end))
    }
}
