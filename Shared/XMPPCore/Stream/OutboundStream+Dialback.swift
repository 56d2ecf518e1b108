import XML

extension OutboundStream {
    /// The initiating server's step 1 of [XEP-0220 §2.1](https://xmpp.org/extensions/xep-0220.html#process).
    mutating func assertKey(_ key: String?, _ actions: inout [Action]) {
        guard !self.hasAssertedKey else { return }
        guard let key else { return self.giveUp(.dialbackFailed("the dialback authority does not answer"), &actions) }
        self.hasAssertedKey = true
        self.liveness.spoke()
        actions.append(.send(DialbackElement.result(from: self.pair.local, to: self.pair.remote, key: key)))
    }

    mutating func receivedDialback(_ element: XMLElement, _ actions: inout [Action]) {
        // Only answers to what we asked count; all else is ignored: CVE-2012-3525, CVE-2012-4672.
        guard let answer = DialbackElement(element) else { return }
        let pair = DomainPair(local: answer.to, remote: answer.from)
        guard case .outcome(let outcome) = answer.content else {
            if case .key(let key) = answer.content { self.receivedKey(answer, key, pair, &actions) }
            return
        }
        if answer.isVerify, let id = answer.id {
            guard let verification = self.verifications.remove(Verification(pair: pair, streamID: id)) else { return }
            return actions.append(.verified(verification, outcome.relayed))
        }
        guard self.state == .asserting, self.hasAssertedKey, pair == self.pair else { return }
        switch outcome {
        case .valid: self.established(.dialback(isSecured: self.isSecured), &actions)
        case .invalid: self.giveUp(.dialbackFailed("the peer says that our key is not valid"), &actions)
        case .failed(let error):
            let text = error.text.map { "\(error.condition.rawValue): \($0)" } ?? error.condition.rawValue
            self.giveUp(.dialbackFailed(text), &actions)
        }
    }

    /// What a peer may ask on a bidirectional stream of ours.
    ///
    /// Whether a key that somebody showed it is ours: of the one pair that the stream is for. Another pair it may not add
    /// ([XEP-0288 §2.2](https://xmpp.org/extensions/xep-0288.html#nego) lets it ask): one stream of ours is for one pair, and a peer that is told so opens its own.
    private mutating func receivedKey(
        _ element: DialbackElement,
        _ key: String,
        _ pair: DomainPair,
        _ actions: inout [Action]
    ) {
        guard self.isBidirectional else { return }
        if element.isVerify, let id = element.id, pair == self.pair {
            return actions.append(.checkKey(pair, streamID: id, key: key))
        }
        let error = StanzaError(.notAllowed, kind: .cancel, text: "this stream is for \(self.pair) alone")
        let id = element.isVerify ? element.id : nil
        actions.append(.send(DialbackElement.answer(from: pair.local, to: pair.remote, id: id, .failed(error))))
        self.liveness.spoke()
    }

    mutating func keyChecked(
        _ pair: DomainPair,
        _ streamID: String,
        _ outcome: DialbackOutcome,
        _ actions: inout [Action]
    ) {
        guard self.isBidirectional else { return }
        actions.append(.send(DialbackElement.answer(from: pair.local, to: pair.remote, id: streamID, outcome)))
        self.liveness.spoke()
    }

    /// The receiving server's step 2: asks about the keys that wait, if the stream is ready for it.
    mutating func sendVerifications(_ actions: inout [Action]) {
        switch self.state {
        case .asserting, .established, .verifying: break
        case .idle, .opening, .expectingFeatures, .expectingProceed, .securing, .authenticating, .closed: return
        }
        guard self.configuration.rules.allowsDialback(isSecured: self.isSecured) else {
            return self.failVerifications(.dialbackDisabled, &actions)
        }
        for (verification, key) in self.verificationsToSend {
            self.verifications.insert(verification)
            let pair = verification.pair
            actions.append(
                .send(DialbackElement.verify(from: pair.local, to: pair.remote, id: verification.streamID, key: key))
            )
            self.liveness.spoke()
        }
        self.verificationsToSend.removeAll()
    }

    /// Answers for the authoritative server, which will not.
    mutating func failVerifications(_ end: StreamEnd, _ actions: inout [Action]) {
        let error = end.dialbackError
        let pending = self.verifications.sorted { $0.streamID < $1.streamID } + self.verificationsToSend.map(\.0)
        self.verifications.removeAll()
        self.verificationsToSend.removeAll()
        for verification in pending { actions.append(.verified(verification, .failed(error))) }
    }
}

extension DialbackOutcome {
    /// An authoritative server's answer in the words of the receiving server: “If an error is encountered in Step 3 … the Receiving
    /// Server MUST send a `<remote-server-not-found/>`” ([XEP-0220 §2.5](https://xmpp.org/extensions/xep-0220.html#errors)).
    fileprivate var relayed: DialbackOutcome {
        guard case .failed(let error) = self else { return self }
        let text = "the authoritative server says: \(error.condition.rawValue)"
        return .failed(StanzaError(.remoteServerNotFound, text: text))
    }
}
