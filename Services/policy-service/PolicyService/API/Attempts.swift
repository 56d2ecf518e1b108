import NIOCore

/// How often the API and the console may be tried in vain.
struct Attempts: Sendable {
    /// Requests without a good token: they are answered 401, and beyond this 429.
    let strangers: AttemptLimiter
    /// Requests that a token's role does not cover: they are noted in the audit log, and beyond this only answered.
    let audited: AttemptLimiter
    /// Sign-ins to the console, good ones too: a token has 256 bits and is not guessed, but who tries is slowed down and seen.
    let signIns: AttemptLimiter

    init(strangers: Int = 30, audited: Int = 30, signIns: AttemptLimiter.Rate = Self.signInsOfOneAddress) {
        self.strangers = AttemptLimiter(.init(burst: strangers, interval: .milliseconds(200)))
        self.audited = AttemptLimiter(.init(burst: audited, interval: .seconds(2)))
        self.signIns = AttemptLimiter(.init(burst: 50, interval: .seconds(1)), each: signIns)
    }

    /// Five at once, then one in ten seconds.
    static let signInsOfOneAddress = AttemptLimiter.Rate(burst: 5, interval: .seconds(10))
}
