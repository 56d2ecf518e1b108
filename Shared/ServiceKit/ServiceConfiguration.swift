/// What a service can be told from outside.
///
/// The initialiser reads every setting there is, whatever the others say, so that `--help` can list them all. It does
/// not throw: the reader collects the mistakes, and ``ServiceMain`` reports all of them at once.
public protocol ServiceConfiguration: Sendable {
    init(_ settings: inout SettingsReader)

    /// The time in which the service has to finish after SIGTERM; compose kills it after `stop_grace_period: 20s`.
    var drainDeadline: Duration { get }
}

extension ServiceConfiguration {
    public var drainDeadline: Duration { .seconds(15) }
}
