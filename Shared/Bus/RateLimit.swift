internal import NIOCore

/// Lets one line of each kind into the log per interval, so that nobody can flood the log.
struct RateLimit {
    private static let interval = TimeAmount.seconds(1)

    private struct Window {
        var begin: NIODeadline
        var suppressed = 0
    }

    private var windows: [String: Window] = [:]

    /// Whether a line of this kind may be written now.
    ///
    /// - Returns: How many were held back since the last one; `nil` when this one is held back as well.
    mutating func admit(_ kind: StaticString, at now: NIODeadline) -> Int? {
        let key = "\(kind)"
        guard let window = self.windows[key] else {
            self.windows[key] = Window(begin: now)
            return 0
        }
        guard now - window.begin >= Self.interval else {
            self.windows[key]?.suppressed += 1
            return nil
        }
        self.windows[key] = Window(begin: now)
        return window.suppressed
    }
}
