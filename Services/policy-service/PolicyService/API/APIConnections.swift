import HummingbirdCore
import Logging
import ServiceKit

/// The connections to the API: no more than the limit are open at a time, others wait in the system's queue until one ends.
///
/// Who holds many and says nothing, or says it byte by byte, keeps others waiting, but takes no memory and no files from the rest of the service.
struct APIConnections: AvailableConnectionsDelegate {
    /// How often the log says that there is no room.
    private static let interval = Duration.seconds(60)

    let limit: Int
    let open: Gauge
    let logger: Logger
    private var count = 0
    private var lastWarning: ContinuousClock.Instant?

    init(limit: Int, metrics: MetricsRegistry, logger: Logger) {
        self.limit = limit
        self.open = metrics.gauge("isthmus_api_connections", help: "Open connections to the API and the console")
        self.logger = logger
    }

    mutating func connectionOpened() {
        self.count += 1
        self.open.set(self.count)
        guard self.count >= self.limit else { return }
        let now = ContinuousClock.now
        if let last = self.lastWarning, now - last < Self.interval { return }
        self.lastWarning = now
        self.logger.warning("API has no room for another connection", metadata: ["limit": "\(self.limit)"])
    }

    mutating func connectionClosed() {
        self.count -= 1
        self.open.set(self.count)
    }

    func isAcceptingNewConnections() -> Bool { self.count < self.limit }
}
