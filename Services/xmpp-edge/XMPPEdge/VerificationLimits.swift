import ServiceKit

/// What keeps the keys of one peer's domains from taking the room of the others'.
public struct VerificationLimits: Equatable, Sendable {
    /// Outbound connections that only verify keys.
    public var connections: Int
    /// Keys from one address, or IPv6 /64, that are being verified at the same time.
    public var perAddress: Int
    /// Keys from one stream that are being verified at the same time: a server with many domains shows some at once.
    public var perStream: Int
    /// Pairs of domains that may send on one stream: more than a hosting company puts together.
    public var pairs: Int
    /// How long the authoritative server may take, from the look-up of its name to its answer.
    public var timeout: Duration
    /// Domains that could not be reached a moment ago, and are not tried again at once.
    public var failures: Int
    /// Keys of ours, shown on one inbound stream, that the dialback authority is being asked about.
    public var checks: Int

    public init(
        connections: Int = 100,
        perAddress: Int = 16,
        perStream: Int = 8,
        pairs: Int = 64,
        timeout: Duration = .seconds(20),
        failures: Int = 4096,
        checks: Int = 16
    ) {
        self.connections = connections
        self.perAddress = perAddress
        self.perStream = perStream
        self.pairs = pairs
        self.timeout = timeout
        self.failures = failures
        self.checks = checks
    }

    init(_ settings: inout SettingsReader) {
        self.init()
        self.connections = settings.int(
            "limits.verifiers",
            default: self.connections,
            in: 1...10_000,
            hint: "how many connections may be open only to verify dialback keys"
        )
        self.perAddress = settings.int(
            "limits.verifications-per-address",
            default: self.perAddress,
            in: 1...10_000,
            hint: "how many dialback keys from one IPv4 address or IPv6 /64 are verified at the same time"
        )
        self.perStream = settings.int(
            "limits.verifications-per-stream",
            default: self.perStream,
            in: 1...1_000,
            hint: "how many dialback keys from one stream are verified at the same time"
        )
        self.pairs = settings.int(
            "limits.pairs-per-stream",
            default: self.pairs,
            in: 1...10_000,
            hint: "how many pairs of domains may send on one stream"
        )
        self.timeout = settings.duration(
            "limits.verification-timeout",
            default: self.timeout,
            in: .seconds(1) ... .seconds(300),
            hint: "how long the authoritative server of a domain may take to verify a dialback key"
        )
        self.failures = settings.int(
            "limits.verification-failures",
            default: self.failures,
            in: 1...1_000_000,
            hint: "how many domains whose keys could not be verified are remembered, and answered at once for a while"
        )
        self.checks = settings.int(
            "limits.dialback-checks",
            default: self.checks,
            in: 1...10_000,
            hint: "how many keys shown on one stream the dialback authority is asked about at the same time"
        )
    }
}
