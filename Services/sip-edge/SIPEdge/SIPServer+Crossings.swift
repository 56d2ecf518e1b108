import Bus
import Directory
import EdgeKit
import Messaging
import Policy
import Wire

/// When an xmpp-edge leaves, or cannot be reached, and there is another one: what the first was certainly not given goes to the second,
/// and nothing overtakes what is still with the first.
extension SIPServer {
    /// Which edges take part: those of the policy, but for those that have said since that they take nothing more.
    func updateDirectory() {
        self.leaving.formIntersection(self.policy.edges.keys)
        let directory = EdgeDirectory(self.policy.edges.values.filter { !self.leaving.contains($0.instance) })
        guard directory != self.directory else { return }
        self.directory = directory
        for (number, sent) in self.outgoing where !sent.isCrossing && self.owner(of: sent.message) != sent.edge {
            self.outgoing[number]?.isCrossing = true
            self.crossings.begin(Conversation(of: sent.message))
        }
    }

    private func owner(of message: NeutralMessage, avoiding avoided: String? = nil) -> String? {
        let (local, remote) = (message.from.domain, message.to.domain)
        return self.directory.owner(ofLocalDomain: local, partnerDomain: remote, avoiding: avoided)?.instance
    }

    /// Hands what may cross to the xmpp-edge that owns its domains.
    func handOver(
        _ message: NeutralMessage,
        for key: ServerTransactionKey?,
        within timeout: Duration = SIPServer.trafficTimeout,
        avoiding avoided: String? = nil
    ) {
        var traffic = OutgoingTraffic(transaction: key, message: message)
        if let avoided { (traffic.edge, traffic.hasReturned) = (avoided, true) }
        if self.waitsBehindOthers(traffic) { return }
        let (local, remote) = (message.from.domain, message.to.domain)
        let owner = self.directory.owner(ofLocalDomain: local, partnerDomain: remote, avoiding: avoided)
        guard let port = self.port, let owner else { return self.awaitEdge(message, key) }
        guard let number = port.send(message, to: owner.instance, timeout: timeout) else {
            return self.failToXMPP(message, .overloaded, key)
        }
        traffic.edge = owner.instance
        self.noteHandedOver(traffic, number)
    }

    /// An xmpp-edge was given a message.
    private func noteHandedOver(_ sent: OutgoingTraffic, _ number: UInt64) {
        var sent = sent
        if sent.hasReturned, self.owner(of: sent.message) != sent.edge {
            sent.isCrossing = true
            self.crossings.begin(Conversation(of: sent.message))
        }
        self.outgoing[number] = sent
    }

    /// Whether a message waits until nothing older of its conversation is with another edge; or is refused, when too many do.
    private func waitsBehindOthers(_ traffic: OutgoingTraffic) -> Bool {
        let conversation = Conversation(of: traffic.message)
        guard !self.crossings.isEmpty, self.crossings.isCrossing(conversation) else { return false }
        if !self.crossings.wait(traffic, conversation) {
            self.failToXMPP(traffic.message, .overloaded, traffic.transaction)
        }
        return true
    }

    /// The fate of a message that was with an edge is known: what has waited for that goes on.
    func endCrossing(_ sent: OutgoingTraffic) {
        guard sent.isCrossing else { return }
        self.goOn(self.crossings.end(Conversation(of: sent.message)))
    }

    /// An edge was not given a message, or has given it back: another one gets it, once.
    func givenBack(_ number: UInt64, _ failure: DeliveryFailure, isGone: Bool) {
        guard let edge = self.outgoing[number]?.edge else { return }
        if isGone, self.leaving.insert(edge).inserted {
            self.updateDirectory()
            self.edgesChanged()
        }
        guard var sent = self.outgoing.removeValue(forKey: number) else { return }
        // Where the only edge leaves, the next one is waited for; where it cannot be reached, nobody knows of a next one.
        guard !sent.hasReturned, isGone || self.owner(of: sent.message, avoiding: edge) != nil else {
            self.failToXMPP(sent.message, failure, sent.transaction)
            return self.endCrossing(sent)
        }
        let wasCrossing = sent.isCrossing
        (sent.isCrossing, sent.hasReturned) = (false, true)
        self.goOn(wasCrossing ? self.crossings.end(Conversation(of: sent.message), returned: sent) : [sent])
    }

    private func goOn(_ traffic: [OutgoingTraffic]) {
        for waiting in traffic { self.handOverAfterWaiting(waiting) }
    }
}
