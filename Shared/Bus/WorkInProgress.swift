/// How many requests of other services are being handled, or wait to be.
///
/// One connection gets a part of the whole only, so that a client that floods does not keep the others out.
struct WorkInProgress {
    /// The part of one connection: a quarter.
    private static let shares = 4

    private let limit: Int
    private let share: Int
    private var total = 0
    private var byRoute: [Route: Int] = [:]

    init(limit: Int) {
        self.limit = limit
        self.share = max(1, limit / Self.shares)
    }

    var isEmpty: Bool { self.total == 0 }

    /// Counts a request; `false` when there are too many.
    mutating func begin(_ route: Route) -> Bool {
        let used = self.byRoute[route] ?? 0
        guard self.total < self.limit, used < self.share else { return false }
        self.total += 1
        self.byRoute[route] = used + 1
        return true
    }

    mutating func finished(_ route: Route) {
        guard let used = self.byRoute[route] else { return }
        self.total -= 1
        self.byRoute[route] = used > 1 ? used - 1 : nil
    }
}
