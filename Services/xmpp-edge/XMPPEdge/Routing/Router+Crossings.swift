import Bus
import Directory
import EdgeKit
import Messaging
import Policy
import Wire

/// When an edge leaves, or cannot be reached, and there is another one: what the first was certainly not given goes to the second, and
/// nothing overtakes what is still with the first.
extension Router {
    /// Which sip-edges take part: those of the policy, but for those that have said since that they take nothing more.
    func updateDirectory() {
        self.leaving.formIntersection(self.policy.edges.keys)
        let directory = EdgeDirectory(self.policy.edges.values.filter { !self.leaving.contains($0.instance) })
        guard directory != self.directory else { return }
        self.directory = directory
        for handOver in self.handedOver.values where self.owner(of: handOver.message) != handOver.edge {
            self.beginCrossing(handOver)
        }
    }

    private func owner(of message: NeutralMessage) -> String? {
        self.directory.owner(ofLocalUser: message.to, contact: message.from)?.instance
    }

    private func beginCrossing(_ handOver: HandOver) {
        guard !handOver.isCrossing else { return }
        handOver.isCrossing = true
        self.crossings.begin(Conversation(of: handOver.message))
    }

    /// A sip-edge was given a message.
    func noteHandedOver(_ handOver: HandOver, _ dispatched: Dispatched) {
        handOver.edge = dispatched.edge
        self.handedOver[dispatched.number] = handOver
        if handOver.hasReturned, self.owner(of: handOver.message) != dispatched.edge { self.beginCrossing(handOver) }
    }

    /// Whether a message waits until nothing older of its conversation is with another edge; or is refused, when too many do.
    func waitsBehindOthers(_ handOver: HandOver) -> Bool {
        let conversation = Conversation(of: handOver.message)
        guard !self.crossings.isEmpty, self.crossings.isCrossing(conversation) else { return false }
        if !self.crossings.wait(handOver, conversation) { self.completed(handOver, .failure(.queueFull)) }
        return true
    }

    /// The fate of a message that was with an edge is known: what has waited for that goes on.
    func answered(_ handOver: HandOver, _ result: Result<Taken, DeliveryFailure>) {
        self.completed(handOver, result)
        guard handOver.isCrossing else { return }
        handOver.isCrossing = false
        self.goOn(self.crossings.end(Conversation(of: handOver.message)))
    }

    /// An edge was not given a message, or has given it back: another one gets it, once.
    func givenBack(_ number: UInt64, _ failure: DeliveryFailure, isGone: Bool) {
        guard let handOver = self.handedOver[number] else { return self.testAnswered(number, .failure(failure)) }
        if isGone, self.leaving.insert(handOver.edge).inserted {
            self.updateDirectory()
            self.edgesChanged()
        }
        self.handedOver[number] = nil
        let message = handOver.message
        let other = self.directory.owner(ofLocalUser: message.to, contact: message.from, avoiding: handOver.edge)
        // Where the only edge leaves, the next one is waited for; where it cannot be reached, nobody knows of a next one.
        guard !handOver.hasReturned, isGone || other != nil else { return self.answered(handOver, .failure(failure)) }
        handOver.hasReturned = true
        guard handOver.isCrossing else { return self.goOn([handOver]) }
        handOver.isCrossing = false
        self.goOn(self.crossings.end(Conversation(of: message), returned: handOver))
    }

    private func goOn(_ handOvers: [HandOver]) {
        for handOver in handOvers {
            // The policy may have changed meanwhile.
            self.give(handOver, self.decide(handOver.message), within: EdgeAbsence<HandOver>.remainingTime)
        }
    }
}

extension DeliveryFailure {
    static let queueFull = DeliveryFailure(
        .resourceConstraint,
        reason: .queueFull,
        text: "the gateway has too much to do"
    )
}
