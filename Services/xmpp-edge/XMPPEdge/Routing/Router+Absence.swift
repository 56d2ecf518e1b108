import Directory
import EdgeKit
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import Wire

/// While there is no sip-edge, because the only one is restarted: stanzas wait, unacknowledged, with their streams.
extension Router {
    /// Which edges there are has changed: what waits goes before anything newer.
    func edgesChanged() {
        let wasMissed = self.absence.isMissed
        for waiting in self.absence.edgesChanged(areThere: !self.directory.sipEdges.isEmpty, at: .now) {
            // The policy may have changed meanwhile.
            self.give(waiting, self.decide(waiting.message), within: EdgeAbsence<HandOver>.remainingTime)
        }
        guard self.absence.isMissed, !wasMissed else { return }
        // A little later, for that is another clock.
        self.surroundings.loop.scheduleTask(in: TimeAmount(EdgeAbsence<HandOver>.patience) + .milliseconds(100)) {
            [weak self] in
            self?.assumeIsolated { router in router.refuseWaiting { $0.expire(at: .now) } }
        }
    }

    /// Gives a message to the edge that owns its conversation; where there is none, it waits as long as one is expected back.
    func give(_ handOver: HandOver, _ decision: Decision, within timeout: Duration = Router.timeout) {
        if decision.isAllowed, self.waitsBehindOthers(handOver) { return }
        let avoided = handOver.hasReturned ? handOver.edge : nil
        switch self.dispatch(handOver.message, decision, within: timeout, avoiding: avoided) {
        case .success(let dispatched):
            self.noteHandedOver(handOver, dispatched)
            if self.surroundings.logger.logLevel <= .debug {
                self.log("Message handed over", handOver.message, handOver.pair)
            }
        case .failure(let failure):
            if failure == .noSIPEdge, !self.isDraining, handOver.message.keepsItsMeaning,
                self.absence.wait(handOver, at: .now)
            {
                return self.surroundings.metrics.waited.increment()
            }
            self.completed(handOver, .failure(failure))
        }
    }

    /// What waits for nothing, or has waited in vain, is refused.
    func refuseWaiting(_ take: (inout EdgeAbsence<HandOver>) -> [HandOver]) {
        for waiting in take(&self.absence) { self.completed(waiting, .failure(.noSIPEdge)) }
    }
}

extension DeliveryFailure {
    static let noSIPEdge = DeliveryFailure(
        .serviceUnavailable,
        reason: .edgeUnavailable,
        text: "the other side of the gateway is not available"
    )
}
