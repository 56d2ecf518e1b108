import Logging
import NetworkKit
import TLS
import XMPPCore

/// Whether DNS proves the peer's certificate.
extension InboundConnection {
    func proveCertificate(_ pair: DomainPair) {
        self.router.assumeIsolated { $0.proofs.assumeIsolated { $0.lookUp(pair.remote, for: self) } }
    }

    /// Which servers of the peer's domain DNSSEC proves, or why none.
    func lookedUp(_ domain: String, _ result: Result<ProvenServers, ProofFailure>) {
        guard !self.hasEnded, let pair = self.named, pair.remote == domain, let handshake = self.handshake,
            let peer = handshake.peer, let context = self.surroundings.tlsContext()
        else { return }
        let verdict: CertificateVerdict
        switch result {
        case .failure(let failure):
            if failure.wasAsked { self.surroundings.metrics.proofs.count(.failed) }
            verdict = .invalid("\(failure)")
        case .success(let servers):
            let requiresClientAuth = self.router.assumeIsolated { $0.requiresClientAuth(domain) }
            let proof = CertificateProof(
                peer,
                domain: domain,
                requiresClientAuth: requiresClientAuth,
                servers: servers,
                context: context
            )
            self.surroundings.metrics.proofs.count(proof.certificate == nil ? .differs : .proven)
            if let certificate = proof.certificate { self.handshake?.peer = certificate }
            verdict = proof.verdict
        }
        self.handle(.certificateProven(pair, self.withTrust(verdict, of: peer)))
        self.flush()
    }

    /// Both reasons: the operator is to know what the trust roots said as well.
    private func withTrust(_ verdict: CertificateVerdict, of peer: PeerCertificate) -> CertificateVerdict {
        guard case .invalid(let reason) = verdict, let domain = self.named?.remote,
            case .invalid(let distrust) = CertificateVerdict(peer, domain: domain)
        else { return verdict }
        return .invalid("\(distrust); by DANE: \(reason)")
    }
}
