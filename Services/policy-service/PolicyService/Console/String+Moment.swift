import Foundation

/// Moments of the API, for people.
///
/// The pages have no script and so do not know where their reader lives: a moment is told in UTC, and how far away it is.
extension String {
    /// A moment as people read it: `2026-01-31T12:00:00.000Z` is `2026-01-31 12:00:00 UTC`.
    var shortMoment: String {
        guard self.hasSuffix("Z"), let middle = self.firstIndex(of: "T") else { return self }
        let time = self[self.index(after: middle)...].prefix { $0 != "." && $0 != "Z" }
        return "\(self[..<middle]) \(time) UTC"
    }

    /// How far a moment is from `now`, in milliseconds since 1970: “4 min ago”, “in 20 days”; `nil` for what is no moment.
    func distance(from now: Int64) -> String? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: self.contains("."))
        guard let date = try? style.parse(self) else { return nil }
        let seconds = Int64(date.timeIntervalSince1970) - now / 1_000
        let (amount, isPast) = (abs(seconds), seconds <= 0)
        guard amount >= 45 else { return isPast ? "just now" : "in a moment" }
        let text = Self.words(for: amount)
        return isPast ? "\(text) ago" : "in \(text)"
    }

    /// From so many seconds on an amount is told in this unit.
    private static let units: [(from: Int64, seconds: Int64, one: String, many: String)] = [
        (2 * 365 * 86_400, 365 * 86_400, "year", "years"), (60 * 86_400, 30 * 86_400, "month", "months"),
        (2 * 86_400, 86_400, "day", "days"), (5_400, 3_600, "h", "h"), (0, 60, "min", "min"),
    ]

    private static func words(for amount: Int64) -> String {
        guard let unit = self.units.first(where: { amount >= $0.from }) else { return "\(amount) s" }
        let number = Swift.max(1, (amount + unit.seconds / 2) / unit.seconds)
        return "\(number) \(number == 1 ? unit.one : unit.many)"
    }

    /// What a field for a date and a time holds, as the API takes it: in UTC; anything else stays as it is.
    var universalMoment: String {
        guard let match = self.wholeMatch(of: /(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d+)?Z?/) else { return self }
        return "\(match.1)\(match.2 ?? ":00")Z"
    }

    /// The other way round.
    var fieldMoment: String { self.hasSuffix("Z") ? String(self.dropLast()) : self }
}
