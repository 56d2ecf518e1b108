public import Wire

/// Why a request has no answer.
public enum BusFailure: Error, Equatable, Sendable {
    /// The other service did not answer in time.
    case timeout
    /// The other service could not be reached, or was lost before it answered.
    case unreachable
    /// Too many requests of this process wait for answers.
    case overloaded
    /// The other service refused, and says why.
    case remote(Failure)
    /// The answer cannot be understood, or the request cannot be sent.
    case malformed(String)
    /// The task that asked was cancelled.
    case cancelled
    /// This process is about to end.
    case shuttingDown
}

extension BusFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .timeout: "no answer in time"
        case .unreachable: "not reachable"
        case .overloaded: "too many requests wait for answers"
        case .remote(let failure): "refused (\(failure.code)): \(failure.text)"
        case .malformed(let what): "not understood: \(what)"
        case .cancelled: "cancelled"
        case .shuttingDown: "shutting down"
        }
    }
}
