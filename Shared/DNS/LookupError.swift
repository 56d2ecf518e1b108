/// Why a lookup gave no records.
public enum LookupError: Error, Hashable, Sendable {
    /// NXDOMAIN: the name does not exist.
    case nameNotFound
    /// The name exists but has no record of this type.
    case noData
    /// The answer is forged or its signatures have expired ([RFC 4035 §4.3](https://www.rfc-editor.org/rfc/rfc4035#section-4.3)).
    case bogus(String)
    /// The name servers could not answer; the text is their response code.
    case failed(String)
    /// No answer in time.
    case timedOut
    /// As many lookups are under way as ``ResolverConfiguration/maximumOutstanding`` allows.
    case overloaded
    /// It is not a domain name.
    case invalidName(String)
    /// The resolver was closed.
    case closed
}

extension LookupError {
    /// Whether the question was answered, and the answer is that there are no such records.
    ///
    /// Only then may a caller fall back to another kind of record.
    public var isAbsence: Bool {
        switch self {
        case .nameNotFound, .noData: true
        case .bogus, .failed, .timedOut, .overloaded, .invalidName, .closed: false
        }
    }
}

extension LookupError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nameNotFound: "the name does not exist"
        case .noData: "the name has no such record"
        case .bogus(let reason): "the answer failed DNSSEC validation: \(reason)"
        case .failed(let code): "the name servers answered \(code)"
        case .timedOut: "the name servers did not answer in time"
        case .overloaded: "as many lookups are under way as resolver.outstanding-limit allows"
        case .invalidName(let name): "\(name) is not a domain name"
        case .closed: "the resolver is closed"
        }
    }
}
