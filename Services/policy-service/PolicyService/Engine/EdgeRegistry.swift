import Policy
import Wire

/// The live edges: who said so within the last seconds.
struct EdgeRegistry: Sendable {
    /// An edge says that it lives every 2 s; three of its heartbeats may be lost.
    static let expiry: Int64 = 7_000

    struct Entry: Equatable, Sendable {
        var edge: EdgeRecord
        /// `nil` until it has said something in this process's life.
        var status: EdgeStatus?
        var lastHeard: Moment
    }

    private var byInstance: [String: Entry] = [:]

    var entries: [Entry] { self.byInstance.values.sorted { $0.edge.instance < $1.edge.instance } }

    /// Notes a heartbeat.
    ///
    /// - Returns: The edge, when it is new or has changed.
    mutating func heard(from edge: EdgeRecord, _ status: EdgeStatus?, at now: Moment) -> EdgeRecord? {
        let known = self.byInstance.updateValue(Entry(edge: edge, status: status, lastHeard: now), forKey: edge.instance)
        return known?.edge == edge ? nil : edge
    }

    /// - Returns: Whether it was known.
    mutating func left(_ instance: String) -> Bool { self.byInstance.removeValue(forKey: instance) != nil }

    /// Forgets who has been silent for too long.
    ///
    /// - Returns: Their instances.
    mutating func expire(at now: Moment) -> [String] {
        let silent = self.byInstance.values.filter { now.monotonic - $0.lastHeard.monotonic >= Self.expiry }
            .map(\.edge.instance).sorted()
        for instance in silent { self.byInstance[instance] = nil }
        return silent
    }
}
