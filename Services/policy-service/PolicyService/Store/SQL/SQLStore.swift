import Policy

/// A store that is a database with SQL: what it keeps, and how, is said once for all of them.
///
/// A store itself has the transactions, its schema, and what it does beyond.
protocol SQLStore: PolicyStore {
    /// Reads in one transaction: nothing that others write meanwhile is seen.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value

    /// All that `body` does is done, and on the disk, when this returns; none of it when this throws.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value

    /// Changes as ``record(_:_:)`` notes them: put into words before a transaction begins.
    func recorded(_ changes: [PolicyChange]) -> [RecordedChanges]

    /// Notes, as a part of a transaction, in which order the policy changes, for other processes with the same store.
    func record(_ changes: [RecordedChanges], _ session: any SQLSession) throws

    /// Tells, as a part of a transaction, other processes with the same store that there is something to look at.
    func announce(_ session: any SQLSession) throws

    /// Begins all numbers anew, or after those that are there: a backup was restored.
    func renumber(_ session: any SQLSession) throws
}

extension SQLStore {
    // One process alone uses the store, unless it says otherwise.
    func recorded(_ changes: [PolicyChange]) -> [RecordedChanges] { [] }
    func record(_ changes: [RecordedChanges], _ session: any SQLSession) throws {}
    func announce(_ session: any SQLSession) throws {}
    func renumber(_ session: any SQLSession) throws {}
}

/// Changes that follow each other, as other processes read them.
struct RecordedChanges: Sendable {
    let count: Int
    /// Their documents, as JSON.
    let text: String
}
