import NIOCore
import NetworkKit
import TLS
import TestSupport
import Testing

@Suite("Changing to TLS in the middle of a connection")
struct STARTTLSTests {
    let authority: TestAuthority
    let server: TLSContext

    init() throws {
        self.authority = try TestAuthority()
        self.server = try TLSContext([self.authority.issue("DNS:b.example")], trusting: self.authority)
    }

    private func listener(_ record: Record) async throws -> Listener {
        try await Listener.bind(host: "127.0.0.1", port: 0, on: anyLoop(), limits: ConnectionLimits()) {
            [server] channel in
            try channel.pipeline.syncOperations.addHandlers(
                ServerUpgrade(TLSHandler(context: server, role: .server(requestClientCertificate: false))),
                Recorder(record)
            )
        }.get()
    }

    private func connect(_ listener: Listener, _ record: Record) async throws -> any Channel {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)
        return try await Connector.connect(to: [address], on: anyLoop()) { channel in
            try channel.pipeline.syncOperations.addHandler(Recorder(record))
        }.get()
    }

    @Test("Agreed on in the clear, then encrypted both ways")
    func upgrade() async throws {
        let atServer = Record()
        let client = Record()
        let listener = try await self.listener(atServer)
        let channel = try await self.connect(listener, client)
        try await client.send("starttls\n")
        try await eventually("agreement") { client.text == "proceed\n" }
        let context = try TLSContext(trusting: self.authority)
        try await channel.eventLoop.submit {
            let handler = TLSHandler(context: context, role: .client(serverName: "b.example"))
            try channel.pipeline.syncOperations.startTLS(handler, leftover: 0)
        }.get()
        try await client.send("secret")
        try await eventually("the secret") { atServer.text == "secret" }
        #expect(client.now.handshake?.peer?.isTrusted == true)
        #expect(atServer.now.handshake?.serverName == "b.example")
        #expect(atServer.now.errors.isEmpty)
    }

    @Test("Bytes behind the agreement in the same segment end the connection (CVE-2011-0411)")
    func injectedWithAgreement() async throws {
        let atServer = Record()
        let client = Record()
        let listener = try await self.listener(atServer)
        _ = try await self.connect(listener, client)
        try await client.send("starttls\ninjected")
        try await eventually("the end") { atServer.now.isClosed && client.now.isClosed }
        #expect(atServer.text.isEmpty)
        #expect(atServer.now.handshake == nil)
    }

    @Test("Bytes after the agreement that are not TLS end the connection, and are never seen")
    func injectedAfterAgreement() async throws {
        let atServer = Record()
        let client = Record()
        let listener = try await self.listener(atServer)
        _ = try await self.connect(listener, client)
        try await client.send("starttls\n")
        try await eventually("agreement") { client.text == "proceed\n" }
        try await client.send("injected plain text")
        try await eventually("the end") { atServer.now.isClosed && client.now.isClosed }
        #expect(atServer.text.isEmpty)
        #expect(atServer.now.errors.first?.contains("TLS handshake failed") == true)
    }
}

/// Reads up to `starttls\n`, agrees and changes to TLS, as an XMPP server does.
private final class ServerUpgrade: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let handler: TLSHandler
    private var isDone = false

    init(_ handler: TLSHandler) { self.handler = handler }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDone else { return context.fireChannelRead(data) }
        let text = String(buffer: self.unwrapInboundIn(data))
        guard let line = text.firstRange(of: "starttls\n") else { return context.close(promise: nil) }
        self.isDone = true
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "proceed\n")), promise: nil)
        do {
            let leftover = text.utf8.distance(from: line.upperBound, to: text.utf8.endIndex)
            try context.pipeline.syncOperations.startTLS(self.handler, leftover: leftover)
        } catch {
            context.close(promise: nil)
        }
    }
}
