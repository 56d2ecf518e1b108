import EdgeKit
import Interworking
import Messaging
import Policy
import SIPCore

/// “Why was this refused?”
extension SIPServer {
    /// Adds what is known of the connection that a refused request came on, and the rule that decided.
    ///
    /// - Parameters:
    ///   - record: What to complete; its peer and reason are there.
    ///   - connection: Where the request came from.
    ///   - sender: Whom the request names as its sender, whether proven or not.
    ///   - recipient: Whom it was for, if that could be read.
    func complete(
        _ record: inout RefusalRecord,
        _ connection: ConnectionID,
        sender: Address?,
        recipient: Address?
    ) {
        record.direction = .inbound
        record.step = .stanza
        // The SIP side is ours: the sender's domain is the local one, the recipient's the partner's.
        record.localDomain = sender?.domain ?? ""
        record.remoteDomain = recipient?.domain ?? ""
        record.partner = recipient.flatMap { self.policy.partner(ofDomain: $0.domain) }?.domain ?? ""
        record.peerPort = self.connections[connection]?.assumeIsolated { $0.remotePort }
        record.certificate = self.peers[connection]?.certificate.map { RefusalCertificate($0) }
        record.rule = self.rule(behind: record.reason, record, self.peers[connection], sender)
    }

    private func rule(
        behind reason: RefusalReason,
        _ record: RefusalRecord,
        _ peer: PeerIdentity?,
        _ sender: Address?
    ) -> String {
        let host = peer?.authorization(in: self.policy)?.host ?? ""
        let limits = self.configuration.limits
        if reason == .hostNotAuthorized { return "hosts: \(peer?.address ?? "the peer") is none of them" }
        if reason == .hostOutboundOnly { return "host \(host): outbound-only=true" }
        if reason == .rateLimit {
            return "host \(host): throttle-as-server=false, limits.client-rate=\(limits.clientRate)"
        }
        if reason == .queueFull { return "limits.transactions=\(limits.transactions)" }
        return self.policy.rule(
            behind: reason,
            local: record.localDomain,
            remote: record.remoteDomain,
            user: sender
        )
    }

    /// The setting behind the refusal of a message that is too large.
    var ruleOfSize: String { "limits.message-size=\(self.configuration.limits.messageSize)" }

    func sender(of request: Request) -> Address? { request.headers.from?.sipURI.flatMap { try? Address($0) } }
}
