import Policy
import Wire

/// What belongs together of the changes in a shared store: one commit, or one change of the edges, and the policy after it.
struct SharedStep: Sendable {
    let state: PolicyState
    let version: Int
    let delta: PolicyDelta

    /// The steps that changes lead to, one after the other; of those that are known none.
    ///
    /// A commit of very many objects is in several rows, all but its last one full. It becomes one delta, so that the edges, too, take it
    /// over as a whole.
    ///
    /// - Returns: `nil` when something is missing before them.
    static func steps(from state: PolicyState, _ changes: [SharedChange]) -> [SharedStep]? {
        var (steps, state) = ([SharedStep](), state)
        for change in self.joined(changes) {
            switch state.apply(epoch: state.epoch, firstSequence: change.firstSequence, change.changes) {
            case .known: continue
            case .snapshotNeeded: return nil
            case .applied: break
            }
            let delta = PolicyDelta(epoch: state.epoch, firstSequence: change.firstSequence, changes: change.changes)
            steps.append(SharedStep(state: state, version: change.version, delta: delta))
        }
        return steps
    }

    private static func joined(_ changes: [SharedChange]) -> [SharedChange] {
        var joined: [SharedChange] = []
        var isLastFull = false
        for change in changes {
            if isLastFull, let last = joined.last, last.version == change.version {
                joined[joined.count - 1].changes += change.changes
            } else {
                joined.append(change)
            }
            isLastFull = change.changes.count == PostgresStore.changesOfARow
        }
        return joined
    }
}
