import NetworkKit

/// Why DNS proves nothing of a domain, step by step.
indirect enum ProofFailure: Error, Equatable, CustomStringConvertible {
    /// The SRV records could not be looked up, or are forged; or all TLSA records are.
    case lookup(ServiceResolutionError)
    /// The SRV records, if there are any, are not signed.
    case unsigned
    /// No answer in time.
    case timedOut
    /// Too many domains are being looked up.
    case tooMany
    /// Too many streams from the peer's address wait for an answer.
    case tooManyFromAddress
    /// It was looked up a moment ago, with that result.
    case recent(ProofFailure)

    /// Whether DNS was asked for this very answer.
    var wasAsked: Bool {
        switch self {
        case .lookup, .unsigned, .timedOut: true
        case .tooMany, .tooManyFromAddress, .recent: false
        }
    }

    var description: String {
        switch self {
        case .lookup(let error): "DNS proves no server of the domain: \(error)"
        case .unsigned: "DNSSEC proves no SRV record of the domain"
        case .timedOut: "the domain's SRV and TLSA records were not there in time"
        case .tooMany: "too many domains are being looked up for TLSA records"
        case .tooManyFromAddress: "too many streams from this address wait for TLSA records"
        case .recent(let failure): "\(failure), a moment ago"
        }
    }
}
