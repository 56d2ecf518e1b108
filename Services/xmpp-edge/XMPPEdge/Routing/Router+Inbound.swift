import Bus
import Directory
import EdgeKit
import Interworking
import Logging
import Messaging
import Policy
import Presence
import ServiceKit
import Wire
import XMPPCore

/// From XMPP peers to SIP edges.
extension Router {
    /// Takes a stanza of an authenticated peer; its fate is told to `settlement`, once.
    func route(_ stanza: Stanza, _ pair: DomainPair, _ settlement: Settlement) {
        let read = self.read(stanza)
        // Asked at the moment of acting: the policy may have changed since the stream was made. What is allowed to cross is
        // asked about once, for that has asked about its domains too.
        if !read.isAllowed, let failure = self.failure(ofStream: pair) {
            return self.refuse(stanza, pair, settlement, failure, id: read.id)
        }
        self.take(stanza, read, pair, settlement)
    }

    /// What a stanza means, and what the policy says to it.
    struct ReadStanza {
        let id: MessageID
        /// `nil` for a query.
        let meaning: Interpretation?
        /// One for each message it means.
        let decisions: [Decision]

        /// Whether something was decided about, and all of it is allowed.
        var isAllowed: Bool { !self.decisions.isEmpty && self.decisions.allSatisfy(\.isAllowed) }
    }

    func read(_ stanza: Stanza) -> ReadStanza {
        let id = self.newMessageID()
        let meaning = stanza.kind == .iq ? nil : InboundStanza.interpret(stanza, id: id)
        guard case .neutral(let messages)? = meaning else { return ReadStanza(id: id, meaning: meaning, decisions: []) }
        return ReadStanza(id: id, meaning: meaning, decisions: messages.map(self.decide))
    }

    /// Does with a stanza of a pair that may send what it means.
    func take(_ stanza: Stanza, _ read: ReadStanza, _ pair: DomainPair, _ settlement: Settlement) {
        let id = read.id
        switch read.meaning {
        case nil: self.answerQuery(stanza, pair, settlement)
        case .neutral(let messages)?:
            for message in messages { self.noteBounce(message, of: stanza, pair) }
            self.handOver(Array(zip(messages, read.decisions)), of: stanza, pair, settlement)
        case .ignore(let reason)?:
            self.surroundings.logger.debug(
                "Stanza has no meaning on the other side",
                metadata: ["message.id": "\(id)", "peer.domain": "\(pair.remote)", "reason": "\(reason.rawValue)"]
            )
            settlement.settle()
        case .refuse(let failure)?: self.refuse(stanza, pair, settlement, failure, id: id)
        }
    }

    /// What the policy has against the domains, whatever is said between them.
    private func failure(ofStream pair: DomainPair) -> DeliveryFailure? {
        self.policy.decide(.inbound, .stream, from: pair.remoteAddress, to: pair.localAddress).failure
    }

    func decide(_ message: NeutralMessage) -> Decision {
        self.policy.decide(
            .inbound,
            message.decisionKind,
            from: message.from,
            to: message.to,
            contact: .decidedBySIPEdge
        )
    }

    /// A peer sends back what its server has taken: the operator finds why, and that the sender is being told.
    private func noteBounce(_ message: NeutralMessage, of stanza: Stanza, _ pair: DomainPair) {
        guard case .deliveryReceipt(let receipt) = message.content, let failure = receipt.failure else { return }
        self.record(stanza, pair, failure, id: message.id)
    }

    /// Answers a stanza whose recipient's address makes no sense
    /// ([RFC 6120 §8.3.3.8](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3.8)).
    func bounceUnaddressable(_ stanza: Stanza, _ pair: DomainPair, _ settlement: Settlement) {
        var stanza = stanza
        stanza.to = try? JID(domain: pair.local)
        let failure = DeliveryFailure(
            .addressMalformed,
            reason: .malformed,
            text: "the recipient's address is malformed"
        )
        self.refuse(stanza, pair, settlement, failure, id: self.newMessageID())
    }

    func answerQuery(_ query: Stanza, _ pair: DomainPair, _ settlement: Settlement) {
        // Whole seconds: nobody needs to know how fast this clock is read.
        let utc = Timestamp.format(self.surroundings.now() / 1000 * 1000)
        guard let answer = self.responder.answer(query, name: self.name(of: query.to, for: pair), utc: utc) else {
            return settlement.settle()
        }
        self.send(answer, pair, .settlement(settlement))
    }

    private func handOver(
        _ messages: [(NeutralMessage, Decision)],
        of stanza: Stanza,
        _ pair: DomainPair,
        _ settlement: Settlement
    ) {
        let parts = HandOver.Parts(messages.count)
        for (message, decision) in messages {
            self.give(HandOver(message, of: stanza, pair, settlement, parts), decision)
        }
    }

    /// Which sip-edge was given a message, and under which number its fate comes back.
    struct Dispatched {
        let number: UInt64
        let edge: String
    }

    /// Gives a message that is allowed to cross to the edge that owns its conversation; to the next one, where that has given it back.
    func dispatch(
        _ message: NeutralMessage,
        _ decision: Decision,
        within timeout: Duration = Router.timeout,
        avoiding avoided: String? = nil
    ) -> Result<Dispatched, DeliveryFailure> {
        if let failure = decision.failure { return .failure(failure) }
        self.surroundings.logger.body(of: message, self.policy.settings)
        let owner = self.directory.owner(ofLocalUser: message.to, contact: message.from, avoiding: avoided)
        guard let owner else { return .failure(.noSIPEdge) }
        // What was given back was told to all others when it was given away first.
        if avoided == nil, message.concernsEveryDialog { self.tellOthers(message, than: owner) }
        guard let number = self.handOver(message, to: owner.instance, within: timeout) else {
            return .failure(.queueFull)
        }
        return .success(Dispatched(number: number, edge: owner.instance))
    }

    /// Gives a message to the other sip-edges as well, any of which may have the watcher's dialog; what they answer does
    /// not matter, for the message's fate is the owner's answer.
    private func tellOthers(_ message: NeutralMessage, than owner: EdgeRecord) {
        for edge in self.directory.sipEdges where edge.instance != owner.instance {
            _ = self.handOver(message, to: edge.instance)
        }
    }

    /// What became of messages at sip-edges, and messages of theirs.
    func received(_ events: [TrafficEvent]) {
        for event in events {
            switch event {
            case .answered(let number, let result):
                guard let handOver = self.handedOver.removeValue(forKey: number) else {
                    self.testAnswered(number, result)
                    continue
                }
                self.answered(handOver, result)
            case .givenBack(let number, let failure, let isGone): self.givenBack(number, failure, isGone: isGone)
            case .received(let message, let token, let instance):
                self.deliver(message, token, from: instance)
            }
        }
    }

    func completed(_ handOver: HandOver, _ result: Result<Taken, DeliveryFailure>) {
        handOver.parts.remaining -= 1
        switch result {
        case .success(let taken):
            if !taken.isUnconfirmed, let receipt = handOver.message.receipt(id: self.newMessageID()) {
                self.send(receipt, handOver.pair)
            }
        case .failure(let failure):
            if !handOver.parts.hasFailed {
                handOver.parts.hasFailed = true
                return self.failed(handOver, failure)
            }
        }
        if handOver.parts.remaining == 0 { handOver.settlement.settle() }
    }

    private func failed(_ handOver: HandOver, _ failure: DeliveryFailure) {
        // The last part settles the stanza; if others are still under way the error goes out without it.
        let isLast = handOver.parts.remaining == 0
        self.record(
            handOver.stanza,
            handOver.pair,
            failure,
            id: handOver.message.id,
            on: handOver.settlement.connection
        )
        guard handOver.message.reportsFailure, let answer = self.answer(to: handOver, failure) else {
            if isLast { handOver.settlement.settle() }
            return
        }
        self.surroundings.metrics.bounced.increment()
        self.send(answer, handOver.pair, isLast ? .settlement(handOver.settlement) : .none)
    }

    /// The stanza that tells the sender: an error, or for a wish to see somebody's presence that was refused for good,
    /// `unsubscribed` ([RFC 8048 §5.2.1](https://www.rfc-editor.org/rfc/rfc8048#section-5.2.1)).
    private func answer(to handOver: HandOver, _ failure: DeliveryFailure) -> Stanza? {
        if case .subscriptionRequest(let request) = handOver.message.content, request.action == .subscribe,
            failure.condition == .forbidden || failure.condition == .itemNotFound
                || failure.condition == .notAuthorized,
            let from = handOver.stanza.to, let to = handOver.stanza.from
        {
            return Stanza(.presence, from: from.bare, to: to.bare, id: handOver.stanza.id, type: "unsubscribed")
        }
        return handOver.stanza.failed(StanzaError(failure))
    }

    /// Answers a stanza with an error and takes note of the refusal.
    private func refuse(
        _ stanza: Stanza,
        _ pair: DomainPair,
        _ settlement: Settlement,
        _ failure: DeliveryFailure,
        id: MessageID
    ) {
        self.record(stanza, pair, failure, id: id, on: settlement.connection)
        // Nobody wants an error for a change of presence.
        let isNotification = stanza.kind == .presence && (stanza.type == nil || stanza.type == "unavailable")
        guard !isNotification, let answer = stanza.failed(StanzaError(failure)) else { return settlement.settle() }
        self.surroundings.metrics.bounced.increment()
        self.send(answer, pair, .settlement(settlement))
    }

    func log(_ text: Logger.Message, _ message: NeutralMessage, _ pair: DomainPair) {
        self.surroundings.logger.debug(
            text,
            metadata: [
                "message.id": "\(message.id)", "peer.domain": "\(pair.remote)",
                "from": "\(message.from, sensitivity: .sensitive)", "to": "\(message.to, sensitivity: .sensitive)",
            ]
        )
    }
}
