import Synchronization
import TLS

/// What trust roots and revocation lists that are new say of certificates that were shown before.
///
/// Each chain is looked at once, however many streams its owner has.
final class CertificateReview: Sendable {
    private let context: TLSContext
    private let known = Mutex<[[[UInt8]]: PeerCertificate.Verification]>([:])

    init(_ context: TLSContext) { self.context = context }

    func verification(of peer: PeerCertificate) -> PeerCertificate.Verification {
        if let verification = self.known.withLock({ $0[peer.chain] }) { return verification }
        let verification =
            (try? self.context.verification(of: peer.chain)) ?? .untrusted("it cannot be verified any more")
        self.known.withLock { $0[peer.chain] = verification }
        return verification
    }
}
