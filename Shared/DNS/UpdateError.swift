/// Why a DNS server was not asked or did not do what it was asked.
public enum UpdateError: Error, Equatable, Sendable {
    /// No connection, or no answer in time.
    case unreachable(server: String)
    /// The server's response code, in its mnemonic: `REFUSED`, `NOTAUTH`, `SERVFAIL`.
    case refused(code: String)
    /// The server rejects the key: `BADKEY`, `BADSIG`, `BADTIME` ([RFC 8945 §5.2](https://www.rfc-editor.org/rfc/rfc8945#section-5.2)).
    case keyRejected(code: String)
    /// The server's clock is too far from ours, `BADTIME` ([RFC 8945 §5.2.3](https://www.rfc-editor.org/rfc/rfc8945#section-5.2.3)): by so
    /// many seconds it is ahead.
    case clocksDiffer(seconds: Int)
    /// A prerequisite does not hold: somebody else changed the zone.
    case changedMeanwhile(code: String)
    /// The answer is not signed with our key: it may be forged.
    case unauthenticatedAnswer
    /// The answer cannot be read.
    case malformedAnswer
    /// A record cannot be written.
    case invalidRecord(String)
    /// The update does not fit into one DNS message, and would not be atomic in two.
    case tooLarge
}

extension UpdateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let server): "The DNS server \(server) does not answer."
        case .refused(let code): "The DNS server refused: \(code)."
        case .keyRejected(let code): "The DNS server rejected the TSIG key: \(code)\(Self.explanation(of: code))."
        case .clocksDiffer(let seconds):
            "The DNS server rejected the TSIG signature: BADTIME, its clock is \(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of") ours; 300 s are allowed. Set both clocks."
        case .changedMeanwhile(let code): "The zone was changed by somebody else meanwhile (\(code)); nothing was done."
        case .unauthenticatedAnswer: "The DNS server's answer is not signed with the TSIG key."
        case .malformedAnswer: "The DNS server's answer cannot be read."
        case .invalidRecord(let record): "This record cannot be written: \(record)"
        case .tooLarge: "The update does not fit into one DNS message."
        }
    }

    /// What a code of [RFC 8945 §5.2](https://www.rfc-editor.org/rfc/rfc8945#section-5.2) means, for people.
    private static func explanation(of code: String) -> String {
        switch code {
        case "BADKEY": " (it knows no key of this name and algorithm)"
        case "BADSIG": " (the secret is another one there)"
        case "BADTRUNC": " (its policy wants longer signatures)"
        default: ""
        }
    }
}
