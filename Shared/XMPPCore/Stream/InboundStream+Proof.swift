/// DANE as a prooftype of the peer's domain ([RFC 7712 §5](https://www.rfc-editor.org/rfc/rfc7712#section-5)).
///
/// Nobody else is asked about a certificate that would change nothing: only one that was shown inside TLS, by a peer that said its
/// name and waits for features, where the partner's rules allow EXTERNAL.
extension InboundStream {
    /// Whether a proof would lead to more than there is without.
    func isWorthProving(_ rules: StreamRules) -> Bool {
        self.isSecured && !self.isAuthenticated && rules.allowsExternal && self.remote != nil
            && self.peerVersion == .one
    }

    /// The features that waited for the answer, if they still do.
    mutating func certificateProven(
        _ pair: DomainPair,
        _ certificate: CertificateVerdict,
        _ actions: inout [Action]
    ) {
        guard case .proof(let rules, _)? = self.question, pair == self.headerPair else { return }
        self.offer(rules, certificate, &actions)
    }

    /// A peer that does not wait for features gets those that there are without a proof.
    mutating func stopProving(_ actions: inout [Action]) {
        guard case .proof(let rules, let certificate)? = self.question else { return }
        self.offer(rules, certificate, &actions)
    }

    private mutating func offer(_ rules: StreamRules, _ certificate: CertificateVerdict, _ actions: inout [Action]) {
        self.question = nil
        self.verdict = .allowed(rules, certificate: certificate, offersTLS: false)
        self.offerFeatures(rules, certificate, offersTLS: false, &actions)
        self.liveness.spoke()
    }
}
