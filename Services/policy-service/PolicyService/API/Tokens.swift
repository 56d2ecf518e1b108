import Synchronization
import TLS

/// The API tokens: who holds one, and what with it may be done.
///
/// Only their hashes are kept.
final class Tokens: Sendable {
    /// So that a token is recognised as one where it should not be.
    static let prefix = "isthmus-"

    private let store: any PolicyStore
    private let byHash: Mutex<[String: TokenRecord]>

    init(store: any PolicyStore) async throws {
        self.store = store
        let records = try await store.tokens()
        self.byHash = Mutex(Dictionary(records.map { ($0.hash, $0) }) { $1 })
    }

    /// Learns what other replicas with the same store have made and removed; while the store does not answer, what was known
    /// holds.
    func refresh() async {
        guard self.store is any SharedStore else { return }
        try? await self.reload()
    }

    /// Reads them anew.
    func reload() async throws {
        let records = try await self.store.tokens()
        self.byHash.withLock { $0 = Dictionary(records.map { ($0.hash, $0) }) { $1 } }
    }

    var records: [TokenRecord] {
        self.byHash.withLock { $0.values.sorted { $0.name < $1.name } }
    }

    /// Whose token it is.
    ///
    /// It is looked up by its hash, whose digits tell a guesser nothing, so the time this takes tells nothing either.
    func caller(with token: some StringProtocol) -> APIContext.Caller? {
        let hash = Self.hash(of: token)
        return self.byHash.withLock { $0[hash] }.map { APIContext.Caller(name: $0.name, role: $0.role) }
    }

    /// Makes a token; a token of the same name is replaced.
    ///
    /// - Returns: The token itself, which nobody can be told again.
    func make(name: String, role: TokenRecord.Role, at time: Int64) async throws -> String {
        let token = Self.prefix + Self.random()
        let record = TokenRecord(name: name, role: role, hash: Self.hash(of: token), createdAt: time)
        try await self.store.put(record)
        self.byHash.withLock { tokens in
            for (hash, other) in tokens where other.name == name { tokens[hash] = nil }
            tokens[record.hash] = record
        }
        return token
    }

    /// Makes the first of all tokens.
    ///
    /// - Returns: The token itself; `nil` when there is one, which another replica may have made a moment ago.
    func makeFirst(name: String, at time: Int64) async throws -> String? {
        let token = Self.prefix + Self.random()
        let record = TokenRecord(name: name, role: .admin, hash: Self.hash(of: token), createdAt: time)
        guard try await self.store.putFirst(record) else {
            await self.refresh()
            return nil
        }
        self.byHash.withLock { $0[record.hash] = record }
        return token
    }

    /// - Returns: Whether there was one of that name.
    func remove(name: String) async throws -> Bool {
        guard self.records.contains(where: { $0.name == name }) else { return false }
        try await self.store.removeToken(name: name)
        self.byHash.withLock { tokens in
            for (hash, other) in tokens where other.name == name { tokens[hash] = nil }
        }
        return true
    }

    private static func hash(of token: some StringProtocol) -> String { SHA256Hash.hexadecimal(of: Array(token.utf8)) }

    /// 256 bits from the system, in hexadecimal.
    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
