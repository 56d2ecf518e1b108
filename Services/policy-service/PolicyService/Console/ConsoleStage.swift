import Policy
import Synchronization

/// A change of one object that somebody has filled in and not committed.
struct StagedChange: Equatable, Sendable {
    enum Action: String, Sendable { case add, change, remove }

    /// Unique among those of its author.
    var id = 0
    /// The page it was made on.
    var page: String
    /// What the API calls the kind of object.
    var collection: String
    var action: Action
    /// Empty for settings and for what is added.
    var key: String
    /// The fields that were changed; for what is added, all.
    var document: DocumentValue

    /// As `POST /v1/changes` takes it.
    var request: DocumentValue {
        var members: [DocumentValue.Member] = [
            .init("action", .text(self.action.rawValue)), .init("collection", .text(self.collection)),
        ]
        if !self.key.isEmpty { members.append(.init("key", .text(self.key))) }
        if self.action != .remove { members.append(.init("document", self.document)) }
        return .object(members)
    }
}

/// The changes that wait to be committed together, of each author.
///
/// They live in memory and outlive a session, not a restart of policy-service. Whoever signs in with the same token goes on with them.
final class ConsoleStage: Sendable {
    struct Draft: Sendable {
        /// The version that the author has looked at.
        var base: Int
        var changes: [StagedChange] = []
        fileprivate var next = 1
    }

    /// As many as one page can show.
    static let limit = 200

    private let drafts = Mutex<[String: Draft]>([:])

    func draft(of author: String) -> Draft? { self.drafts.withLock { $0[author] } }

    /// Keeps a change; one with the id of another takes its place.
    ///
    /// - Returns: Whether there was room for it.
    func keep(_ change: StagedChange, of author: String, base: Int) -> Bool {
        self.drafts.withLock { drafts in
            var draft = drafts[author] ?? Draft(base: base)
            if let index = draft.changes.firstIndex(where: { $0.id == change.id }) {
                draft.changes[index] = change
            } else {
                guard draft.changes.count < Self.limit else { return false }
                var change = change
                change.id = draft.next
                draft.next += 1
                draft.changes.append(change)
            }
            drafts[author] = draft
            return true
        }
    }

    /// Gives one up; `nil`: all of them.
    func discard(_ id: Int?, of author: String) {
        self.drafts.withLock { drafts in
            if let id { drafts[author]?.changes.removeAll { $0.id == id } }
            if id == nil || drafts[author]?.changes.isEmpty == true { drafts[author] = nil }
        }
    }

    /// The author has looked at a later version.
    func rebase(_ author: String, on version: Int) { self.drafts.withLock { $0[author]?.base = version } }
}
