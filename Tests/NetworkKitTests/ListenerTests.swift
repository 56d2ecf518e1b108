import NIOCore
import NetworkKit
import TestSupport
import Testing

@Suite("Listeners and connectors")
struct ListenerTests {
    @Test("All addresses means those of IPv4 too, with and without IPv6 on this host")
    func allAddresses() async throws {
        let listener = try await Listener.bind(host: "::", port: 0, on: anyLoop(), limits: ConnectionLimits()) { _ in }
            .get()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)
        let channel = try await Connector.connect(to: [address], on: anyLoop()).get()
        try await channel.close().get()
        try await listener.close().get()
    }

    @Test("A host that is a name is looked up, an address is taken as it is", arguments: ["localhost", "127.0.0.1"])
    func names(_ host: String) async throws {
        let listener = try await Listener.bind(host: host, port: 0, on: anyLoop(), limits: ConnectionLimits()) { _ in }
            .get()
        #expect(listener.port > 0)
        try await listener.close().get()
    }

    @Test("Connections over the limit are closed at once; a closed one makes room")
    func limits() async throws {
        let limits = ConnectionLimits(maximum: 2, maximumPerClient: 10)
        let listener = try await TestListener(limits: limits)
        let first = try await listener.connect()
        _ = try await listener.connect()
        let third = try await listener.connect()
        try await eventually("the third to be closed") { third.now.isClosed }
        #expect(limits.count == 2)
        #expect(listener.count == 2)
        try await first.close()
        try await eventually("room") { limits.count == 1 }
        _ = try await listener.connect()
        try await eventually("the fourth") { listener.count == 3 }
    }

    @Test("Limits count an IPv4 address, an IPv6 /64, and a mapped IPv4 address as IPv4")
    func clients() throws {
        let limits = ConnectionLimits(maximum: 6, maximumPerClient: 2)
        func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 1) }
        try limits.admit(address("192.0.2.1"))
        try limits.admit(address("::ffff:192.0.2.1"))
        #expect(throws: ConnectionLimits.Refusal.tooManyFromAddress) { try limits.admit(address("192.0.2.1")) }
        try limits.admit(address("2001:db8::1"))
        try limits.admit(address("2001:db8::ffff:0:0:1"))
        #expect(throws: ConnectionLimits.Refusal.tooManyFromAddress) { try limits.admit(address("2001:db8::2")) }
        try limits.admit(address("2001:db8:0:1::1"))
        try limits.admit(address("192.0.2.2"))
        #expect(throws: ConnectionLimits.Refusal.tooManyConnections) { try limits.admit(address("192.0.2.3")) }
        limits.release(try address("192.0.2.1"))
        try limits.admit(address("192.0.2.1"))
        #expect(limits.count == 6)
    }

    @Test("A listener that is closed takes no more connections, and keeps those it has")
    func close() async throws {
        let listener = try await TestListener(echo: true)
        let client = try await listener.connect()
        try await client.send("one")
        try await eventually("echo") { client.text == "one" }
        try await listener.listener.close().get()
        try await listener.listener.close().get()
        await #expect(throws: ConnectError.self) { try await listener.connect() }
        try await client.send(" two")
        try await eventually("echo") { client.text == "one two" }
    }

    @Test("The first address that answers wins; a dead one costs its attempt only")
    func happyEyeballs() async throws {
        let listener = try await TestListener()
        let dead = try await TestListener()
        let deadAddress = try dead.address
        try await dead.listener.close().get()
        let addresses = [deadAddress, try listener.address]
        let channel = try await Connector.connect(to: addresses, on: anyLoop()).get()
        #expect(channel.remoteAddress?.port == listener.listener.port)
        await #expect {
            try await Connector.connect(to: [deadAddress, deadAddress], on: anyLoop()).get()
        } throws: { error in
            guard case .failed(let reasons)? = error as? ConnectError else { return false }
            return reasons.count == 2
        }
        await #expect {
            try await Connector.connect(to: [], on: anyLoop()).get()
        } throws: { error in
            guard case .noAddress? = error as? ConnectError else { return false }
            return true
        }
    }

    @Test("Handlers added in the set-up see the first byte, even of a peer that speaks first")
    func speaksFirst() async throws {
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, on: anyLoop(), limits: ConnectionLimits()) {
            channel in
            channel.eventLoop.execute { channel.writeAndFlush(ByteBuffer(string: "welcome"), promise: nil) }
        }.get()
        for _ in 0..<20 {
            let record = Record()
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)
            _ = try await Connector.connect(to: [address], on: anyLoop()) { channel in
                try channel.pipeline.syncOperations.addHandler(Recorder(record))
            }.get()
            try await eventually("the greeting") { record.text == "welcome" }
        }
    }
}
