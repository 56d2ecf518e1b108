import Policy
import ServiceKit

/// What is worked out of the policy when somebody asks: the snapshot in its order, and all there is to say about it.
///
/// Once for each state, for after a restart of this service all edges ask at a time; and aside, for it takes a while when there are a
/// hundred thousand users.
actor Readings {
    /// Tells the states apart.
    private struct Key: Equatable {
        let epoch: String
        let number: UInt64
    }

    private var snapshot: (key: Key, state: PolicyState, task: Task<PolicySnapshot, Never>)?
    private var findings: (key: Key, task: Task<[Finding], Never>)?

    /// A state as a snapshot, each list in the order of its keys.
    func snapshot(of state: PolicyState) async -> PolicySnapshot {
        let key = Key(epoch: state.epoch, number: state.sequence)
        if let snapshot, snapshot.key == key { return await snapshot.task.value }
        let earlier = self.snapshot
        let task = Task {
            let known = await earlier?.task.value.users
            return await Aside.run {
                // Most changes leave the users as they are, which need not be put in order again.
                guard let known, let earlier, earlier.state.hasSameUsers(as: state) else { return state.snapshot }
                return state.snapshot(withUsers: known)
            }
        }
        self.snapshot = (key, state, task)
        return await task.value
    }

    /// Everything there is to say about a state, which is that of `version` of the configuration.
    func findings(in state: PolicyState, version: Int) async -> [Finding] {
        let key = Key(epoch: state.epoch, number: UInt64(clamping: version))
        if let findings, findings.key == key { return await findings.task.value }
        let task = Task { await Aside.run { Validation.findings(in: state) } }
        self.findings = (key, task)
        return await task.value
    }
}
