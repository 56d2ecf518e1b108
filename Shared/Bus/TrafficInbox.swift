internal import NIOCore
internal import Synchronization
internal import Wire

/// An edge of the mesh, as the bus thread knows it.
struct TrafficPeer: Equatable, Sendable {
    let id: Int
    let instance: String
    let service: ServiceName
    let endpoint: String
}

/// Encoded traffic on its way to the bus thread.
enum TrafficParcel: Sendable {
    /// Messages to a peer; `epoch` tells one life of the connection from the next, `last` is the place of the last of them among all
    /// messages to the peer.
    case messages(peer: Int, epoch: UInt32, last: UInt64, slab: [UInt8])
    /// Answers on the connection that the messages came from.
    case answers(Route, slab: [UInt8])
}

/// What arrived, on its way to the event loop.
enum TrafficArrival: Sendable {
    case messages([TrafficMessage], Route, from: String, receivedAt: NIODeadline)
    case answers([TrafficAnswer], peer: Int)
    /// The connection to a peer is lost: everything that was sent in earlier epochs has failed. What comes after the place `written` was
    /// never given to the connection.
    case lost(peer: Int, epoch: UInt32, written: UInt64)
}

/// Hands what arrives to an event loop: one call there per batch, whatever the batch holds.
final class TrafficInbox: Sendable {
    private let loop: any EventLoop
    private let arrivals = Mutex<[TrafficArrival]>([])
    /// Messages that were handed over and are not answered.
    private let unansweredCount = Atomic<Int>(0)
    private let port = Mutex<Weak>(Weak())

    private struct Weak {
        weak var port: TrafficPort?
    }

    init(loop: any EventLoop) { self.loop = loop }

    func attach(_ port: TrafficPort) { self.port.withLock { $0.port = port } }

    var unanswered: Int { self.unansweredCount.load(ordering: .relaxed) }

    func count(unanswered change: Int) { self.unansweredCount.wrappingAdd(change, ordering: .relaxed) }

    /// Appends what the bus thread received in one turn.
    func append(_ batch: [TrafficArrival]) {
        let mustCall = self.arrivals.withLock { arrivals in
            defer { arrivals.append(contentsOf: batch) }
            return arrivals.isEmpty
        }
        guard mustCall else { return }
        self.loop.execute {
            let port = self.port.withLock { $0.port }
            port?.receive(self.take())
        }
    }

    private func take() -> [TrafficArrival] {
        self.arrivals.withLock { arrivals in
            defer { arrivals = [] }
            return arrivals
        }
    }
}
