import XML

/// The receiving and the authoritative server of [XEP-0220](https://xmpp.org/extensions/xep-0220.html).
extension InboundStream {
    mutating func receivedDialback(_ element: XMLElement, _ actions: inout [Action]) {
        guard let dialback = DialbackElement(element) else {
            return self.fail(StreamError(.improperAddressing, text: "unreadable dialback"), &actions)
        }
        // We never ask anything on a stream that a peer opened, so an answer here is a forgery: CVE-2012-3525.
        guard case .key(let key) = dialback.content else { return }

        let pair = DomainPair(local: dialback.to, remote: dialback.from)
        guard self.question == nil else { return assertionFailure("\(dialback) while a question is open") }
        if dialback.isVerify, let id = dialback.id {
            self.question = .verify(pair, streamID: id, key: key)
        } else {
            if self.pairs.contains(pair) {
                actions.append(.send(DialbackElement.answer(from: pair.local, to: pair.remote, .valid)))
                return
            }
            // One verification of a pair is enough, and what a stream may set off is bounded.
            guard !self.verifying.contains(pair) else { return }
            if let limit = self.limitReached {
                actions.append(.reached(limit, pair))
                return self.answer(pair, .failed(StanzaError(.resourceConstraint)), &actions)
            }
            self.question = .result(pair, key: key)
        }
        actions.append(.consult(local: pair.local, remote: pair.remote))
    }

    /// What the stream has no more room for.
    private var limitReached: Limit? {
        if self.verifying.count >= self.configuration.pendingVerifications { return .verifications }
        return self.pairs.count >= self.configuration.pairs ? .pairs : nil
    }

    /// The receiving server, once the policy is known: asks the authoritative server of the peer's domain.
    mutating func decided(_ pair: DomainPair, _ verdict: Verdict, key: String, _ actions: inout [Action]) {
        guard let error = self.obstacle(to: verdict) else {
            self.verifying.insert(pair)
            return actions.append(.verifyKey(pair, streamID: self.streamID, key: key))
        }
        actions.append(.refused(pair, error.end))
        self.answer(pair, .failed(error.answer), &actions)
    }

    /// The authoritative server, once the policy is known: asks the holder of the secret.
    mutating func decided(
        _ pair: DomainPair,
        _ verdict: Verdict,
        streamID: String,
        key: String,
        _ actions: inout [Action]
    ) {
        guard let error = self.obstacle(to: verdict) else {
            return actions.append(.checkKey(pair, streamID: streamID, key: key))
        }
        actions.append(.refused(pair, error.end))
        let answer = DialbackElement.answer(from: pair.local, to: pair.remote, id: streamID, .failed(error.answer))
        actions.append(.send(answer))
    }

    mutating func verified(_ pair: DomainPair, _ outcome: DialbackOutcome, _ actions: inout [Action]) {
        guard self.verifying.remove(pair) != nil else { return }
        switch outcome {
        case .valid:
            self.receiver.pairs.insert(pair)
            self.answer(pair, .valid, &actions)
            actions.append(.authenticated(pair, .dialback(isSecured: self.isSecured)))
            self.carry(&actions)
        case .invalid:
            actions.append(.refused(pair, .dialbackFailed("the key is not the peer's")))
            self.answer(pair, .invalid, &actions)
            // XEP-0220 §2.1.2: the receiving server terminates the stream, unless others use it.
            if self.pairs.isEmpty { self.closeInOrder(.dialbackFailed("the key is not the peer's"), &actions) }
        case .failed(let error):
            let end = StreamEnd.dialbackFailed(error.text ?? error.condition.rawValue)
            actions.append(.refused(pair, end))
            self.answer(pair, .failed(error), &actions)
            // XEP-0220 §2.5: errors of dialback are younger than versions; a peer without one would wait for ever.
            guard self.peerVersion != .one, self.pairs.isEmpty else { return }
            self.fail(StreamError(.remoteConnectionFailed, text: error.text), end: end, &actions)
        }
    }

    private mutating func answer(_ pair: DomainPair, _ outcome: DialbackOutcome, _ actions: inout [Action]) {
        actions.append(.send(DialbackElement.answer(from: pair.local, to: pair.remote, outcome)))
        self.liveness.spoke()
    }

    /// Why dialback is not for this pair on this stream, as it is now.
    private func obstacle(to verdict: Verdict) -> (end: StreamEnd, answer: StanzaError)? {
        switch verdict {
        case .refused(let error):
            let condition: StanzaError.Condition = error.condition == .hostUnknown ? .itemNotFound : .policyViolation
            return (.refused(error), StanzaError(condition, kind: .cancel, text: error.text))
        case .allowed(let rules, _, _):
            if rules.allowsDialback(isSecured: self.isSecured) { return nil }
            let end: StreamEnd =
                switch (self.isSecured, rules.allowsDialbackOverTLS) {
                case (false, true): .tlsRequired
                case (true, true), (_, false): .dialbackDisabled
                }
            return (end, StanzaError(.policyViolation, kind: .cancel, text: end.description))
        }
    }
}
