import Policy
import Wire

/// What policy-service keeps on disk: the one interface of all stores, tested by one suite.
///
/// A function that has returned has its effect on the disk: after a crash of the process or of the machine it is there.
protocol PolicyStore: Sendable {
    // MARK: The configuration

    /// The configuration as of the last commit.
    func load() async throws -> StoredConfiguration

    /// Carries out all of a commit or nothing of it.
    ///
    /// - Throws: ``StoreError/versionConflict(current:)`` when the commit does not follow the last one.
    func commit(_ commit: StoredCommit) async throws

    // MARK: Audit

    /// Notes something that was done and is no commit.
    func note(_ entry: AuditEntry) async throws
    /// The newest entries first.
    func audit(_ page: PageRequest) async throws -> [AuditEntry]
    /// The commits that led to the versions of a range, the newest first, at most `limit` of them.
    func commits(_ versions: ClosedRange<Int>, limit: Int) async throws -> [AuditEntry]

    // MARK: Subscriptions

    /// Carries out all of the changes, in order, or none.
    func apply(_ changes: [SubscriptionChange]) async throws
    func subscriptions(_ query: SubscriptionQuery) async throws -> SubscriptionPage

    // MARK: Contact lists

    /// The contact lists that were brought in, by owner.
    func contacts() async throws -> [ContactList.Entry]
    /// Brings lists in, wholly or not at all: entries are added or replace those of the same key; with `removingOthers` no others stay.
    /// Of `approvals` those are added that there is nothing about, and `audit` is noted.
    func bringIn(
        _ contacts: [ContactList.Entry],
        removingOthers: Bool,
        approvals: [SubscriptionRecord],
        _ audit: AuditEntry
    ) async throws

    // MARK: Refusals

    /// Adds refusals, and forgets the oldest beyond `keeping`.
    func add(_ refusals: [RefusalRecord], keeping: Int) async throws
    /// The newest refusals first.
    func refusals(_ filter: RefusalFilter, _ page: PageRequest) async throws -> [StoredRefusal]
    /// One of them; nil if there is none of that number, or it was forgotten.
    func refusal(_ number: Int) async throws -> StoredRefusal?

    // MARK: Edges

    /// The edges that lived when the process last did.
    func edges() async throws -> [EdgeRecord]
    func put(_ edge: EdgeRecord) async throws
    func removeEdge(instance: String) async throws

    // MARK: Tokens

    func tokens() async throws -> [TokenRecord]
    func put(_ token: TokenRecord) async throws
    /// Puts a token if there is none at all yet; of several processes that start on an empty store one succeeds.
    ///
    /// - Returns: Whether it was put.
    func putFirst(_ token: TokenRecord) async throws -> Bool
    func removeToken(name: String) async throws

    // MARK: Backup

    /// All there is but the live edges, as of one moment; nobody waits meanwhile.
    func backup() async throws -> [BackupFile.Row]
    /// Replaces all there is by what a backup holds, wholly or not at all; a token of `keeping` stays, and `audit` is noted.
    func restore(_ rows: [BackupFile.Row], keeping token: TokenRecord?, _ audit: AuditEntry) async throws
}

/// What a store cannot do.
enum StoreError: Error, Equatable {
    /// Somebody else has committed meanwhile.
    case versionConflict(current: Int)
    /// What is on the disk was written by a later release, or by somebody else.
    case unreadable(String)
    /// It does not answer at present.
    case unavailable(String)
}

extension StoreError: CustomStringConvertible {
    var description: String {
        switch self {
        case .versionConflict(let current): "the configuration is at version \(current) already"
        case .unreadable(let text): "the store cannot be used: \(text)"
        case .unavailable(let text): "the store does not answer: \(text)"
        }
    }
}

/// The configuration at a version.
struct StoredConfiguration: Equatable, Sendable {
    /// The number of the last commit; 0 when there was none.
    var version: Int
    /// Without edges.
    var policy: PolicySnapshot
}

/// A commit as it is written.
struct StoredCommit: Equatable, Sendable {
    /// One more than the version it was made from.
    var version: Int
    var changes: [PolicyChange]
    var audit: AuditEntry
}

/// Where a page of a list begins and how long it may be.
struct PageRequest: Equatable, Sendable {
    /// Only what is older than the entry of this number; `nil` for the newest.
    var before: Int?
    var limit: Int

    init(before: Int? = nil, limit: Int = 100) {
        self.before = before
        self.limit = limit
    }
}
