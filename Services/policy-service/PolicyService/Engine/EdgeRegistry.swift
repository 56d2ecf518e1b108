import Policy
import Wire

/// The live edges: who said so within the last seconds.
struct EdgeRegistry: Sendable {
    /// An edge says that it lives every 2 s; three of its heartbeats may be lost.
    static let expiry: Int64 = 7_000

    /// A gateway has a handful of edges; a process that invents names must not fill the memory of all.
    static let maximumEdges = 256

    /// What a heartbeat has told.
    enum Hearing: Equatable {
        case known
        /// The edge is new, or has changed.
        case changed
        /// There are too many.
        case full
    }

    struct Entry: Equatable, Sendable {
        var edge: EdgeRecord
        /// `nil` until it has said something in this process's life.
        var status: EdgeStatus?
        var lastHeard: Moment
    }

    private var byInstance: [String: Entry] = [:]

    init() {}

    /// What all replicas together have heard.
    init(_ heartbeats: [SharedHeartbeat], at now: Moment) {
        for heartbeat in heartbeats {
            let heard = Moment(wall: heartbeat.heardAt, monotonic: now.monotonic)
            self.byInstance[heartbeat.edge.instance] = Entry(
                edge: heartbeat.edge,
                status: heartbeat.status,
                lastHeard: heard
            )
        }
    }

    var entries: [Entry] { self.byInstance.values.sorted { $0.edge.instance < $1.edge.instance } }

    /// Notes a heartbeat.
    mutating func heard(from edge: EdgeRecord, _ status: EdgeStatus?, at now: Moment) -> Hearing {
        let known = self.byInstance[edge.instance]
        guard known != nil || self.byInstance.count < Self.maximumEdges else { return .full }
        self.byInstance[edge.instance] = Entry(edge: edge, status: status, lastHeard: now)
        return known?.edge == edge ? .known : .changed
    }

    /// Forgets who had the address of `edge` before: whoever lives there now is another.
    ///
    /// - Returns: Their instances.
    mutating func displace(by edge: EdgeRecord) -> [String] {
        let gone = self.byInstance.values.map(\.edge).filter { $0.isDisplaced(by: edge) }.map(\.instance).sorted()
        for instance in gone { self.byInstance[instance] = nil }
        return gone
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

extension EdgeRecord {
    /// Whether `other` is at this one's address: it was started again, or the other one's address is wrong.
    func isDisplaced(by other: EdgeRecord) -> Bool {
        self.instance != other.instance && self.kind == other.kind && self.endpoint == other.endpoint
    }
}
