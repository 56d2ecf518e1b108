import NIOCore

/// Which domains are being looked up, and for whom: one lookup for a domain, however many of its streams wait.
///
/// Pure: time is an argument, and those who wait are whatever the owner names them by.
struct PendingProofs<Requester> {
    /// What is to be done about a request.
    enum Step: Equatable {
        /// It is the first for its domain.
        case lookUp
        /// Somebody else's answer will be its as well.
        case wait
        /// There is an answer, without a lookup.
        case answer(ProofFailure)
    }

    private struct Waiting {
        let requester: Requester
        let source: String
    }

    private let limits: ProofLimits
    private var waiting: [String: [Waiting]] = [:]
    private var perSource: [String: Int] = [:]
    private var failures: RecentFailures<String, ProofFailure>

    init(_ limits: ProofLimits) {
        self.limits = limits
        self.failures = RecentFailures(capacity: limits.failures)
    }

    /// Domains that are being looked up.
    var count: Int { self.waiting.count }
    /// Those who wait.
    var requests: Int { self.perSource.values.reduce(0, +) }
    /// Domains that are remembered.
    var remembered: Int { self.failures.count }

    /// Takes a request of a peer at `source`, an address or a network.
    mutating func request(
        _ domain: String,
        from source: String,
        for requester: Requester,
        at now: NIODeadline
    ) -> Step {
        if let failure = self.failures.answer(for: domain, at: now) { return .answer(.recent(failure)) }
        guard self.perSource[source, default: 0] < self.limits.perAddress else { return .answer(.tooManyFromAddress) }
        let isFirst = self.waiting[domain] == nil
        guard !isFirst || self.waiting.count < self.limits.domains else { return .answer(.tooMany) }
        self.waiting[domain, default: []].append(Waiting(requester: requester, source: source))
        self.perSource[source, default: 0] += 1
        return isFirst ? .lookUp : .wait
    }

    /// The lookup of `domain` is over; `nil`: it has proven servers.
    ///
    /// - Returns: those who waited; none if they were told before.
    mutating func finished(_ domain: String, _ failure: ProofFailure?, at now: NIODeadline) -> [Requester] {
        guard let waiting = self.waiting.removeValue(forKey: domain) else { return [] }
        for source in waiting.map(\.source) {
            guard let count = self.perSource[source] else { continue }
            self.perSource[source] = count > 1 ? count - 1 : nil
        }
        if let failure { self.failures.failed(domain, failure, at: now) } else { self.failures.succeeded(domain) }
        return waiting.map(\.requester)
    }

    /// Everybody gets a new chance.
    mutating func forgetFailures() { self.failures.removeAll() }
}
