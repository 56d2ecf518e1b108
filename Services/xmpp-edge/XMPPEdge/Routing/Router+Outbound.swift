import Bus
import EdgeKit
import Interworking
import Logging
import Messaging
import Policy
import Wire
import XMPPCore

/// From SIP edges to XMPP peers.
extension Router {
    /// Takes a message of a sip-edge; its fate is told with `token`, once.
    func deliver(_ message: NeutralMessage, _ token: TrafficToken, from instance: String) {
        let pair = DomainPair(local: message.from.domain, remote: message.to.domain)
        var message = message
        switch self.decide(outbound: message) {
        case .deny(let failure):
            self.record(message, pair, failure)
            return self.answer(token, .failure(failure))
        case .allow(let stripsNote):
            if stripsNote { message = message.withoutStatusNotes }
        }
        if let name = message.senderName { self.remember(name, of: message.from) }
        self.surroundings.logger.body(of: message, self.policy.settings)
        let stanzas: [Stanza]
        do throws(AddressError) {
            stanzas = try message.stanzas()
        } catch {
            let failure = DeliveryFailure(error)
            self.record(message, pair, failure)
            return self.answer(token, .failure(failure))
        }
        guard let last = stanzas.last else { return self.answer(token, .success(Taken())) }
        if self.surroundings.logger.logLevel <= .debug {
            self.log("Message received from the other side", message, pair)
        }
        for stanza in stanzas.dropLast() { self.send(stanza, pair, .none) }
        self.send(last, pair, .traffic(token))
    }

    private func decide(outbound message: NeutralMessage) -> Decision {
        if case .subscriptionRequest(let request) = message.content, request.isHandedOver {
            return self.policy.decideHandOver(watcher: message.from, presentity: message.to)
        }
        return self.policy.decide(
            .outbound,
            message.decisionKind,
            from: message.from,
            to: message.to,
            contact: .decidedBySIPEdge
        )
    }

    /// Sends a stanza over the stream to the partner.
    func send(_ stanza: Stanza, _ pair: DomainPair, _ fate: Fate) {
        self.outbound.assumeIsolated { $0.send(stanza, pair, fate) }
    }

    /// Sends what is of our own making, such as a receipt, and whose fate nobody waits for.
    func send(_ message: NeutralMessage, _ pair: DomainPair) {
        for stanza in (try? message.stanzas()) ?? [] { self.send(stanza, pair, .none) }
    }
}

extension NeutralMessage {
    /// What the policy is asked about.
    var decisionKind: Decision.Kind {
        switch self.content {
        case .instantMessage: .instantMessage
        case .composition, .deliveryReceipt, .sessionOpened, .sessionClosed: .composition
        case .subscriptionRequest, .presenceProbe: .subscription
        case .subscriptionState, .presence: .presence
        }
    }

    /// Whether it is for the dialogs of SIP watchers, which may be at any sip-edge: the watcher chose where it subscribed.
    var concernsEveryDialog: Bool {
        switch self.content {
        case .subscriptionState, .presence: true
        case .instantMessage, .composition, .deliveryReceipt, .subscriptionRequest, .presenceProbe, .sessionOpened,
            .sessionClosed:
            false
        }
    }

    /// The same presence without what the user wrote to it (SPEC §2).
    var withoutStatusNotes: NeutralMessage {
        guard case .presence(let notification) = self.content else { return self }
        let instances = notification.instances.map { instance in
            PresenceNotification.Instance(
                id: instance.id,
                isAvailable: instance.isAvailable,
                show: instance.show,
                status: [],
                priority: instance.priority,
                idleSince: instance.idleSince
            )
        }
        let bare = PresenceNotification(instances: instances, isComplete: notification.isComplete)
        return NeutralMessage(id: self.id, from: self.from, to: self.to, sentAt: self.sentAt, content: .presence(bare))
    }
}

extension DomainPair {
    var localAddress: Address { Address(user: nil, domain: self.local) }
    var remoteAddress: Address { Address(user: nil, domain: self.remote) }
}
