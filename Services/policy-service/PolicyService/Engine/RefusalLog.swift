import Logging
import Policy

/// Collects refusals and writes them in batches: a flood of refused connections must not become a flood of disk writes.
actor RefusalLog {
    /// How many the store keeps: days of a quiet gateway, and under attack the last minutes.
    static let kept = 20_000
    /// How many wait to be written; those beyond are counted, not kept.
    static let maximumWaiting = 5_000

    private let store: any PolicyStore
    private let logger: Logger
    private var waiting: [RefusalRecord] = []
    private var dropped = 0

    init(store: any PolicyStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func add(_ refusals: [RefusalRecord]) {
        let room = Self.maximumWaiting - self.waiting.count
        // An edge of another release may bound less.
        self.waiting += refusals.prefix(room).map(\.bounded)
        self.dropped += max(0, refusals.count - room)
    }

    /// Writes what waits.
    ///
    /// To be called about once a second, and before somebody reads.
    func flush() async {
        let batch = self.waiting
        let dropped = self.dropped
        (self.waiting, self.dropped) = ([], 0)
        if dropped > 0 { self.logger.warning("Refusals not kept: too many", metadata: ["count": "\(dropped)"]) }
        guard !batch.isEmpty else { return }
        do {
            try await self.store.add(batch, keeping: Self.kept)
        } catch {
            self.logger.error("Refusals not written", metadata: ["count": "\(batch.count)", "error": "\(error)"])
        }
    }

    /// The newest first.
    func list(_ filter: RefusalFilter, _ page: PageRequest) async throws -> [StoredRefusal] {
        await self.flush()
        return try await self.store.refusals(filter, page)
    }

    /// One of them.
    func find(_ number: Int) async throws -> StoredRefusal? {
        await self.flush()
        return try await self.store.refusal(number)
    }
}
