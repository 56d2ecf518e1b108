import NIOCore
import NetworkKit
import Synchronization
import TLS
import TestSupport
import Testing

@Suite("Actors on their channel's event loop")
struct ConnectionActorTests {
    @Test("The handler calls the actor on the loop, once per read and in order; it learns of TLS before the first byte")
    func calls() async throws {
        let authority = try TestAuthority()
        let server = try TLSContext([authority.issue("DNS:b.example")])
        let journal = Journal()
        let listener = try await Listener.bind(
            host: "127.0.0.1",
            port: 0,
            on: anyLoop(),
            limits: ConnectionLimits()
        ) { channel in
            let handler = TLSHandler(context: server, role: .server(requestClientCertificate: false))
            try channel.pipeline.syncOperations.addHandlers(handler, ConnectionHandler(Echo(channel, journal)))
        }.get()
        let client = Record()
        let context = try TLSContext(trusting: authority)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)
        _ = try await Connector.connect(to: [address], on: anyLoop()) { channel in
            let handler = TLSHandler(context: context, role: .client(serverName: "b.example"))
            try channel.pipeline.syncOperations.addHandlers(handler, Recorder(client))
        }.get()
        try await client.send("hello")
        try await eventually("the echo") { client.text == "hello" }
        try await client.close()
        try await eventually("the end") { journal.lines.last == "closed" }
        #expect(journal.lines.filter { $0 != "read completed" } == ["handshake b.example", "received hello", "closed"])
    }

    @Test("Others wait for the actor's loop, and find it there")
    func fromOutside() async throws {
        let journal = Journal()
        let listener = try await TestListener()
        let channel = try await Connector.connect(to: [listener.address], on: anyLoop()).get()
        let echo = Echo(channel, journal)
        #expect(await echo.isOnLoop())
    }
}

private final class Journal: Sendable {
    private let stored = Mutex<[String]>([])

    var lines: [String] { self.stored.withLock { $0 } }
    func add(_ line: String) { self.stored.withLock { $0.append(line) } }
}

private actor Echo: ConnectionActor {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let channel: any Channel
    private let journal: Journal
    private var waiting = ByteBuffer()

    init(_ channel: any Channel, _ journal: Journal) {
        self.unownedExecutor = channel.eventLoop.executor.asUnownedSerialExecutor()
        self.channel = channel
        self.journal = journal
    }

    func isOnLoop() -> Bool { self.channel.eventLoop.inEventLoop }

    func received(_ bytes: ByteBuffer) {
        self.journal.add("received \(String(buffer: bytes))")
        self.waiting.writeImmutableBuffer(bytes)
    }

    func readCompleted() {
        self.journal.add("read completed")
        guard self.waiting.readableBytes > 0 else { return }
        self.channel.writeAndFlush(self.waiting, promise: nil)
        self.waiting.clear()
    }

    func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {
        self.journal.add("handshake \(handshake.serverName ?? "none")")
    }

    func failed(_ error: any Error) { self.journal.add("failed \(error)") }
    func closed() { self.journal.add("closed") }
}
