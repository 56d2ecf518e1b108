/// What a listener over TCP asks of who comes: a row of the application listeners of Cisco, or of OCS's front end (SPEC §5).
enum ListenerKind {
    case tcp
    /// Peers show a certificate, and are who it says: Cisco's “Peer Auth”, OCS's MTLS.
    case mutualTLS
    /// Only we show one; peers are their addresses, as over TCP: Cisco's “Server Auth”.
    case serverAuthTLS
    /// Mutual, with the protocols of 2003 to 2008.
    case legacyTLS

    var asksForCertificate: Bool {
        switch self {
        case .mutualTLS, .legacyTLS: true
        case .tcp, .serverAuthTLS: false
        }
    }

    /// For the log.
    var words: String {
        switch self {
        case .tcp: "tcp"
        case .mutualTLS, .legacyTLS: "tls"
        case .serverAuthTLS: "tls, peers known by their address"
        }
    }
}
