import Bus
import Directory
import NetworkKit
import Policy
import Wire

/// The policy in use, and what changes with it: who owns what.
extension SIPServer {
    /// Whether it was ever told who may do what.
    var hasPolicy: Bool { !self.policy.epoch.isEmpty }

    /// Works with a new policy from now on.
    func use(_ policy: PolicyState) {
        let edgesChanged = policy.edges != self.policy.edges
        let mayHaveMoved = policy.hasSplitDomains && policy.mayHaveMoved(since: self.policy)
        self.policy = policy
        self.forgetStrangers()
        defer { if mayHaveMoved { self.followMoves() } }
        guard edgesChanged || self.directory == EdgeDirectory() else { return }
        let sipEdges = policy.edges.values.filter { $0.kind == .sip }
        self.updateDirectory()
        self.port?.update(peers: policy.edges.values.filter { $0.kind == .xmpp })
        self.sipEdgeCount = sipEdges.count
        self.edgesChanged()
        self.signsOfLife = self.signsOfLife.filter { policy.edges[$0.key] != nil }
        // Whoever joins or leaves changes who owns what: what is ours now is on record.
        self.needsRestore = true
    }

    /// Whether records are to be taken in: once the policy says who owns what, and after each change of that.
    func beginRestoring() -> Bool {
        guard self.needsRestore, !self.isDraining, self.policy.edges[self.bus.instance] != nil else { return false }
        self.needsRestore = false
        self.restoredSubscribers = 0
        return true
    }

    /// All records were seen; or, when policy-service did not give them, they are asked for again.
    func endRestoring(isComplete: Bool) {
        guard isComplete else { return self.needsRestore = true }
        self.hasRestored = true
        self.releaseForeignSubscribers()
        self.releaseForeignNotifiers()
    }
}
