internal import CUnbound

/// A lookup under way.
///
/// Made by the caller and then used by the resolver's thread only, which is why it may be sent there.
final class Lookup: @unchecked Sendable {
    let name: String
    let type: RecordType
    let deadline: ContinuousClock.Instant
    /// libunbound's number of it.
    var identifier: CInt = 0
    private var completion: LookupCompletion?

    init(
        _ name: String,
        _ type: RecordType,
        deadline: ContinuousClock.Instant,
        _ completion: @escaping LookupCompletion
    ) {
        self.name = name
        self.type = type
        self.deadline = deadline
        self.completion = completion
    }

    var isFinished: Bool { self.completion == nil }

    /// Tells the caller, the first time only.
    func finish(_ outcome: Result<LookupAnswer<RecordData>, LookupError>) {
        self.completion.take()?(outcome)
    }

    /// What libunbound's answer means.
    static func outcome(_ error: CInt, _ result: ub_result?) -> Result<LookupAnswer<RecordData>, LookupError> {
        guard error == 0, let result else { return .failure(self.failure(error)) }
        if result.bogus != 0 {
            return .failure(.bogus(result.why_bogus.map { String(cString: $0) } ?? "no reason given"))
        }
        if result.nxdomain != 0 { return .failure(.nameNotFound) }
        guard result.rcode == 0 else { return .failure(.failed(self.responseCode(result.rcode))) }
        guard result.havedata != 0 else { return .failure(.noData) }
        var records: [RecordData] = []
        while let data = result.data[records.count], records.count < self.maximumRecords {
            records.append(RecordData(UnsafeRawBufferPointer(start: data, count: Int(result.len[records.count]))))
        }
        return .success(
            LookupAnswer(records: records, isSecure: result.secure != 0, timeToLive: max(0, Int(result.ttl)))
        )
    }

    static func failure(_ error: CInt) -> LookupError { .failed(String(cString: ub_strerror(error))) }

    /// More than anybody needs: what is over is not looked at.
    private static let maximumRecords = 256

    private static func responseCode(_ code: CInt) -> String {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        default: "RCODE \(code)"
        }
    }
}

/// Lookups in the order of their deadlines, which is the order they came in: all have the same time-out.
struct DeadlineList {
    private var lookups: [Lookup] = []

    var nextDeadline: ContinuousClock.Instant? { self.lookups.first?.deadline }

    mutating func append(_ lookup: Lookup) { self.lookups.append(lookup) }

    /// The lookups that had their time and are not finished; they stay until `removeFinished`.
    func removeExpired(at now: ContinuousClock.Instant) -> [Lookup] {
        self.lookups.prefix { $0.deadline <= now }.filter { !$0.isFinished }
    }

    /// Removes what is finished; how many that were.
    mutating func removeFinished() -> Int {
        let before = self.lookups.count
        self.lookups.removeAll(where: \.isFinished)
        return before - self.lookups.count
    }

    mutating func removeAll() -> [Lookup] {
        defer { self.lookups = [] }
        return self.lookups
    }
}
