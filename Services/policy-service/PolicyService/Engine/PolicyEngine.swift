import Logging
import Policy
import ServiceKit
import Wire

/// The policy in force: what is on the disk, with the live edges, and the order in which it changes.
///
/// ```
///  administrator ─▶ commit ─▶ edit ─▶ validate ─▶ store ─▶ state ─▶ publish
///  edges ─────────▶ heartbeat ──────────────────▶ state ─▶ publish
/// ```
///
/// Commits go through one lane, one after the other; heartbeats, questions and previews do not wait for them. What a commit comes to is
/// worked out aside, from the state that was in force, and taken over in one step. State and publication change together, without a
/// suspension between them, so deltas leave in the order of their numbers.
///
/// With a store that replicas share the numbers come from there: what is written, by whichever replica, is then read from
/// the store in its order, applied and published (`PolicyEngine+Replica.swift`).
actor PolicyEngine {
    let store: any PolicyStore
    /// The same store, when it is shared.
    let shared: (any SharedStore)?
    let logger: Logger
    /// Tells the subscribers; called in order.
    let publish: @Sendable (PolicyDelta) -> Void
    let now: @Sendable () -> Moment
    private let lane = CommitLane()
    /// Previews change nothing, so they need not wait for a commit.
    private let previews = CommitLane()
    private let readings = Readings()

    var state: PolicyState
    /// The number of the last commit.
    var version: Int
    var registry = EdgeRegistry()
    /// Since when the shared store has answered without a break; `nil` while it does not.
    var sharedSince: Moment?
    /// Which version of the configuration the changes up to a number led to; the last ones.
    private var milestones: [(sequence: UInt64, version: Int)] = []
    /// An edge that is further behind than this has worse troubles.
    private static let maximumMilestones = 256

    /// How often a commit that was made from no particular version is made anew when another replica was first.
    private static let attempts = 8

    /// Loads what is on the disk.
    ///
    /// The `epoch` is new at each start, for the numbering of changes begins anew; a shared store has its own.
    init(
        store: any PolicyStore,
        epoch: String,
        logger: Logger,
        now: @escaping @Sendable () -> Moment,
        publish: @escaping @Sendable (PolicyDelta) -> Void
    ) async throws {
        let shared = store as? any SharedStore
        let stored: PolicyMoment
        if let shared {
            stored = try await shared.whole()
        } else {
            let configuration = try await store.load()
            var policy = configuration.policy
            policy.epoch = epoch
            // The edges that lived when this process ended are taken to live still until they fail to say so: their peers
            // would otherwise lose them for as long as this process takes to hear of them.
            policy.edges = try await store.edges()
            stored = PolicyMoment(version: configuration.version, policy: policy)
        }
        let snapshot = stored.policy
        self.store = store
        self.shared = shared
        self.sharedSince = shared == nil ? nil : now()
        self.logger = logger
        self.publish = publish
        self.now = now
        self.state = PolicyState(snapshot)
        self.version = stored.version
        self.milestones = [(self.state.sequence, stored.version)]
        for edge in snapshot.edges { _ = self.registry.heard(from: edge, nil, at: now()) }
    }

    /// The policy in force as a snapshot.
    var snapshot: PolicySnapshot {
        get async { await self.readings.snapshot(of: self.state) }
    }

    /// The policy in force with its version: what is shown under a version must be of that version, for whoever saw it may change it.
    var present: (state: PolicyState, version: Int) { (self.state, self.version) }

    /// The same as a snapshot.
    var moment: PolicyMoment {
        get async {
            let (state, version) = self.present
            return PolicyMoment(version: version, policy: await self.readings.snapshot(of: state))
        }
    }

    // MARK: - Commits

    /// How many commits wait for the one that is being made.
    var waitingCommits: Int { get async { await self.lane.waitingCount } }

    /// Changes the configuration, wholly or not at all.
    func commit(_ request: CommitRequest) async throws(CommitRefusal) -> CommitResult {
        let lane = request.isDryRun ? self.previews : self.lane
        guard await lane.enter() else { throw .overloaded }
        let outcome: Result<CommitResult, CommitRefusal>
        do throws(CommitRefusal) {
            outcome = .success(try await self.commitInLane(request))
        } catch {
            outcome = .failure(error)
        }
        await lane.leave()
        return try outcome.get()
    }

    /// Replaces the whole store, and has everybody take over what is in it then.
    ///
    /// The edges stay: they live, whatever is configured.
    func replace(_ restore: @Sendable (any PolicyStore) async throws -> Void) async throws {
        guard await self.lane.enter() else { throw CommitRefusal.overloaded }
        do {
            try await restore(self.store)
            try await self.loadAnew()
        } catch {
            await self.lane.leave()
            throw error
        }
        await self.lane.leave()
    }

    private func loadAnew() async throws {
        guard self.shared == nil else { return try await self.follow() }
        let stored = try await self.store.load()
        var policy = stored.policy
        policy.epoch = "\(self.state.epoch)-\(UInt32.random(in: 0 ... .max))"
        var state = await Self.state(policy)
        state.takeEdges(of: self.state)
        self.begin(state, version: stored.version)
    }

    /// A replica that was not yet told of the last commit makes its own anew from there, unless its author has named the
    /// version it was made from: nothing of either is lost.
    private func commitInLane(_ request: CommitRequest) async throws(CommitRefusal) -> CommitResult {
        for _ in 1..<Self.attempts {
            do throws(CommitRefusal) {
                return try await self.commitOnce(request)
            } catch .conflict(let current) {
                guard self.shared != nil, request.permits(current) else {
                    throw .conflict(current: current)
                }
                await self.followOrWarn()
            }
        }
        do throws(CommitRefusal) {
            return try await self.commitOnce(request)
        } catch .conflict(let current) where request.permits(current) {
            throw .overtaken(current: current)
        }
    }

    private func commitOnce(_ request: CommitRequest) async throws(CommitRefusal) -> CommitResult {
        let plan = try await self.plan(request)
        let (changes, result) = (plan.changes, plan.result)
        guard !request.isDryRun, !changes.isEmpty else { return result }
        let entry = AuditEntry(
            time: self.now().wall,
            author: request.author,
            action: "commit",
            version: result.version,
            reason: request.reason,
            changes: result.changes
        )
        do {
            try await self.store.commit(StoredCommit(version: result.version, changes: changes, audit: entry))
        } catch StoreError.versionConflict(let current) {
            throw .conflict(current: current)
        } catch {
            self.logger.error("Commit not written", metadata: ["error": "\(error)"])
            throw .notStored("the store failed: \(error)")
        }
        if self.shared == nil {
            self.take(plan)
            self.reached(result.version)
        } else {
            await self.followOrWarn()
        }
        self.logger.notice(
            "Policy committed",
            metadata: [
                "policy.version": "\(result.version)", "policy.sequence": "\(self.state.sequence)",
                "author": "\(request.author)", "changes": "\(changes.count)",
            ]
        )
        return result
    }

    /// Notes which version the last change led to.
    func reached(_ version: Int) {
        guard version != self.version else { return }
        self.version = version
        self.milestones.append((self.state.sequence, version))
        if self.milestones.count > Self.maximumMilestones { self.milestones.removeFirst() }
    }

    /// What a request comes to, worked out aside.
    private func plan(_ request: CommitRequest) async throws(CommitRefusal) -> CommitPlan {
        let (state, version) = self.present
        guard request.permits(version) else { throw .conflict(current: version) }
        return try await Aside.run {
            Result { () throws(CommitRefusal) in try CommitPlan(request, state, version: version) }
        }.get()
    }

    static func state(_ policy: PolicySnapshot) async -> PolicyState { await Aside.run { PolicyState(policy) } }

    /// The version of the configuration that an edge works by; `nil` when that is too long ago, or of another life.
    func version(inUseBy status: EdgeStatus) -> Int? {
        guard status.policyEpoch == self.state.epoch else { return nil }
        return self.milestones.last { $0.sequence <= status.policySequence }?.version
    }

    /// Forgets which number led to which version, when the numbers begin anew.
    func forgetMilestones() { self.milestones = [(self.state.sequence, self.version)] }

    /// Everything there is to say about the configuration in force.
    func findings() async -> [Finding] { await self.readings.findings(in: self.state, version: self.version) }

    /// Takes over what a commit has led to: nothing but the edges can have changed meanwhile.
    private func take(_ plan: CommitPlan) {
        let first = self.state.sequence + 1
        self.state.adopt(plan.candidate, as: plan.changes.count)
        self.publish(PolicyDelta(epoch: self.state.epoch, firstSequence: first, changes: plan.changes))
    }

    /// Takes over changes of the edges.
    func take(_ changes: [PolicyChange]) {
        guard !changes.isEmpty else { return }
        let first = self.state.sequence + 1
        for change in changes { self.state.apply(change) }
        self.publish(PolicyDelta(epoch: self.state.epoch, firstSequence: first, changes: changes))
    }
}
