import Directory
import EdgeKit
import Messaging
import Policy
import ServiceKit

/// While there is no xmpp-edge, because the only one is restarted: requests wait within their transactions.
extension SIPServer {
    /// Keeps a message for which there is no xmpp-edge, as long as one is expected back and somebody waits for the answer.
    func awaitEdge(_ message: NeutralMessage, _ key: ServerTransactionKey?) {
        guard key != nil, !self.isDraining, message.keepsItsMeaning,
            self.absence.wait(OutgoingTraffic(transaction: key, message: message), at: .now)
        else { return self.failToXMPP(message, .noXMPPEdge, key) }
        self.metrics.waitedFromSIP.increment()
    }

    /// Which edges there are has changed: what waits goes before anything newer.
    func edgesChanged() {
        for waiting in self.absence.edgesChanged(areThere: self.directory.hasXMPPEdge, at: .now) {
            self.handOverAfterWaiting(waiting)
        }
    }

    /// Hands over what has waited for an edge, or was given back by one.
    func handOverAfterWaiting(_ waiting: OutgoingTraffic) {
        let (message, key) = (waiting.message, waiting.transaction)
        // Its sender has given up with its connection, and would take a message that arrives now for one that did not.
        guard key.map(self.canAnswer) ?? true else { return self.failToXMPP(message, .noXMPPEdge, key) }
        // The policy may have changed meanwhile. Whether the user has added the contact was asked before.
        let decision = self.policy.decide(
            .outbound,
            message.decisionKind,
            from: message.from,
            to: message.to,
            contact: .added
        )
        if let failure = decision.failure { return self.failToXMPP(message, failure, key) }
        let avoided = waiting.hasReturned ? waiting.edge : nil
        self.handOver(message, for: key, within: EdgeAbsence<OutgoingTraffic>.remainingTime, avoiding: avoided)
    }

    private func canAnswer(_ key: ServerTransactionKey) -> Bool {
        guard self.relays[key] == nil else { return true }
        return self.serverTransactions[key].map { self.connections[$0.connection] != nil } ?? false
    }

    /// Nobody has come back in time.
    func expireWaiting() {
        for waiting in self.absence.expire(at: .now) {
            self.failToXMPP(waiting.message, .noXMPPEdge, waiting.transaction)
        }
    }

    /// This edge stops: its next life cannot answer what waits here.
    func stopWaiting() {
        for waiting in self.absence.giveUp() { self.failToXMPP(waiting.message, .noXMPPEdge, waiting.transaction) }
    }
}
