import Messaging
import ServiceKit
import TLS

/// Who opened a stream.
enum StreamDirection: String { case inbound, outbound }

/// What is counted of streams, by partner.
///
/// Asked for by name each time: a stream's life has a handful of such moments. A partner is named by its primary domain, as the
/// policy has it; domains that are nobody's are `other`, so that no peer can make a series.
extension EdgeMetrics {
    /// Series of one name: some hundreds of partners, each with a few reasons.
    private static let series = 2_000
    static let otherPartner = "other"

    func attempted(_ direction: StreamDirection, partner: String) {
        self.count(
            "isthmus_xmpp_stream_attempts_total",
            "Streams that were begun.",
            ["partner": partner, "direction": direction.rawValue]
        )
    }

    func authenticated(_ direction: StreamDirection, partner: String, method: String) {
        self.count(
            "isthmus_xmpp_streams_authenticated_total",
            "Pairs of domains that were authenticated.",
            ["partner": partner, "direction": direction.rawValue, "method": method]
        )
    }

    func refused(_ direction: StreamDirection, partner: String, _ reason: RefusalReason) {
        self.count(
            "isthmus_xmpp_streams_refused_total",
            "Streams that were refused, or did not come about.",
            ["partner": partner, "direction": direction.rawValue, "reason": reason.rawValue]
        )
    }

    func ended(_ direction: StreamDirection, partner: String, _ reason: RefusalReason) {
        self.count(
            "isthmus_xmpp_streams_ended_total",
            "Authenticated streams that ended.",
            ["partner": partner, "direction": direction.rawValue, "reason": reason.rawValue]
        )
    }

    /// How a TLS handshake ended.
    enum HandshakeOutcome: String { case completed, failed, refused }

    func handshake(_ direction: StreamDirection, _ outcome: HandshakeOutcome) {
        self.count(
            "isthmus_xmpp_tls_handshakes_total",
            "TLS handshakes.",
            ["direction": direction.rawValue, "outcome": outcome.rawValue]
        )
    }

    /// What a certificate said of the domain that the peer claims: its chain, and apart from that its names.
    func certificate(_ direction: StreamDirection, _ certificate: PeerCertificate?, domain: String) {
        let chain = certificate.map { $0.isTrusted ? "trusted" : "untrusted" } ?? "absent"
        let identity = certificate.map { $0.matches(domain: domain, service: "xmpp-server") ? "matches" : "differs" }
        self.count(
            "isthmus_xmpp_certificates_total",
            "Certificates that peers showed.",
            ["direction": direction.rawValue, "chain": chain, "identity": identity ?? "absent"]
        )
    }

    private func count(_ name: String, _ help: String, _ labels: Labels) {
        self.registry.counter(name, help: help, labels: labels, series: Self.series).increment()
    }
}
