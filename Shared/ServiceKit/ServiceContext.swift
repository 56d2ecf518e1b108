public import Logging

/// What ``ServiceMain`` hands to a service: who it is, and where its logs, measurements and readiness go.
public struct ServiceContext: Sendable {
    /// The service's name, as in `compose.yaml`: `xmpp-edge`.
    public let name: String
    /// Which of the service's processes this is.
    public let instance: String
    public let logger: Logger
    public let metrics: MetricsRegistry
    public let health: Health

    public init(
        name: String,
        instance: String,
        logger: Logger,
        metrics: MetricsRegistry = MetricsRegistry(),
        health: Health = Health()
    ) {
        self.name = name
        self.instance = instance
        self.logger = logger
        self.metrics = metrics
        self.health = health
    }
}
