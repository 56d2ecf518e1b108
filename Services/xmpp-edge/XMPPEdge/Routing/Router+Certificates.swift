import NIOCore
import XMPPCore

/// Identities, trust roots and revocation lists that are new.
extension Router {
    /// Streams whose certificates are verified in one turn of the loop: a verification takes some tenths of a millisecond.
    private static let reviewsAtOnce = 16

    /// Streams go on under a new certificate of ours; those of peers whose certificates are not trusted any more end.
    func certificatesChanged() {
        guard let context = self.surroundings.tlsContext() else { return }
        let streams: [any CertifiedStream] = self.inboundConnections + self.outbound.assumeIsolated { $0.links }
        self.reconsider(streams[...], CertificateReview(context))
    }

    private func reconsider(_ streams: ArraySlice<any CertifiedStream>, _ review: CertificateReview) {
        for stream in streams.prefix(Self.reviewsAtOnce) {
            stream.assumeIsolated { $0.reconsiderCertificate(review) }
        }
        let rest = streams.dropFirst(Self.reviewsAtOnce)
        guard !rest.isEmpty else { return }
        self.surroundings.loop.assumeIsolated().execute { self.assumeIsolated { $0.reconsider(rest, review) } }
    }
}
