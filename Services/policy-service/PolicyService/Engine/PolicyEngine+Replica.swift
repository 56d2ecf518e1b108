import Logging
import Policy
import ServiceKit
import Wire

/// One of several processes with the same store: what is new comes from there, in its order.
extension PolicyEngine {
    /// Reads, applies and publishes what is new; does nothing when the store is this process's own.
    ///
    /// Two at a time do no harm: a change is applied when it is the next one, and known when it is not.
    func follow() async throws {
        guard let shared else { return }
        while true {
            switch try await shared.changes(after: self.state.sequence, of: self.state.epoch) {
            case .next([]):
                return self.isFollowing(true)
            case .next(let changes):
                guard await self.take(changes) else { return try await self.begin(shared) }
            case .unknown:
                return try await self.begin(shared)
            }
        }
    }

    /// The same, where nothing can be done about a failure: the state stays as it is, and the next attempt is a second away.
    func followOrWarn() async {
        do {
            try await self.follow()
        } catch {
            self.isFollowing(false)
            self.logger.warning("Policy may be out of date: the store does not answer", metadata: ["error": "\(error)"])
        }
    }

    /// What an edge is given: nothing older than any delta that a replica has published.
    func currentSnapshot() async -> PolicySnapshot {
        await self.followOrWarn()
        return await self.snapshot
    }

    /// Applies changes aside, and takes over in one step what they lead to: nobody sees half of a commit.
    ///
    /// - Returns: Whether they were the next ones, or known.
    private func take(_ changes: [SharedChange]) async -> Bool {
        let before = self.state
        guard let steps = await Aside.run({ SharedStep.steps(from: before, changes) }) else { return false }
        // Another one who looks at the store was first, and has taken them.
        guard self.state.epoch == before.epoch, self.state.sequence == before.sequence else { return true }
        for step in steps {
            self.state = step.state
            self.publish(step.delta)
            guard self.version != step.version else { continue }
            self.reached(step.version)
            self.logger.info(
                "Policy taken over from the store",
                metadata: ["policy.version": "\(self.version)", "policy.sequence": "\(self.state.sequence)"]
            )
        }
        return true
    }

    /// Reads the whole.
    private func begin(_ shared: any SharedStore) async throws {
        let whole = try await shared.whole()
        self.isFollowing(true)
        let state = await Self.state(whole.policy)
        let isOld = state.epoch == self.state.epoch && state.sequence <= self.state.sequence
        guard !isOld else { return }
        self.begin(state, version: whole.version)
    }

    /// Takes over a policy, and has the edges do the same.
    func begin(_ state: PolicyState, version: Int) {
        self.state = state
        self.version = version
        self.forgetMilestones()
        self.logger.notice(
            "Policy read anew from the store",
            metadata: [
                "policy.version": "\(self.version)", "policy.epoch": "\(self.state.epoch)",
                "policy.sequence": "\(self.state.sequence)",
            ]
        )
        // With nothing in it, it tells who is behind that something is missing.
        self.publish(PolicyDelta(epoch: self.state.epoch, firstSequence: self.state.sequence + 1, changes: []))
    }

    private func isFollowing(_ isFollowing: Bool) {
        if !isFollowing { self.sharedSince = nil } else if self.sharedSince == nil { self.sharedSince = self.now() }
    }

    // MARK: - Edges

    /// An edge that is known stays so while the store does not answer.
    func heard(from heartbeat: EdgeHeartbeat, _ shared: any SharedStore) async -> Bool {
        let edge = heartbeat.edge
        do {
            guard try await shared.heard(edge, heartbeat.status, atMost: EdgeRegistry.maximumEdges) else {
                return false
            }
        } catch {
            self.isFollowing(false)
            self.logger.error("Not written", metadata: ["what": "edge", "error": "\(error)"])
            return self.state.edges[edge.instance] == edge
        }
        guard self.state.edges[edge.instance] != edge else { return true }
        self.logger.notice("Edge joined or changed", metadata: Self.metadata(edge))
        for displaced in self.state.edges.values where displaced.isDisplaced(by: edge) {
            await self.forget(displaced: displaced.instance, by: edge)
        }
        await self.followOrWarn()
        return true
    }

    /// While the store was away no replica could note who lives: nobody is forgotten until it has answered for as long as a
    /// silence may last.
    func expireEdges(_ shared: any SharedStore) async {
        await self.followOrWarn()
        guard let since = self.sharedSince else { return }
        do {
            if self.now().monotonic - since.monotonic >= EdgeRegistry.expiry {
                for instance in try await shared.removeEdges(silentFor: EdgeRegistry.expiry) {
                    self.logger.warning("Edge lost: no heartbeat", metadata: ["edge.instance": "\(instance)"])
                }
                try await self.follow()
            }
            self.registry = EdgeRegistry(try await shared.heartbeats(), at: self.now())
        } catch {
            self.isFollowing(false)
            self.logger.warning("Policy may be out of date: the store does not answer", metadata: ["error": "\(error)"])
        }
    }
}
