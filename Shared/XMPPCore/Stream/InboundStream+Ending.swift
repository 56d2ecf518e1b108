import XML

extension InboundStream {
    mutating func startTimers(_ actions: inout [Action]) {
        let timings = self.configuration.timings
        actions.append(.startTimer(.establishment, timings.establishment))
        actions.append(.startTimer(.inactivity, timings.silenceLook))
        if let look = timings.keepAliveLook { actions.append(.startTimer(.keepAlive, look)) }
    }

    mutating func fired(_ timer: Timer, _ actions: inout [Action]) {
        let timings = self.configuration.timings
        switch timer {
        case .establishment:
            guard !self.isEstablished, !self.hasShownKey else { return }
            actions.append(.refused(self.headerPair, .establishmentTimeout))
            guard self.state != .securing else { return self.disconnect(.establishmentTimeout, &actions) }
            self.fail(
                StreamError(.connectionTimeout, text: StreamEnd.establishmentTimeout.description),
                end: .establishmentTimeout,
                &actions
            )
        case .inactivity:
            if self.liveness.lookForSilence() {
                guard self.state != .securing else { return self.disconnect(.inactive, &actions) }
                return self.fail(StreamError(.connectionTimeout), end: .inactive, &actions)
            }
            actions.append(.startTimer(.inactivity, timings.silenceLook))
        case .keepAlive:
            guard let look = timings.keepAliveLook(enduring: self.peerLimits.idleSeconds) else { return }
            if self.isEstablished, self.state == .negotiating, self.sendsKeepAlives { self.showLife(&actions) }
            actions.append(.startTimer(.keepAlive, look))
        case .acknowledgement:
            switch self.sender.timerFired() {
            case .nothing: break
            case .startTimer: actions.append(.startTimer(.acknowledgement, self.sender.timeout))
            case .dead: self.fail(StanzaSender.deadPeer, end: .inactive, &actions)
            }
        }
    }

    /// White space, unless something else was said; where stanzas go both ways, a question that has to be answered.
    private mutating func showLife(_ actions: inout [Action]) {
        let needsSign = self.liveness.needsSignOfLife()
        switch (self.sender.isAcknowledged, self.carried.contains(self.headerPair)) {
        case (true, _) where needsSign: actions.append(.send(AcknowledgementSender.request))
        case (false, true) where needsSign || self.liveness.isSilent:
            self.pings += 1
            actions.append(.send(Bidirectional.ping(self.headerPair, number: self.pings)))
        case (false, false) where needsSign: actions.append(.sendWhitespace)
        case (true, _), (false, _): break
        }
    }

    private var sendsKeepAlives: Bool {
        if case .allowed(let rules, _, _)? = self.verdict { rules.sendsKeepAlives } else { false }
    }

    /// Begins the next life of the stream, inside TLS or after SASL; nothing of the last one counts but the two names.
    mutating func expectHeader(_ actions: inout [Action]) {
        self.state = .expectingHeader
        self.hasOpened = false
        self.verdict = nil
        self.offered = StreamFeatures()
        self.question = nil
        self.isChallenged = false
        actions.append(.restart)
    }

    /// Ends the stream with an error ([RFC 6120 §4.9.1](https://www.rfc-editor.org/rfc/rfc6120#section-4.9.1)): our header first, if
    /// the peer has not had it.
    mutating func fail(_ error: StreamError, end: StreamEnd? = nil, _ actions: inout [Action]) {
        self.answerHeader(&actions)
        actions.append(.send(error.element))
        self.closeInOrder(end ?? .protocolError(error), &actions)
    }

    /// A stream that rests on a certificate does not outlive it; dialback does not rest on one
    /// ([RFC 6120 §13.7.2.3](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2.3)).
    mutating func certificateLost(_ reason: String, _ actions: inout [Action]) {
        guard self.isAuthenticated else { return }
        self.fail(StreamError(.reset, text: reason), end: .certificateRejected(reason), &actions)
    }

    mutating func refuse(_ error: StreamError, _ pair: DomainPair, _ actions: inout [Action]) {
        actions.append(.refused(pair, .refused(error)))
        self.fail(error, end: .refused(error), &actions)
    }

    mutating func closeInOrder(_ end: StreamEnd, _ actions: inout [Action]) {
        self.answerHeader(&actions)
        if let acknowledgements = self.receiver.acknowledgements { actions.append(.send(acknowledgements.element)) }
        actions.append(.closeStream)
        self.disconnect(end, &actions)
    }

    mutating func disconnect(_ end: StreamEnd, _ actions: inout [Action]) {
        self.state = .closed
        actions.append(.disconnect(end))
    }
}
