import XML

extension InboundStream {
    mutating func received(_ element: XMLElement, isLast: Bool, _ actions: inout [Action]) {
        switch element.namespace {
        case Namespace.server: self.receivedStanza(element, &actions)
        case Namespace.streamManagement: self.receivedManagement(element, &actions)
        case Namespace.dialback: self.receivedDialback(element, &actions)
        case Namespace.tls: self.receivedTLS(element, isLast: isLast, &actions)
        case Namespace.sasl: self.receivedSASL(element, &actions)
        case Namespace.bidi where self.offered.bidirectional && Bidirectional.isRequest(element):
            self.isBidirectional = true
            self.peerLimits = StreamLimits(in: element)
        case Namespace.stream where element.name == "error":
            self.closeInOrder(.peerError(StreamError(element)), &actions)
        default:
            // RFC 6120 §4.9.3.24; compression (xmppbomb) and other layers end here too.
            self.fail(StreamError(.unsupportedStanzaType), &actions)
        }
    }

    /// [RFC 6120 §5.4.2](https://www.rfc-editor.org/rfc/rfc6120#section-5.4.2).
    private mutating func receivedTLS(_ element: XMLElement, isLast: Bool, _ actions: inout [Action]) {
        guard element.name == "starttls" else { return self.fail(StreamError(.unsupportedStanzaType), &actions) }
        guard self.offered.startTLS != .none, !self.isSecured, self.verifying.isEmpty, self.pairs.isEmpty else {
            actions.append(.send(XMLElement("failure", namespace: Namespace.tls)))
            return self.closeInOrder(
                .protocolError(StreamError(.policyViolation, text: "TLS was not offered")),
                &actions
            )
        }
        guard isLast else {
            // CVE-2011-0411: what came with it in the clear must not be read as if it came inside TLS.
            let error = StreamError(.policyViolation, text: "data after <starttls/>")
            actions.append(.refused(self.headerPair, .protocolError(error)))
            return self.disconnect(.protocolError(error), &actions)
        }
        actions.append(.send(XMLElement("proceed", namespace: Namespace.tls)))
        actions.append(.startTLS)
        self.state = .securing
    }

    /// [RFC 6120 §6.4](https://www.rfc-editor.org/rfc/rfc6120#section-6.4) with EXTERNAL alone.
    private mutating func receivedSASL(_ element: XMLElement, _ actions: inout [Action]) {
        guard let remote = self.remote, self.isSecured, !self.offered.mechanisms.isEmpty, !self.isAuthenticated else {
            return self.fail(StreamError(.notAuthorized, text: "SASL was not offered"), &actions)
        }
        switch element.name {
        case "auth" where element.attribute("mechanism") != ExternalMechanism.name:
            self.failSASL(.invalidMechanism, &actions)
        case "auth" where element.text.isEmpty:
            self.isChallenged = true
            actions.append(.send(XMLElement("challenge", namespace: Namespace.sasl)))
        case "response" where !self.isChallenged:
            self.failSASL(.malformedRequest, &actions)
        case "auth", "response":
            self.isChallenged = false
            if let failure = ExternalMechanism.check(element.text, domain: remote) {
                return self.failSASL(failure, &actions)
            }
            self.isAuthenticated = true
            self.receiver.pairs = [self.headerPair]
            actions.append(.send(XMLElement("success", namespace: Namespace.sasl)))
            actions.append(.authenticated(self.headerPair, .external))
            self.expectHeader(&actions)
        case "abort":
            self.isChallenged = false
            self.failSASL(.aborted, &actions)
        default:
            self.fail(StreamError(.unsupportedStanzaType), &actions)
        }
    }

    /// How often a peer may try: [RFC 6120 §6.4.5](https://www.rfc-editor.org/rfc/rfc6120#section-6.4.5) says at least two and at most five.
    private static var maximumAuthenticationFailures: Int { 3 }

    private mutating func failSASL(_ failure: ExternalMechanism.Failure, _ actions: inout [Action]) {
        actions.append(.send(ExternalMechanism.failure(failure)))
        self.authenticationFailures += 1
        actions.append(.refused(self.headerPair, .authenticationFailed(failure.rawValue)))
        guard self.authenticationFailures >= Self.maximumAuthenticationFailures else { return }
        self.fail(
            StreamError(.policyViolation, text: "too many attempts"),
            end: .authenticationFailed(failure.rawValue),
            &actions
        )
    }
}
