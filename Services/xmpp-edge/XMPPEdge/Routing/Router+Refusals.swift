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

    /// A stanza of a peer was answered with an error, or dropped.
    func record(
        _ stanza: Stanza,
        _ pair: DomainPair,
        _ failure: DeliveryFailure,
        id: MessageID,
        on connection: (any StanzaSource)? = nil
    ) {
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: Self.service,
            messageID: id,
            subject: stanza.kind.rawValue,
            from: stanza.from?.description ?? pair.remote,
            to: stanza.to?.description ?? pair.local,
            peer: pair.remote,
            reason: failure.reason,
            answer: StanzaError(failure).condition.rawValue,
            text: failure.text
        )
        let origin = connection?.origin
        if let origin { record.peer = origin.peer }
        self.complete(
            &record,
            pair,
            origin?.facts ?? StreamFacts(.inbound),
            .stanza,
            user: stanza.to.flatMap { try? Address($0) }
        )
    }

    /// A message of a sip-edge was not handed on.
    func record(_ message: NeutralMessage, _ pair: DomainPair, _ failure: DeliveryFailure) {
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: Self.service,
            messageID: message.id,
            subject: "message",
            from: message.from.description,
            to: message.to.description,
            peer: pair.remote,
            reason: failure.reason,
            answer: StanzaError(failure).condition.rawValue,
            text: failure.text
        )
        self.complete(&record, pair, StreamFacts(.outbound), .stanza, user: message.from)
    }

    /// A stanza did not get onto a stream to its partner.
    func record(outbound stanza: Stanza, _ pair: DomainPair, _ failure: DeliveryFailure) {
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: Self.service,
            messageID: stanza.id.map { MessageID($0) },
            subject: stanza.kind.rawValue,
            from: stanza.from?.description ?? pair.local,
            to: stanza.to?.description ?? pair.remote,
            peer: pair.remote,
            reason: failure.reason,
            answer: StanzaError(failure).condition.rawValue,
            text: failure.text
        )
        if failure.reason == .queueFull { record.rule = "limits.queue=\(self.surroundings.limits.queueLength)" }
        self.complete(&record, pair, StreamFacts(.outbound), .stanza, user: stanza.from.flatMap { try? Address($0) })
    }

    /// A peer's stream, or a part of it, was refused.
    func refused(
        stream pair: DomainPair?,
        peer: String,
        _ end: StreamEnd,
        answer: String,
        facts: StreamFacts = StreamFacts(.inbound)
    ) {
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: Self.service,
            messageID: nil,
            subject: "stream",
            from: pair?.remote ?? "",
            to: pair?.local ?? "",
            peer: peer,
            reason: end.reason,
            answer: answer,
            text: end.description
        )
        switch end {
        case .refused(let error):
            record.answer = error.condition.rawValue
            record.reason = facts.limit?.reason ?? self.reason(pair, error)
            record.rule = facts.limit?.rule ?? ""
        case .protocolError(let error):
            record.answer = error.condition.rawValue
            if let setting = facts.sizeSetting { (record.reason, record.rule) = (.sizeLimit, setting) }
        case .peerError: record.answer = "closed"
        case .establishmentTimeout:
            self.surroundings.metrics.reached(.establishmentTime)
            record.rule = "settings: stream-establishment-timeout=\(self.policy.settings.streamEstablishmentTimeout)"
        case .inactive:
            record.rule = "settings: stream-inactivity-timeout=\(self.policy.settings.streamInactivityTimeout)"
        case .tlsFailed: if self.surroundings.tlsContext() == nil { record.rule = "certificates: there is none yet" }
        case .closed, .disconnected, .tlsRequired, .tlsNotSupported, .certificateRejected,
            .authenticationFailed, .dialbackFailed, .dialbackDisabled, .noCommonMethod, .shuttingDown:
            break
        }
        // One that was established has ended, and is counted as such.
        if facts.reached != .established {
            self.surroundings.metrics.refused(.inbound, partner: self.partnerLabel(pair?.remote), record.reason)
        }
        self.complete(&record, pair, facts, facts.step(end), rejection: end.rejection)
    }

    /// No stream to a partner came about.
    func refused(stream pair: DomainPair, peer: String, _ failure: AttemptFailure, facts: StreamFacts? = nil) {
        let facts = facts ?? StreamFacts(.outbound)
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: Self.service,
            messageID: nil,
            subject: "stream",
            from: pair.local,
            to: pair.remote,
            peer: peer.isEmpty ? pair.remote : peer,
            reason: failure.reason,
            answer: failure.deliveryFailure.reason.rawValue,
            text: failure.description
        )
        record.rule = failure.limit?.rule ?? ""
        if case .refused(let error) = failure.end, failure.limit == nil { record.reason = self.reason(pair, error) }
        if facts.reached != .established {
            self.surroundings.metrics.refused(.outbound, partner: self.partnerLabel(pair.remote), record.reason)
        }
        let isFound = failure.dns == nil && failure.connection == nil
        self.complete(
            &record,
            pair,
            facts,
            isFound ? facts.step(failure.end) : .connected,
            rejection: failure.end.rejection
        )
    }

    /// There are too many connections, or they come too fast.
    func refusedConnection(_ address: SocketAddress?, _ refusal: ConnectionLimits.Refusal, rule: String = "") {
        self.surroundings.metrics.reached(LimitName(refusal))
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: Self.service,
            messageID: nil,
            subject: "connection",
            from: "",
            to: "",
            peer: address.map { $0.ipAddress ?? "\($0)" } ?? "",
            reason: refusal == .tooFastFromAddress ? .rateLimit : .connectionLimit,
            answer: StreamError(refusal).condition.rawValue,
            text: refusal.rawValue
        )
        record.rule = rule
        var facts = StreamFacts(.inbound)
        facts.port = address?.port
        self.complete(&record, nil, facts, .connected)
    }

    /// Adds what is known beside the reason, and reports.
    private func complete(
        _ record: inout RefusalRecord,
        _ pair: DomainPair?,
        _ facts: StreamFacts,
        _ step: RefusalRecord.Step,
        rejection: String? = nil,
        user: Address? = nil
    ) {
        record.direction = facts.direction
        record.localDomain = pair?.local ?? ""
        record.remoteDomain = pair?.remote ?? ""
        record.partner = pair.flatMap { self.policy.partner(ofDomain: $0.remote)?.domain } ?? ""
        record.peerPort = facts.port
        record.certificate = facts.certificate.map { RefusalCertificate($0, rejection: rejection) }
        record.step = step
        if record.rule.isEmpty {
            record.rule = self.policy.rule(behind: record.reason, local: pair?.local, remote: pair?.remote, user: user)
        }
        self.surroundings.report(record)
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

extension StreamEnd {
    /// Why the peer's certificate was not taken, where that ended the stream.
    fileprivate var rejection: String? {
        if case .certificateRejected(let text) = self { text } else { nil }
    }
}

extension StreamError {
    /// What a peer is told whose connection the limits do not admit.
    ///
    /// Its own limit is a policy of ours that it violates, the limit of all is a lack of ours (RFC 6120 §§ 4.9.3.14, 4.9.3.17).
    init(_ refusal: ConnectionLimits.Refusal) {
        switch refusal {
        case .tooManyConnections: self.init(.resourceConstraint, text: refusal.rawValue)
        case .tooManyFromAddress, .tooFastFromAddress: self.init(.policyViolation, text: refusal.rawValue)
        }
    }
}
