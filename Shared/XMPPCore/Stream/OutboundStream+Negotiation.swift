import XML

extension OutboundStream {
    mutating func open(_ actions: inout [Action]) {
        self.state = .opening
        self.features = StreamFeatures()
        self.liveness.spoke()
        actions.append(
            .open(
                StreamHeader(
                    from: Domainpart.display(self.pair.local),
                    to: Domainpart.display(self.pair.remote),
                    language: "en"
                )
            )
        )
    }

    mutating func opened(_ header: StreamHeader, _ actions: inout [Action]) {
        guard header.contentNamespace == Namespace.server else {
            return self.fail(StreamError(.invalidNamespace), &actions)
        }
        if let from = header.from, DialbackElement.domain(from) != self.pair.remote {
            return self.fail(StreamError(.invalidFrom, text: "this is not the server that was called"), &actions)
        }
        self.streamID = header.id ?? ""
        switch header.parsedVersion {
        case .unreadable:
            self.fail(StreamError(.unsupportedVersion), &actions)
        case .one:
            self.state = .expectingFeatures
        case .none:
            // A server older than features can do dialback and nothing else.
            self.peerHasVersion = false
            self.features.dialback = true
            self.proceed(&actions)
        }
    }

    /// Decides on the next step, from what the peer offers and the partner's rules allow.
    mutating func proceed(_ actions: inout [Action]) {
        let rules = self.configuration.rules
        // RFC 6120 §4.9.3.23: what a peer insists on and we cannot do.
        if let feature = self.features.unknownRequirement, self.features.startTLS == .none,
            self.isAuthenticated || self.features.mechanisms.isEmpty && !self.features.dialback
        {
            return self.fail(StreamError(.unsupportedFeature, text: feature), end: .noCommonMethod, &actions)
        }
        if self.isAuthenticated { return self.established(.external, &actions) }

        if !self.isSecured {
            if rules.allowsTLS, self.features.startTLS != .none {
                self.state = .expectingProceed
                return actions.append(.send(XMLElement("starttls", namespace: Namespace.tls)))
            }
            if rules.requiresTLS { return self.giveUp(rules.allowsTLS ? .tlsRequired : .noCommonMethod, &actions) }
            if self.features.startTLS == .required {
                return self.fail(StreamError(.unsupportedFeature, text: "starttls"), end: .tlsNotSupported, &actions)
            }
        }

        guard self.purpose == .traffic else {
            // The check of a key obeys the same rules as a stream does (OF-986).
            guard rules.allowsDialback(isSecured: self.isSecured) else {
                return self.giveUp(.dialbackDisabled, &actions)
            }
            self.state = .verifying
            return self.sendVerifications(&actions)
        }

        if self.isSecured, self.configuration.allowsBidirectional, self.features.bidirectional, !self.hasAskedForBoth {
            self.hasAskedForBoth = true
            let limits = self.configuration.timings.limits(maximumBytes: self.configuration.maximumBytes)
            actions.append(.send(Bidirectional.request(limits)))
        }
        let mechanisms = self.features.mechanisms
        if self.isSecured, rules.allowsExternal, self.failedAuthentication == nil, self.certificate == .valid,
            self.configuration.hasCertificate, mechanisms.contains(ExternalMechanism.name)
        {
            self.state = .authenticating
            return actions.append(.send(ExternalMechanism.auth(as: self.pair.local)))
        }
        if rules.allowsDialback(isSecured: self.isSecured) {
            guard !self.streamID.isEmpty else {
                return self.fail(StreamError(.undefinedCondition, text: "the stream has no id"), &actions)
            }
            self.state = .asserting
            actions.append(.makeKey(self.pair, streamID: self.streamID))
            return self.sendVerifications(&actions)
        }
        self.giveUp(self.reasonForNoMethod, &actions)
    }

    /// Why neither EXTERNAL nor dialback is possible.
    private var reasonForNoMethod: StreamEnd {
        if let failure = self.failedAuthentication { return .authenticationFailed(failure) }
        guard self.isSecured, self.configuration.rules.allowsExternal else { return .noCommonMethod }
        switch self.certificate {
        case .absent: return .certificateRejected("no certificate was shown")
        case .invalid(let reason), .provable(let reason): return .certificateRejected(reason)
        case .valid: break
        }
        guard self.configuration.hasCertificate else {
            return .authenticationFailed("there is no certificate for \(self.pair.local)")
        }
        return self.features.dialback
            ? .dialbackDisabled : .authenticationFailed("the peer does not accept our certificate")
    }

    /// [RFC 6120 §5.4.2](https://www.rfc-editor.org/rfc/rfc6120#section-5.4.2).
    mutating func receivedTLS(_ element: XMLElement, isLast: Bool, _ actions: inout [Action]) {
        guard element.name == "proceed" else {
            return self.closeInOrder(.tlsFailed("the peer cannot at present"), &actions)
        }
        guard isLast else {
            let error = StreamError(.policyViolation, text: "data after <proceed/>")
            return self.disconnect(.protocolError(error), &actions)
        }
        self.state = .securing
        actions.append(.startTLS)
    }

    /// [RFC 6120 §6.4](https://www.rfc-editor.org/rfc/rfc6120#section-6.4).
    mutating func receivedSASL(_ element: XMLElement, _ actions: inout [Action]) {
        switch element.name {
        case "success":
            self.isAuthenticated = true
            actions.append(.restart)
            self.open(&actions)
        case "challenge":
            // COMPAT: asked again for what the initial response said.
            actions.append(
                .send(
                    XMLElement(
                        "response",
                        namespace: Namespace.sasl,
                        text: ExternalMechanism.auth(as: self.pair.local).text
                    )
                )
            )
        default:
            // XEP-0178 §3: the peer may close, or let us go on with dialback.
            self.failedAuthentication = ExternalMechanism.describe(element)
            self.proceed(&actions)
        }
    }

    mutating func established(_ method: AuthenticationMethod, _ actions: inout [Action]) {
        self.state = .established
        if self.hasAskedForBoth { self.receiver = StanzaReceiver(pairs: [self.pair]) }
        if self.features.acknowledgements {
            self.sender.beginCounting()
            actions.append(.send(XMLElement("enable", namespace: Namespace.streamManagement)))
        }
        actions.append(.established(method, maximumBytes: self.features.limits.maximumBytes))
        // A peer that endures less silence than our keep-alives leave.
        let timings = self.configuration.timings
        if let look = timings.keepAliveLook(enduring: self.features.limits.idleSeconds), look != timings.keepAliveLook {
            actions.append(.startTimer(.keepAlive, look))
        }
        self.sendVerifications(&actions)
    }
}
