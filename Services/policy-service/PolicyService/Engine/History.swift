import Policy
import ServiceKit

/// Earlier versions of the configuration, found by undoing the commits since then.
struct History: Sendable {
    let engine: PolicyEngine
    let store: any PolicyStore

    /// The configuration at a version, without edges.
    struct Moment: Sendable {
        var version: Int
        var policy: PolicySnapshot
    }

    /// - Throws: ``CommitRefusal`` when there was no such version, or what was kept of it cannot be read any more.
    func configuration(at version: Int?) async throws -> Moment {
        let (state, current) = await self.engine.present
        let version = version ?? current
        guard (0...current).contains(version) else {
            throw CommitRefusal.notFound("version \(version); the versions are 0 to \(current)")
        }
        let count = current - version
        let commits = count > 0 ? try await self.store.commits((version + 1)...current, limit: count) : []
        guard commits.count == count else {
            throw CommitRefusal.notStored("the audit log does not have all commits since version \(version)")
        }
        let policy = await Aside.run {
            Result { () throws(CommitRefusal) in try Self.undoing(commits, from: state) }
        }
        return Moment(version: version, policy: try policy.get())
    }

    private static func undoing(
        _ commits: [AuditEntry],
        from state: PolicyState
    ) throws(CommitRefusal) -> PolicySnapshot {
        var past = state
        for commit in commits {
            for change in commit.changes.reversed() { past.apply(try self.undoing(change, of: commit)) }
        }
        var policy = past.snapshot
        policy.edges = []
        (policy.epoch, policy.sequence) = ("", 0)
        return policy
    }

    /// What leads from one version to another.
    static func changes(from old: Moment, to new: Moment) -> [ObjectChange] {
        let before = PolicyState(old.policy)
        return PolicyDifference.changes(from: old.policy, to: new.policy).compactMap { ObjectChange($0, in: before) }
    }

    private static func undoing(_ change: ObjectChange, of commit: AuditEntry) throws(CommitRefusal) -> PolicyChange {
        let (kind, key) = self.parts(of: change.object)
        let undoing =
            if let before = change.before { PolicyChange(kind: kind, before) } else {
                PolicyChange(kind: kind, removed: key)
            }
        guard let undoing else {
            throw .notStored("the commit \(commit.version ?? 0) cannot be undone: \(change.object)")
        }
        return undoing
    }

    /// `partner example.org` in its two parts; the settings have no key.
    private static func parts(of label: String) -> (kind: String, key: String) {
        guard let space = label.firstIndex(of: " ") else { return (label, "") }
        return (String(label[..<space]), String(label[label.index(after: space)...]))
    }
}
