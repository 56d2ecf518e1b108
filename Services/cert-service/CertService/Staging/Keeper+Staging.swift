import Logging
import ServiceKit
import TLS
import Wire

/// Assignments: tried by every edge, announced in DNS where TLSA records are wanted, then in use everywhere; or nowhere.
extension Keeper {
    /// What has become of an assignment, for whoever ordered it.
    enum Outcome: Equatable {
        case inUse
        /// Each edge can serve with it; DNS is waited for.
        case awaitsDNS
        case rolledBack(edge: String, reason: String)
    }

    /// How long whoever has ordered waits for the edges to try.
    private static let patience = Duration.seconds(10)

    // MARK: Ordering

    /// Stages `stored` for its `uses`; where nobody has to be asked it is in use when this returns.
    ///
    /// A `chain` takes the place of its own, which stays as it is without one; the certificate `replaces` goes when this one is in its
    /// place.
    func put(
        _ stored: StoredCertificate,
        to uses: Set<CertificateUse>,
        chain: [UInt8] = [],
        replacing replaces: String? = nil,
        isNow: Bool
    ) throws {
        try self.withdraw(stored.id)
        let staged = try self.store.save(
            staged: StagedAssignment(
                number: 0,
                id: stored.id,
                uses: uses,
                chain: chain,
                replaces: replaces,
                isNow: isNow,
                stagedAt: self.now()
            )
        )
        self.logger.notice(
            "Certificate staged",
            metadata: [
                "certificate.id": "\(stored.id)",
                "certificate.uses": "\(uses.map(\.rawValue).sorted().joined(separator: ","))",
            ]
        )
        try self.carryOut(self.staging.handle(.staged(self.entry(staged), at: self.now())))
    }

    /// Forgets what is staged of a certificate.
    func withdraw(_ id: String) throws {
        for old in try self.store.stagedAssignments() where old.id == id {
            try self.carryOut(self.staging.handle(.withdrawn(old.number)))
        }
        try self.store.removeStaged(of: id)
    }

    private func entry(_ staged: StagedAssignment) throws -> StagingMachine.Entry {
        let held = try self.store.certificates()
        let after = held.applying(staged, at: self.now())
        let before = held.filter { $0.id == staged.id || $0.id == staged.replaces }.flatMap(\.uses)
        let uses = staged.uses.union(before)
        return StagingMachine.Entry(
            number: staged.number,
            uses: uses,
            keys: Set(uses.flatMap { self.selection(after, $0) }.map(\.publicKey)),
            isNow: staged.isNow,
            publishedAt: staged.publishedAt
        )
    }

    /// Waits until the edges have tried what was ordered, or until the order has taken long enough.
    ///
    /// - Returns: The certificate as it is then, with the warnings that `record` brings along.
    /// - Throws: A ``Failure`` with the reason when an edge has refused it.
    func settled(_ record: CertificateRecord) async throws -> CertificateRecord {
        let staged = try self.store.stagedAssignments().first { $0.id == record.id }
        if let staged, let outcome = await self.outcome(of: staged.number) {
            switch outcome {
            case .inUse, .awaitsDNS: break
            case .rolledBack(let edge, let reason):
                throw Failure(
                    .invalid,
                    "It is not put to use, and what was in use stays in use everywhere: \(edge) cannot serve with it: \(reason)"
                )
            }
        }
        guard let stored = try self.store.certificates().first(where: { $0.id == record.id }) else { return record }
        var settled = self.record(stored)
        settled.warnings += record.warnings.filter { !settled.warnings.contains($0) }
        return settled
    }

    private func outcome(of number: Int64) async -> Outcome? {
        guard self.staging.isTrying(number) else { return self.outcomes[number] }
        let (stream, continuation) = AsyncStream.makeStream(of: Outcome.self)
        self.waiting[number, default: []].append(continuation)
        let timeout = Task {
            try? await Task.sleep(for: Self.patience)
            continuation.finish()
        }
        defer { timeout.cancel() }
        for await outcome in stream { return outcome }
        return nil
    }

    private func settle(_ number: Int64, _ outcome: Outcome) {
        self.outcomes[number] = outcome
        for waiting in self.waiting.removeValue(forKey: number) ?? [] {
            waiting.yield(outcome)
            waiting.finish()
        }
    }

    // MARK: What edges and DNS say

    /// What was staged in an earlier life goes on from where it was.
    func resumeStaging() throws {
        self.staging = StagingMachine(publishedUses: try self.store.publishedUses())
        _ = self.staging.handle(.edges(self.edges, at: self.now()))
        for staged in try self.store.stagedAssignments() where !staged.isRolledBack {
            try self.carryOut(self.staging.handle(.staged(self.entry(staged), at: self.now())))
        }
    }

    /// Takes over which edges live.
    func follow(edges: [CertificateUse: Set<String>]) {
        self.edges = edges
        let live = edges.values.reduce(into: Set()) { $0.formUnion($1) }
        self.versions = self.versions.filter { live.contains($0.key) }
        guard self.hasResumed else { return }
        do { try self.carryOut(self.staging.handle(.edges(edges, at: self.now()))) } catch { self.warn(of: error) }
    }

    func warn(of error: any Error) {
        self.logger.error("Certificates cannot be renewed", metadata: ["reason": "\(error)"])
    }

    /// Takes note of how an edge fares with what it was given.
    func heard(from edge: String, _ request: IdentitiesRequest) throws {
        self.versions[edge] = request.version
        if request.tried != 0 {
            let event = StagingMachine.Event.tried(
                Int64(clamping: request.tried),
                edge: edge,
                refusal: request.refusal,
                at: self.now()
            )
            try self.carryOut(self.staging.handle(event))
        } else if let refusal = request.refusal, self.mayWarn(of: "\(edge) \(refusal)") {
            self.stagingMetrics?.refusals.increment()
            self.logger.error(
                "An edge cannot serve with the certificates that it was given",
                metadata: ["edge.instance": "\(edge)", "reason": "\(refusal)"]
            )
        }
    }

    /// Takes over what DNS has.
    func published(_ state: DNSAssociationsState) throws {
        let uses = Set(state.uses)
        if uses != self.staging.publishedUses { try self.store.set(publishedUses: uses) }
        let missing = Set(try self.associations() ?? []).subtracting(state.visible)
        let event = StagingMachine.Event.published(
            uses: uses,
            keys: Set(state.visible.map(\.digest)).subtracting(missing.map(\.digest)),
            wait: Int64(state.wait),
            at: self.now()
        )
        try self.carryOut(self.staging.handle(event))
        for staged in try self.store.stagedAssignments() where self.staging.isProven(staged.number) {
            guard staged.publishedAt == nil, self.now() - staged.stagedAt >= Self.overdue,
                self.mayWarn(of: "staged \(staged.number)")
            else { continue }
            self.logger.warning(
                "Certificate waits for its TLSA records",
                metadata: ["certificate.id": "\(staged.id)"]
            )
        }
    }

    /// After so many seconds it is said that somebody has to apply the DNS plan.
    private static let overdue: Int64 = 3600

    /// Looks whether it is time for something.
    func tick() throws {
        guard self.hasResumed else { return }
        try self.carryOut(self.staging.handle(.time(self.now())))
        self.retireKeys()
    }

    /// Whether anything is on its way, so that it is worthwhile to look often.
    var isStaging: Bool { !self.staging.entries.isEmpty }

    // MARK: Carrying out

    private func carryOut(_ actions: [StagingMachine.Action]) throws {
        for action in actions {
            switch action {
            case .callEdges:
                self.publish(try self.store.version())
            case .proven(let number):
                self.settle(number, .awaitsDNS)
                self.dnsBell.yield()
            case .remember(let number, let publishedAt):
                try self.store.set(publishedAt: publishedAt, of: number)
            case .commit(let number):
                try self.commit(number)
            case .rollBack(let number, let edge, let reason):
                try self.rollBack(number, edge, reason)
            }
        }
    }

    private func commit(_ number: Int64) throws {
        guard let staged = try self.store.stagedAssignments().first(where: { $0.number == number }),
            let stored = try self.store.certificates().first(where: { $0.id == staged.id })
        else { return }
        try self.store.commit(staged, stored.assigned(staged, at: self.now()))
        self.logger.notice(
            "Certificate assigned",
            metadata: [
                "certificate.id": "\(staged.id)",
                "certificate.uses": "\(staged.uses.map(\.rawValue).sorted().joined(separator: ","))",
            ]
        )
        self.settle(number, .inUse)
        self.changed()
    }

    private func rollBack(_ number: Int64, _ edge: String, _ reason: String) throws {
        guard let staged = try self.store.stagedAssignments().first(where: { $0.number == number }) else { return }
        let text = "\(edge) cannot serve with it: \(reason)"
        try self.store.set(refusal: text, of: number)
        self.stagingMetrics?.rollbacks.increment()
        self.logger.error(
            "Certificate rolled back: an edge cannot serve with it",
            metadata: ["certificate.id": "\(staged.id)", "edge.instance": "\(edge)", "reason": "\(reason)"]
        )
        self.settle(number, .rolledBack(edge: edge, reason: reason))
        self.measure()
    }

    /// The set that edges of `use` are to try; none: nothing is on its way.
    func trials(_ use: CertificateUse) throws -> [IdentitySet] {
        guard let number = self.staging.trial(for: use),
            let staged = try self.store.stagedAssignments().first(where: { $0.number == number })
        else { return [] }
        let held = try self.store.certificates().applying(staged, at: self.now())
        return [try self.identities(of: held, use, version: UInt64(clamping: number))]
    }
}

extension StoredCertificate {
    /// As it is once `staged` is in use.
    func assigned(_ staged: StagedAssignment, at time: Int64) -> StoredCertificate {
        var assigned = self
        assigned.uses = staged.uses
        assigned.assignedAt = time
        if !staged.chain.isEmpty, let chain = try? Certificate.chain(pem: staged.chain) {
            assigned.setChain(chain, staged.chain, at: time)
        }
        return assigned
    }
}
