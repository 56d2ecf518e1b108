/// When a certificate of a CA is renewed: a pure function of its dates, of chance, and of what the CA suggests.
struct RenewalSchedule: Equatable, Codable, Sendable {
    /// When it is renewed, in seconds since 1970, as all times here.
    private(set) var time: Int64
    /// When the CA is asked the next time for its suggestion.
    private(set) var nextQuestion: Int64
    /// The window that the CA suggested last.
    private(set) var window: Window?
    /// Not before: a CA with a wrong clock, or a suggestion of yesterday for all that it issues, is not asked without end.
    private var earliest: Int64
    /// Where the CA explains it.
    private(set) var explanation: String?

    /// The CA's suggestion ([RFC 9773 §4.2](https://www.rfc-editor.org/rfc/rfc9773#section-4.2)).
    struct Window: Equatable, Codable, Sendable {
        var start: Int64
        var end: Int64
    }

    /// Two thirds of its life are over, as for the certificates of the internal CA: a third is left for whatever goes wrong.
    static let fraction = RenewalPlan.renewalFraction
    /// By as much of its life it is renewed earlier at most, so that not all come at once.
    static let jitterDivisor: Int64 = 20
    /// Bounds of the CA's Retry-After ([RFC 9773 §4.3.2](https://www.rfc-editor.org/rfc/rfc9773#section-4.3.2)), and what holds when it fails (§4.3.3).
    static let shortestQuestion: Int64 = 60
    static let longestQuestion: Int64 = 86_400
    static let usualQuestion: Int64 = 6 * 3600
    /// A certificate stays so long at least, whatever the CA suggests.
    static let shortestLife: Int64 = 3600

    /// The schedule of a new certificate; `chance` is from 0 to 1, drawn once for each.
    init(notBefore: Int64, notAfter: Int64, chance: Double, now: Int64) {
        let life = max(notAfter - notBefore, 0)
        let due = notBefore + life / Self.fraction.denominator * Self.fraction.numerator
        let drawn = due - Int64(Double(life / Self.jitterDivisor) * min(max(chance, 0), 1))
        // What was short already when it came has half of the rest.
        self.time = max(drawn, now + (notAfter - now) / 2)
        self.earliest = now + Self.shortestLife
        self.nextQuestion = now
    }

    /// The CA has a suggestion: a moment in its window; one that is over means at once
    /// ([RFC 9773 §4.2](https://www.rfc-editor.org/rfc/rfc9773#section-4.2)).
    mutating func suggested(
        _ window: Window,
        explanation: String?,
        retryAfter: Int64?,
        chance: Double,
        now: Int64
    ) {
        self.nextQuestion = now + self.pause(retryAfter)
        // Such a window is none.
        guard window.end > window.start else { return }
        self.explanation = explanation
        // The same window is not drawn from twice: else the moment would wander to its end.
        guard window != self.window else { return }
        self.window = window
        let drawn = window.start + Int64(Double(window.end - window.start) * min(max(chance, 0), 1))
        self.time = max(drawn, self.earliest)
    }

    /// The CA could not be asked.
    mutating func notSuggested(retryAfter: Int64?, now: Int64) { self.nextQuestion = now + self.pause(retryAfter) }

    private func pause(_ retryAfter: Int64?) -> Int64 {
        min(max(retryAfter ?? Self.usualQuestion, Self.shortestQuestion), Self.longestQuestion)
    }

    /// Somebody wants it now.
    mutating func hasten(to now: Int64) { self.time = min(self.time, now) }

    func isDue(at now: Int64) -> Bool { self.time <= now }
}
