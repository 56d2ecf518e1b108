import EdgeKit
import Interworking
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import XMPPCore

/// “Why was this refused?”
extension Router {
    private static let service = "xmpp-edge"

    private func report(
        _ subject: String,
        from: String,
        to: String,
        peer: String,
        _ reason: RefusalReason,
        answer: String,
        text: String,
        id: MessageID? = nil
    ) {
        self.surroundings.report(
            RefusalRecord(
                time: WallClock.milliseconds(),
                service: Self.service,
                messageID: id,
                subject: subject,
                from: from,
                to: to,
                peer: peer,
                reason: reason,
                answer: answer,
                text: text
            )
        )
    }

    /// A stanza of a peer was answered with an error, or dropped.
    func record(_ stanza: Stanza, _ pair: DomainPair, _ failure: DeliveryFailure, id: MessageID) {
        self.report(
            stanza.kind.rawValue,
            from: stanza.from?.description ?? pair.remote,
            to: stanza.to?.description ?? pair.local,
            peer: pair.remote,
            failure.reason,
            answer: StanzaError(failure).condition.rawValue,
            text: failure.text,
            id: id
        )
    }

    /// A message of a sip-edge was not handed on.
    func record(_ message: NeutralMessage, _ pair: DomainPair, _ failure: DeliveryFailure) {
        self.report(
            "message",
            from: message.from.description,
            to: message.to.description,
            peer: pair.remote,
            failure.reason,
            answer: StanzaError(failure).condition.rawValue,
            text: failure.text,
            id: message.id
        )
    }

    /// A peer's stream, or a part of it, was refused.
    func refused(stream pair: DomainPair?, peer: String, _ end: StreamEnd, answer: String) {
        var reason = end.reason
        var answer = answer
        if case .refused(let error) = end {
            answer = error.condition.rawValue
            reason = self.reason(pair, error)
        }
        if case .protocolError(let error) = end { answer = error.condition.rawValue }
        self.report(
            "stream",
            from: pair?.remote ?? "",
            to: pair?.local ?? "",
            peer: peer,
            reason,
            answer: answer,
            text: end.description
        )
    }

    /// No stream to a partner came about.
    func refused(stream pair: DomainPair, peer: String, _ failure: AttemptFailure) {
        self.report(
            "stream",
            from: pair.local,
            to: pair.remote,
            peer: peer,
            failure.reason,
            answer: failure.deliveryFailure.reason.rawValue,
            text: failure.description
        )
    }

    /// There are too many connections.
    func refusedConnection(_ address: SocketAddress?, _ refusal: ConnectionLimits.Refusal) {
        self.report(
            "connection",
            from: "",
            to: "",
            peer: address.map { $0.ipAddress ?? "\($0)" } ?? "",
            .connectionLimit,
            answer: "closed",
            text: refusal.rawValue
        )
    }

    /// Which rule of the policy stood behind a stream error.
    private func reason(_ pair: DomainPair?, _ error: StreamError) -> RefusalReason {
        guard let pair, self.policy.isLocal(pair.local) else { return .notOurDomain }
        let decision = self.policy.decide(.inbound, .stream, from: pair.remoteAddress, to: pair.localAddress)
        if let failure = decision.failure { return failure.reason }
        switch error.condition {
        case .invalidFrom, .improperAddressing, .hostUnknown: return .fromNotBoundToPeer
        case .systemShutdown: return .shuttingDown
        default: return .connectionLimit
        }
    }
}
