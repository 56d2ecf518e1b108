import Testing
import ZeroMQ

@Suite("ZeroMQ sockets")
struct SocketTests {
    @Test("A frame crosses a pair of sockets unchanged", arguments: [0, 1, 29, 33, 34, 4096])
    func roundTrip(byteCount: Int) throws {
        let payload = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
        let context = try Context()
        var server = try Socket(.router, in: context)
        try server.bind(to: "inproc://round-trip")
        var client = try Socket(.dealer, in: context)
        try client.connect(to: "inproc://round-trip")

        var outgoing = try Frame(copying: Array(payload.prefix(20)), Array(payload.dropFirst(20)))
        #expect(try client.send(&outgoing) == .sent)

        guard let identity = try server.receive() else {
            Issue.record("no identity frame")
            return
        }
        let identityHasMore = identity.hasMore
        #expect(identityHasMore)
        guard let incoming = try server.receive() else {
            Issue.record("no payload frame")
            return
        }
        let bytes = incoming.withUnsafeBytes { Array($0) }
        #expect(bytes == payload)
        let more = try server.receive() != nil
        #expect(!more)
    }

    @Test("Binding a malformed endpoint reports the call and errno")
    func malformedEndpoint() throws {
        let context = try Context()
        var socket = try Socket(.reply, in: context)
        var thrown: ZeroMQError?
        do { try socket.bind(to: "nonsense") } catch { thrown = error }
        #expect(thrown?.function == "zmq_bind nonsense")
        #expect(thrown?.description == "zmq_bind nonsense: Invalid argument")
    }

    @Test("A dealer that queues only for standing connections refuses to send before there is one")
    func refusesWithoutConnection() throws {
        let context = try Context()
        var options = Socket.Options()
        options.onlyWhenConnected = true
        var client = try Socket(.dealer, in: context, options: options)
        try client.connect(to: "tcp://127.0.0.1:1")
        #expect(try client.send([1]) == .full)
    }

    @Test("A router says that the connection to answer on is gone")
    func unreachable() throws {
        let context = try Context()
        var server = try Socket(.router, in: context)
        try server.bind(to: "inproc://unreachable")
        #expect(try server.send([0, 1, 2, 3, 4], more: true) == .unreachable)
    }
}
