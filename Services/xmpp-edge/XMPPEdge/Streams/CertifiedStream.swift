import NIOCore
import NetworkKit
import TLS
import XMPPCore

/// A stream that may rest on its peer's certificate, whoever opened it.
///
/// Streams live for months. One that was authenticated by a certificate ends with `<reset/>` when a certificate of its chain
/// expires, and when it would not be trusted any more: the peer comes back, and shows what it has then.
protocol CertifiedStream: Actor {
    var surroundings: Surroundings { get }
    var handshake: TLSHandshakeCompleted? { get }
    /// The next look at the dates.
    var certificateTimer: Scheduled<Void>? { get set }
    /// Whether the certificate is what the peer was authenticated by, and not dialback.
    var restsOnCertificate: Bool { get }

    func certificateLost(_ reason: String)
}

extension CertifiedStream {
    /// Ends the stream when its peer's certificate expires; called once it is authenticated.
    func watchCertificate() {
        self.certificateTimer?.cancel()
        guard self.restsOnCertificate, let peer = self.handshake?.peer else { return }
        switch CertificateLook(validUntil: peer.validUntil, now: self.surroundings.now()) {
        case .expired: self.certificateLost("the certificate has expired")
        case .again(let pause):
            self.certificateTimer = self.surroundings.loop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) {
                self.assumeIsolated { $0.watchCertificate() }
            }
        }
    }

    /// Ends the stream unless `review` finds its peer's certificate still good.
    ///
    /// One that a TLSA record vouches for is left alone: the trust roots have nothing to say of it, and the record is looked up anew
    /// with the next stream.
    func reconsiderCertificate(_ review: CertificateReview) {
        // The clock may have been set since the last look.
        self.watchCertificate()
        guard self.restsOnCertificate, let peer = self.handshake?.peer, peer.daneUsage == nil else { return }
        if case .untrusted(let reason) = review.verification(of: peer) { self.certificateLost(reason) }
    }
}
