import Policy
import Wire

/// A store that several processes of policy-service use at the same time: replicas.
///
/// Every change of the policy and of the edge directory has its number from the store, in the transaction that makes it. A
/// replica applies and publishes the changes in that order and nothing else, so all of them serve the same snapshots and
/// deltas under one epoch; an edge may take a snapshot from one and the deltas after it from another.
protocol SharedStore: PolicyStore {
    /// Yields when another process, or this one, has changed something; several changes may be one.
    var wakes: AsyncStream<Void> { get }

    /// The policy with the edges and its number, at one moment.
    func whole() async throws -> PolicyMoment
    /// The changes after a number, in order; not all of them at once, when they are many.
    func changes(after sequence: UInt64, of epoch: String) async throws -> SharedChanges

    /// Notes that an edge lives, and makes it known if it is new or has changed.
    ///
    /// - Returns: Whether there was room for it.
    func heard(_ edge: EdgeRecord, _ status: EdgeStatus, atMost limit: Int) async throws -> Bool
    /// Removes the edges that no process has heard of for so many milliseconds, by the clock of the store.
    ///
    /// - Returns: Their instances.
    func removeEdges(silentFor milliseconds: Int64) async throws -> [String]
    /// What the edges last said to any of the processes.
    func heartbeats() async throws -> [SharedHeartbeat]
}

/// The policy at a moment.
struct PolicyMoment: Equatable, Sendable {
    /// The version of the configuration.
    var version: Int
    /// With the edges, the epoch and the sequence.
    var policy: PolicySnapshot
}

/// What has changed since a number.
enum SharedChanges: Equatable, Sendable {
    case next([SharedChange])
    /// The changes since then are not kept any more, or the store was replaced: read the whole.
    case unknown
}

/// Changes that belong together, as all processes publish them.
struct SharedChange: Equatable, Sendable {
    var firstSequence: UInt64
    /// The version of the configuration after them.
    var version: Int
    var changes: [PolicyChange]
}

/// What an edge last said.
struct SharedHeartbeat: Equatable, Sendable {
    var edge: EdgeRecord
    var status: EdgeStatus?
    /// In milliseconds since 1970, by the clock of the store.
    var heardAt: Int64
}
