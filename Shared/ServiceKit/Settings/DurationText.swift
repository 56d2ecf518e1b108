/// Durations as people write them in settings: `250ms`, `90s`, `5m`, `8h`, `30d`, `90`.
package enum DurationText {
    /// The units, largest first.
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text[digits.endIndex...]
        let unit = suffix.isEmpty ? 1_000 : self.units.first { $0.suffix == suffix }?.milliseconds
        guard let number = Int64(digits), let unit else { return nil }
        let (total, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : .milliseconds(total)
    }

    /// In the largest unit that gives a whole number.
    package static func format(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        let unit = self.units.first { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }
}
