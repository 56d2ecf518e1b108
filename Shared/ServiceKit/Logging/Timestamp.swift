import Glibc

/// A moment of the wall clock, in microseconds since 1970.
package struct Timestamp: Equatable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func now() -> Timestamp { Timestamp(microseconds: WallClock.microseconds()) }

    /// As [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) with milliseconds: `2026-01-31T12:34:56.789Z`.
    package var text: String {
        var seconds = time_t(self.microseconds / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(parts.tm_year + 1_900)-\(Self.two(parts.tm_mon + 1))-\(Self.two(parts.tm_mday))"
        let time = "\(Self.two(parts.tm_hour)):\(Self.two(parts.tm_min)):\(Self.two(parts.tm_sec))"
        let milliseconds = String(self.microseconds / 1_000 % 1_000)
        return "\(date)T\(time).\(String(repeating: "0", count: 3 - milliseconds.utf8.count))\(milliseconds)Z"
    }

    private static func two(_ number: CInt) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
