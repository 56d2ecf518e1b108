import Messaging

/// What SPEC §3 says must come of a combination.
///
/// Methods in order of preference; `tls=required` never falls back to plaintext; `dialback=false` means ignored in both roles; a
/// peer that skips a step never gains one.
extension Matrix.Combination {
    private func allows(_ method: Matrix.Method) -> Bool { self.row.methods.contains(method) }

    /// Whether the connection becomes TLS: both sides do it, and a method of the row needs it.
    private var usesTLS: Bool { self.startTLS && self.row.offersTLS }

    /// The peer calls; it uses what it can of what is offered, and sends a stanza in any case.
    var expectedWhenCalled: Matrix.Outcome {
        // A stanza before authentication, when something was offered that the peer did not do.
        let skipped = Matrix.Outcome.refused(error: "not-authorized", .streamError)
        if self.row.methods.isEmpty { return .refused(error: "not-authorized", .noCommonMethod) }
        guard self.usesTLS else {
            return self.allows(.tcpDialback) && self.dialback ? .established(.tcpDialback) : skipped
        }
        return self.expectedInsideWhenCalled
    }

    /// The peer calls the port for direct TLS: there is no way in the clear to begin with.
    var expectedWhenCalledDirectly: Matrix.Outcome {
        guard self.row.offersTLS else { return .refused(error: "not-authorized", .noCommonMethod) }
        return self.expectedInsideWhenCalled
    }

    private var expectedInsideWhenCalled: Matrix.Outcome {
        let skipped = Matrix.Outcome.refused(error: "not-authorized", .streamError)
        let offersExternal = self.allows(.saslTLS) && self.certificate == .good
        if offersExternal, self.external { return .established(.saslTLS) }
        if self.allows(.tlsDialback) { return self.dialback ? .established(.tlsDialback) : skipped }
        // SASL/TLS alone: with a certificate that cannot serve, nothing is left to offer (XEP-0178 §3).
        return offersExternal ? skipped : .refused(error: "not-authorized", .certificateRejected)
    }

    /// We call; the peer offers what it can, accepts what it offers, and answers all else with a stream error.
    var expectedWhenCalling: Matrix.Outcome {
        let peerRefuses = Matrix.Outcome.refused(error: nil, .streamError)
        if self.row.methods.isEmpty { return .refused(error: nil, .noCommonMethod) }
        guard self.usesTLS else {
            guard self.allows(.tcpDialback) else { return .refused(error: nil, .tlsRequired) }
            // Servers older than its feature do dialback too: it is tried.
            return self.dialback ? .established(.tcpDialback) : peerRefuses
        }
        return self.expectedInsideWhenCalling
    }

    /// We call a peer that has nothing but a port for direct TLS: where the row has no use for TLS, it has no server.
    var expectedWhenCallingDirectly: Matrix.Outcome {
        self.row.offersTLS ? self.expectedInsideWhenCalling : .refused(error: nil, .dnsFailed)
    }

    private var expectedInsideWhenCalling: Matrix.Outcome {
        let peerRefuses = Matrix.Outcome.refused(error: nil, .streamError)
        // A server without a certificate cannot do the handshake, and its failure is no way back into the clear.
        if self.certificate == .none { return .refused(error: nil, .tlsRequired) }
        if self.allows(.saslTLS), self.certificate == .good, self.external { return .established(.saslTLS) }
        if self.allows(.tlsDialback) { return self.dialback ? .established(.tlsDialback) : peerRefuses }
        guard self.certificate == .good else { return .refused(error: nil, .certificateRejected) }
        return .refused(error: nil, self.dialback ? .dialbackDisabled : .authenticationFailed)
    }
}
