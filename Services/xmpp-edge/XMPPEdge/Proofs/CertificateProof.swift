import NetworkKit
import TLS
import XMPPCore

/// What proven servers of a domain say of a certificate that a peer showed in its name
/// ([RFC 7712 §5](https://www.rfc-editor.org/rfc/rfc7712#section-5), [RFC 7673 §4](https://www.rfc-editor.org/rfc/rfc7673#section-4)).
///
/// A server that opens a stream shows what it shows when it takes one: its certificate has to match the TLSA records of one of the
/// domain's servers, or, where that has none, to be trusted and name that server.
struct CertificateProof {
    private(set) var verdict = CertificateVerdict.absent
    /// The peer's certificate as it was judged; `nil` unless it is proven.
    private(set) var certificate: PeerCertificate?

    init(
        _ peer: PeerCertificate,
        domain: String,
        requiresClientAuth: Bool,
        servers proven: ProvenServers,
        context: TLSContext
    ) {
        var obstacles: [String] = []
        for server in proven.servers {
            let judged = Self.judge(peer, server, context)
            let verdict = CertificateVerdict(
                judged,
                domain: domain,
                secureHost: server.host,
                requiresClientAuth: requiresClientAuth
            )
            switch verdict {
            case .valid:
                self.verdict = .valid
                self.certificate = judged
                return
            case .invalid(let reason), .provable(let reason):
                let step = server.associations.isEmpty ? "no TLSA records" : reason
                obstacles.append("\(server.host):\(server.port): \(step)")
            case .absent: break
            }
        }
        if proven.skipped > 0 {
            obstacles.append("\(proven.skipped) more servers, which limits.proof-servers leaves out")
        }
        self.verdict = .invalid(obstacles.joined(separator: ", "))
    }

    /// `peer` by the records of `server`, where it has any.
    private static func judge(_ peer: PeerCertificate, _ server: ProvenServer, _ context: TLSContext) -> PeerCertificate
    {
        guard !server.associations.isEmpty else { return peer }
        do {
            return try context.certificate(peer, by: server.associations)
        } catch {
            var peer = peer
            peer.verification = .untrusted("\(error)")
            return peer
        }
    }
}
