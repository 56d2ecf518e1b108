import Glibc
import NIOCore
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import Bus

@Suite("Connections to other services", .timeLimit(.minutes(5)))
struct LinkTests {
    /// A link to `endpoint`, which nobody drives but the test.
    private func link(_ world: BusWorld, to endpoint: String) throws -> Link {
        let keys = try world.keys(of: .xmppEdge)
        var options = Socket.Options()
        options.security = .client(keys.own, server: try #require(keys.peers[ServiceName.sipEdge.rawValue]))
        options.onlyWhenConnected = true
        return try Link(.dealer, to: .sipEdge, at: endpoint, options: options, in: try Context())
    }

    @Test("A connection that stands again by itself after a broken handshake is left alone")
    func standsByItself() async throws {
        let world = try BusWorld()
        let port = try FreePort.any()
        let endpoint = "tcp://127.0.0.1:\(port)"
        let link = try self.link(world, to: endpoint)
        // Somebody who breaks off in the middle of the handshake.
        let listener = try BrokenListener(port: port)
        try await eventually("a handshake to be broken off") {
            listener.breakOff()
            _ = try link.changes()
            return link.wakeUpAt != nil
        }
        listener.close()
        let bus = try world.bus(.sipEdge, listen: endpoint)
        let run = try await RunningBus(bus)
        var isUp = false
        try await eventually("libzmq to have connected") {
            isUp = try link.changes().contains(.up) || isUp
            return isUp
        }
        let descriptor = link.descriptors.socket
        let isReplaced = try link.reopenIfDue(at: .now() + .hours(1))
        #expect(!isReplaced)
        #expect(link.isUp && link.descriptors.socket == descriptor)
        await run.kill()
    }
}

/// Takes connections, waits for their first bytes, and hangs up.
private final class BrokenListener {
    private let socket: CInt

    init(port: Int) throws {
        self.socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        var reuse: CInt = 1
        setsockopt(self.socket, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafeBytes(of: &address) { bytes in
            bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.map {
                bind(self.socket, $0, socklen_t(bytes.count))
            }
        }
        guard result == 0, listen(self.socket, 16) == 0 else { throw ConditionNotMet(description: "a listener") }
    }

    func breakOff() {
        let peer = accept(self.socket, nil, nil)
        guard peer >= 0 else { return }
        var first: UInt8 = 0
        _ = recv(peer, &first, 1, 0)
        Glibc.close(peer)
    }

    func close() { Glibc.close(self.socket) }
}
