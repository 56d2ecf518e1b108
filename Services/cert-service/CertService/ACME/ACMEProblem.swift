/// Why an order did not come further: what the CA said, or what stood in the way here
/// ([RFC 8555 §6.7](https://www.rfc-editor.org/rfc/rfc8555#section-6.7)).
struct ACMEProblem: Error, Equatable, Hashable, Codable, Sendable {
    /// The CA's type without `urn:ietf:params:acme:error:`, or one of ours.
    var type: String
    /// The CA's own words, or ours, for people.
    var detail: String
    /// The CA asks not to come again before so many seconds have passed.
    var retryAfter: Int64?

    init(_ type: String, _ detail: String, retryAfter: Int64? = nil) {
        (self.type, self.detail, self.retryAfter) = (type, detail, retryAfter)
    }

    // MARK: Ours

    /// The CA did not answer, or not in the way of a CA.
    static func unreachable(_ detail: String) -> ACMEProblem { ACMEProblem("unreachable", detail) }
    /// The proof could not be put in its place.
    static func notProvable(_ detail: String) -> ACMEProblem { ACMEProblem("notProvable", detail) }
    /// The CA has issued, and the certificate is not fit to serve.
    static func notUsable(_ detail: String) -> ACMEProblem { ACMEProblem("notUsable", detail) }
    /// Nothing has happened for too long.
    static func tooSlow(_ detail: String) -> ACMEProblem { ACMEProblem("tooSlow", detail) }
    /// The CA wants something first that only an administrator can do.
    static func notAllowed(_ detail: String) -> ACMEProblem { ACMEProblem("userActionRequired", detail) }

    // MARK: What follows

    /// What a problem means for the next attempt.
    enum Kind: String, Codable, Sendable, CaseIterable {
        /// It may be gone in a moment.
        case unreachable
        /// There were too many requests.
        case rateLimited = "rate_limited"
        /// The CA says no: somebody has to do something.
        case refused
    }

    var kind: Kind {
        switch self.type {
        case "rateLimited": .rateLimited
        case "unreachable", "notProvable", "tooSlow", "serverInternal", "badNonce", "orderNotReady": .unreachable
        default: .refused
        }
    }

    /// Whether the order itself is of no use any more.
    var endsOrder: Bool {
        switch self.type {
        case "unreachable", "notProvable", "tooSlow", "serverInternal", "badNonce", "rateLimited", "orderNotReady",
            "notUsable", "userActionRequired":
            false
        default: true
        }
    }

    /// How long to wait after so many `failures` in a row, in seconds: longer each time, and never shorter than the CA asks.
    func pause(failures: Int) -> Int64 {
        let (first, longest) =
            switch self.kind {
            case .unreachable: (Self.minute, 6 * Self.hour)
            case .rateLimited, .refused: (Self.hour, Self.day)
            }
        let own = min(first << Int64(min(max(failures - 1, 0), 16)), longest)
        return max(own, min(self.retryAfter ?? 0, Self.longestRetryAfter))
    }

    private static let minute: Int64 = 60
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400
    /// What a CA may ask for; its rate limits count a week at most.
    private static let longestRetryAfter: Int64 = 7 * 86_400
}

extension ACMEProblem: CustomStringConvertible {
    var description: String { "\(self.detail) (\(self.type))" }
}
