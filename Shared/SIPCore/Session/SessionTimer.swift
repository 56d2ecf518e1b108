/// How long a session lasts without being refreshed, and who refreshes it
/// ([RFC 4028](https://www.rfc-editor.org/rfc/rfc4028)).
public struct SessionTimer: Equatable, Sendable {
    public enum Refresher: String, Equatable, Sendable { case uac, uas }

    public let seconds: UInt32
    /// Whether we refresh.
    public let isOurs: Bool

    /// The shortest interval that may be asked for ([RFC 4028 §4](https://www.rfc-editor.org/rfc/rfc4028#section-4)).
    public static let minimum: UInt32 = 90

    public init(seconds: UInt32, isOurs: Bool) {
        self.seconds = seconds
        self.isOurs = isOurs
    }

    /// What a request asks for and we, its server, agree to; `nil` when it asks for nothing.
    ///
    /// The peer refreshes when it can; when only a proxy has asked, we do
    /// ([RFC 4028 §9](https://www.rfc-editor.org/rfc/rfc4028#section-9)).
    public init?(answering headers: Headers) {
        guard let asked = headers.sessionExpires else { return nil }
        let peerCan = headers.tokens(.supported).contains("timer")
        self.init(seconds: max(asked.seconds, Self.minimum), isOurs: !peerCan || asked.refresher == .uas)
    }

    /// What a 2xx to our request says; `nil` when it sets no timer
    /// ([RFC 4028 §7.2](https://www.rfc-editor.org/rfc/rfc4028#section-7.2)).
    public init?(answeredBy headers: Headers) {
        guard let said = headers.sessionExpires else { return nil }
        self.init(seconds: max(said.seconds, Self.minimum), isOurs: said.refresher != .uas)
    }

    /// Session-Expires of our 2xx.
    public var answer: String { "\(self.seconds);refresher=\((self.isOurs ? Refresher.uas : .uac).rawValue)" }

    /// When we refresh: half of the interval ([RFC 4028 §10](https://www.rfc-editor.org/rfc/rfc4028#section-10)).
    public var refreshesAfter: Duration { .seconds(Int64(self.seconds / 2)) }

    /// When we give up a peer that does not refresh: a third of the interval, at most 32 s, before its end (same section).
    public var endsAfter: Duration { .seconds(Int64(self.seconds - min(32, self.seconds / 3))) }
}

extension Headers {
    /// Session-Expires, by its long or its compact name.
    var sessionExpires: (seconds: UInt32, refresher: SessionTimer.Refresher?)? {
        guard let value = self[.sessionExpires] ?? self[HeaderName("x")],
            let parsed = TokenWithParameters(parsing: value),
            let seconds = DecimalNumber.parse(parsed.token)
        else { return nil }
        return (seconds, parsed.parameter("refresher").flatMap { SessionTimer.Refresher(rawValue: $0.asciiLowercased) })
    }

    /// Whether the interval that is asked for is too short: 422 ([RFC 4028 §9](https://www.rfc-editor.org/rfc/rfc4028#section-9)).
    public var asksForTooShortSession: Bool {
        guard self.tokens(.supported).contains("timer"), let asked = self.sessionExpires else { return false }
        return asked.seconds < SessionTimer.minimum
    }
}

extension HeaderName {
    public static let sessionExpires = HeaderName("Session-Expires")
    public static let minSE = HeaderName("Min-SE")
}
