import XML

extension InboundStream {
    /// Answers the peer's header ([RFC 6120 §4.7](https://www.rfc-editor.org/rfc/rfc6120#section-4.7)).
    mutating func open(_ header: StreamHeader, _ id: String, _ actions: inout [Action]) {
        self.streamID = id
        self.peerVersion = header.parsedVersion

        guard header.contentNamespace != Namespace.stream else {
            return self.fail(
                StreamError(.badNamespacePrefix, text: "the namespace of streams needs a prefix"),
                &actions
            )
        }
        guard header.contentNamespace == Namespace.server else {
            return self.fail(StreamError(.invalidNamespace, text: "this is a port for servers"), &actions)
        }
        guard self.peerVersion != .unreadable else { return self.fail(StreamError(.unsupportedVersion), &actions) }
        guard let to = header.to else {
            return self.fail(StreamError(.improperAddressing, text: "the stream has no 'to'"), &actions)
        }
        guard let local = DialbackElement.domain(to) else { return self.fail(StreamError(.hostUnknown), &actions) }
        var remote: String?
        if let from = header.from {
            remote = DialbackElement.domain(from)
            guard remote != nil else { return self.fail(StreamError(.invalidFrom), &actions) }
        }
        guard self.local == nil || self.local == local else {
            return self.fail(
                StreamError(.policyViolation, text: "'to' changed when the stream was restarted"),
                &actions
            )
        }
        guard self.remote == nil || self.remote == remote else {
            return self.fail(
                StreamError(.policyViolation, text: "'from' changed when the stream was restarted"),
                &actions
            )
        }
        self.local = local
        self.remote = remote
        self.answerHeader(&actions)
        self.state = .negotiating
        self.question = .header
        actions.append(.consult(local: local, remote: remote))
    }

    /// Sends our header, unless it is sent.
    mutating func answerHeader(_ actions: inout [Action]) {
        guard !self.hasOpened else { return }
        self.hasOpened = true
        self.liveness.spoke()
        actions.append(
            .open(
                StreamHeader(
                    from: self.local.map(Domainpart.display),
                    to: self.remote.map(Domainpart.display),
                    id: self.streamID,
                    // A server that shows no version is older than features: it gets none, and so no version either.
                    version: self.peerVersion == .none ? nil : "1.0",
                    language: "en"
                )
            )
        )
    }

    mutating func consulted(_ verdict: Verdict, _ actions: inout [Action]) {
        guard let question = self.question else { return assertionFailure("nobody asked") }
        self.question = nil
        switch question {
        case .header:
            self.verdict = verdict
            switch verdict {
            case .refused(let error): self.refuse(error, self.headerPair, &actions)
            case .allowed(let rules, .provable(let reason), _) where self.isWorthProving(rules):
                self.question = .proof(rules, .invalid(reason))
                actions.append(.proveCertificate(self.headerPair))
            case .allowed(let rules, let certificate, let offersTLS):
                self.offerFeatures(rules, certificate, offersTLS: offersTLS, &actions)
            }
        case .proof: assertionFailure("the policy was not asked")
        case .result(let pair, let key): self.decided(pair, verdict, key: key, &actions)
        case .verify(let pair, let id, let key): self.decided(pair, verdict, streamID: id, key: key, &actions)
        }
    }

    /// The pair of the header, as far as it is known.
    var headerPair: DomainPair { DomainPair(local: self.local ?? "", remote: self.remote ?? "") }

    mutating func offerFeatures(
        _ rules: StreamRules,
        _ certificate: CertificateVerdict,
        offersTLS: Bool,
        _ actions: inout [Action]
    ) {
        var features = StreamFeatures()
        features.limits = self.configuration.timings.limits(maximumBytes: self.configuration.maximumBytes)
        if self.isAuthenticated {
            features.acknowledgements = true
        } else {
            if !self.isSecured, rules.allowsTLS, offersTLS {
                features.startTLS = rules.requiresTLS && self.remote != nil ? .required : .offered
            }
            if self.isSecured, rules.allowsExternal, certificate == .valid, self.remote != nil {
                features.mechanisms = [ExternalMechanism.name]
            }
            // As Prosody does, inside TLS only: in the clear anybody could take the answers.
            features.bidirectional = self.isSecured && self.configuration.allowsBidirectional
            features.dialback = rules.allowsDialback(isSecured: self.isSecured)
            features.dialbackErrors = features.dialback
        }
        self.offered = features

        let leadsSomewhere =
            self.isAuthenticated || features.startTLS != .none || !features.mechanisms.isEmpty || features.dialback
        guard leadsSomewhere else { return self.failWithoutMethod(rules, certificate, &actions) }
        // RFC 6120 §4.7.5: features are for those who know of versions.
        guard self.peerVersion == .one else {
            if features.dialback { return }
            return self.failWithoutMethod(rules, certificate, &actions)
        }
        actions.append(.send(features.element))
    }

    /// Says why no way of authenticating is left: silence here has cost operators years.
    private mutating func failWithoutMethod(
        _ rules: StreamRules,
        _ certificate: CertificateVerdict,
        _ actions: inout [Action]
    ) {
        let end: StreamEnd =
            switch certificate {
            // To ask for TLS would mislead a peer to whom nothing is allowed inside it either.
            case _ where !self.isSecured: rules.allowsTLS && rules.requiresTLS ? .tlsRequired : .noCommonMethod
            // No certificate would have helped.
            case _ where !rules.allowsExternal: .noCommonMethod
            case .absent: .certificateRejected("no certificate was shown")
            case .invalid(let reason), .provable(let reason): .certificateRejected(reason)
            case .valid: .noCommonMethod
            }
        actions.append(.refused(self.headerPair, end))
        self.fail(StreamError(.notAuthorized, text: end.description), end: end, &actions)
    }
}
