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
        case .settled(let number): self.settled(number, &actions)
        case .keyChecked(let pair, let id, let outcome): self.keyChecked(pair, id, outcome, &actions)
        case .timerFired(let timer): self.fired(timer, &actions)
        case .revoked(let error): self.fail(error, end: .refused(error), &actions)
        case .certificateLost(let reason): self.certificateLost(reason, &actions)
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

    /// As for streams that peers open: what rests on a certificate does not outlive it
    /// ([RFC 6120 §13.7.2.3](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2.3)).
    private mutating func certificateLost(_ reason: String, _ actions: inout [Action]) {
        guard self.isAuthenticated else { return }
        self.fail(StreamError(.reset, text: reason), end: .certificateRejected(reason), &actions)
    }

    private mutating func verify(_ verification: Verification, _ key: String, _ actions: inout [Action]) {
        guard self.verifications.count + self.verificationsToSend.count < self.configuration.pendingVerifications else {
            let error = StanzaError(.resourceConstraint, text: "too many keys are being verified")
            return actions.append(.verified(verification, .failed(error)))
        }
        self.verificationsToSend.append((verification, key))
        self.sendVerifications(&actions)
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
            guard let look = timings.keepAliveLook(enduring: self.features.limits.idleSeconds) else { return }
            if self.state == .established, self.configuration.rules.sendsKeepAlives { self.showLife(&actions) }
            actions.append(.startTimer(.keepAlive, look))
        case .acknowledgement:
            switch self.sender.timerFired() {
            case .nothing: break
            case .startTimer: actions.append(.startTimer(.acknowledgement, self.sender.timeout))
            case .dead: self.fail(StanzaSender.deadPeer, end: .inactive, &actions)
            }
        }
    }

    /// A question where the peer has to answer, white space where it does not.
    private mutating func showLife(_ actions: inout [Action]) {
        let needsSign = self.liveness.needsSignOfLife()
        switch (self.sender.isAcknowledged, self.isBidirectional) {
        case (true, _) where needsSign: actions.append(.send(AcknowledgementSender.request))
        case (false, true) where needsSign || self.liveness.isSilent:
            self.pings += 1
            actions.append(.send(Bidirectional.ping(self.pair, number: self.pings)))
        case (false, false) where needsSign: actions.append(.sendWhitespace)
        case (true, _), (false, _): break
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
        if let acknowledgements = self.receiver?.acknowledgements { actions.append(.send(acknowledgements.element)) }
        actions.append(.closeStream)
        self.disconnect(end, &actions)
    }

    mutating func disconnect(_ end: StreamEnd, _ actions: inout [Action]) {
        self.failVerifications(end, &actions)
        self.state = .closed
        actions.append(.disconnect(end))
    }
}
