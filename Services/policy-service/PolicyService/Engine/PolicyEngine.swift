import Logging
import Policy
import Wire

/// The policy in force: what is on the disk, with the live edges, and the order in which it changes.
///
/// ```
///  administrator ─▶ commit ─▶ edit ─▶ validate ─▶ store ─▶ state ─▶ publish
///  edges ─────────▶ heartbeat ──────────────────▶ state ─▶ publish
/// ```
///
/// Commits go through one lane, one after the other; the heartbeats of edges do not wait for them. State and publication
/// change together, without a suspension between them, so deltas leave in the order of their numbers.
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

    /// Put in order once for each change: after a restart of this service all edges ask for it at a time.
    var snapshot: PolicySnapshot {
        if let prepared, prepared.epoch == self.state.epoch, prepared.sequence == self.state.sequence {
            return prepared
        }
        let snapshot = self.state.snapshot
        self.prepared = snapshot
        return snapshot
    }
    private var prepared: PolicySnapshot?

    // MARK: - Commits

    /// Changes the configuration, wholly or not at all.
    func commit(_ request: CommitRequest) async throws(CommitRefusal) -> CommitResult {
        guard await self.lane.enter() else { throw .overloaded }
        let outcome: Result<CommitResult, CommitRefusal>
        do throws(CommitRefusal) {
            outcome = .success(try await self.commitInLane(request))
        } catch {
            outcome = .failure(error)
        }
        await self.lane.leave()
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
        policy.edges = Array(self.state.edges.values)
        policy.epoch = "\(self.state.epoch)-\(UInt32.random(in: 0 ... .max))"
        self.begin(PolicyMoment(version: stored.version, policy: policy))
    }

    /// A replica that was not yet told of the last commit makes its own anew from there, unless its author has named the
    /// version it was made from: nothing of either is lost.
    private func commitInLane(_ request: CommitRequest) async throws(CommitRefusal) -> CommitResult {
        for _ in 1..<Self.attempts {
            do throws(CommitRefusal) {
                return try await self.commitOnce(request)
            } catch .conflict(let current) {
                guard self.shared != nil, request.base == nil || request.base == current else {
                    throw .conflict(current: current)
                }
                await self.followOrWarn()
            }
        }
        return try await self.commitOnce(request)
    }

    private func commitOnce(_ request: CommitRequest) async throws(CommitRefusal) -> CommitResult {
        let (changes, result) = try self.prepare(request)
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
            self.take(changes)
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

    /// What a request comes to, without doing it.
    private func prepare(_ request: CommitRequest) throws(CommitRefusal) -> ([PolicyChange], CommitResult) {
        if let base = request.base, base != self.version { throw .conflict(current: self.version) }
        let changes = try request.edit(self.state, self.version).filter { self.isChange($0) }
        var candidate = self.state
        for change in changes { candidate.apply(change) }
        let findings = Validation.findings(in: candidate, after: changes)
        guard findings.allSatisfy({ $0.severity != .mistake }) else { throw .invalid(findings) }
        let objects = changes.compactMap { ObjectChange($0, in: self.state) }
        let touched = Set(objects.map(\.object))
        return (
            changes,
            CommitResult(
                version: changes.isEmpty ? self.version : self.version + 1,
                changes: objects,
                warnings: findings.filter { Self.isAbout(touched, $0) }
            )
        )
    }

    /// Whether a finding is about one of these objects: by its name, or by something of it, `partner example.org …`.
    ///
    /// Both may be a hundred thousand, so they are not compared each with each.
    private static func isAbout(_ objects: Set<String>, _ finding: Finding) -> Bool {
        let name = finding.object
        return objects.contains(name)
            || name.indices.contains { name[$0] == " " && objects.contains(String(name[..<$0])) }
    }

    /// Whether a change changes anything.
    private func isChange(_ change: PolicyChange) -> Bool {
        guard let object = ObjectChange(change, in: self.state) else { return false }
        return object.before != object.after
    }

    /// The version of the configuration that an edge works by; `nil` when that is too long ago, or of another life.
    func version(inUseBy status: EdgeStatus) -> Int? {
        guard status.policyEpoch == self.state.epoch else { return nil }
        return self.milestones.last { $0.sequence <= status.policySequence }?.version
    }

    /// Forgets which number led to which version, when the numbers begin anew.
    func forgetMilestones() { self.milestones = [(self.state.sequence, self.version)] }

    /// Everything there is to say about the configuration in force.
    func findings() -> [Finding] { Validation.findings(in: self.state) }

    private func take(_ changes: [PolicyChange]) {
        guard !changes.isEmpty else { return }
        let first = self.state.sequence + 1
        for change in changes { self.state.apply(change) }
        self.publish(PolicyDelta(epoch: self.state.epoch, firstSequence: first, changes: changes))
    }

    // MARK: - Edges

    /// The live edges and what they said of themselves.
    var edges: [EdgeRegistry.Entry] { self.registry.entries }

    /// - Returns: Whether there was room for it.
    func heard(from heartbeat: EdgeHeartbeat) async -> Bool {
        if let shared { return await self.heard(from: heartbeat, shared) }
        switch self.registry.heard(from: heartbeat.edge, heartbeat.status, at: self.now()) {
        case .known: return true
        case .full: return false
        case .changed: break
        }
        let edge = heartbeat.edge
        let displaced = self.registry.displace(by: edge)
        self.take(displaced.map { .edgeRemoved(instance: $0) } + [.edge(edge)])
        self.logger.notice("Edge joined or changed", metadata: Self.metadata(edge))
        for instance in displaced { await self.forget(displaced: instance, by: edge) }
        await self.remember("edge", { try await $0.put(edge) })
        return true
    }

    /// An edge that was killed and started again would be listed twice at one address until its heartbeat is missed: what is sent to the two
    /// goes by two connections, and would lose its order.
    func forget(displaced instance: String, by edge: EdgeRecord) async {
        self.logger.notice(
            "Edge replaced by another at its address",
            metadata: Self.metadata(edge).merging(["edge.replaced": "\(instance)"]) { $1 }
        )
        await self.remember("edge", { try await $0.removeEdge(instance: instance) })
    }

    func left(instance: String) async {
        if self.shared != nil {
            await self.remember("edge", { try await $0.removeEdge(instance: instance) })
            return await self.followOrWarn()
        }
        guard self.registry.left(instance) else { return }
        self.take([.edgeRemoved(instance: instance)])
        self.logger.notice("Edge left", metadata: ["edge.instance": "\(instance)"])
        await self.remember("edge", { try await $0.removeEdge(instance: instance) })
    }

    /// Forgets the edges that have been silent for too long, as of the moment `asked`; without one, of now.
    ///
    /// To be called about once a second. While a very large commit is looked at, this call waits, and with it the heartbeats
    /// behind it: an edge must not be lost because it was not listened to.
    func expireEdges(asked: Moment? = nil) async {
        if let shared { return await self.expireEdges(shared) }
        for instance in self.registry.expire(at: asked ?? self.now()) {
            self.take([.edgeRemoved(instance: instance)])
            self.logger.warning("Edge lost: no heartbeat", metadata: ["edge.instance": "\(instance)"])
            await self.remember("edge", { try await $0.removeEdge(instance: instance) })
        }
    }

    /// Writes what is worth keeping but not worth refusing for.
    func remember(_ what: String, _ write: (any PolicyStore) async throws -> Void) async {
        do {
            try await write(self.store)
        } catch {
            self.logger.error("Not written", metadata: ["what": "\(what)", "error": "\(error)"])
        }
    }

    static func metadata(_ edge: EdgeRecord) -> Logger.Metadata {
        [
            "edge.instance": "\(edge.instance)", "edge.kind": "\(edge.kind.rawValue)",
            "edge.endpoint": "\(edge.endpoint)", "edge.draining": "\(edge.isDraining)",
        ]
    }
}
