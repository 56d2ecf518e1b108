import NIOCore
import NetworkKit
import TLS
import TestSupport
import Testing

@Suite("TLS in a channel")
struct TLSHandlerTests {
    let authority: TestAuthority
    let server: TLSContext

    init() throws {
        self.authority = try TestAuthority()
        self.server = try TLSContext([self.authority.issue("DNS:b.example")], trusting: self.authority)
    }

    private func listener(
        _ role: TLSRole = .server(requestClientCertificate: true),
        echo: Bool = false,
        halfClosure: Bool = false
    ) async throws -> TestListener {
        try await TestListener(echo: echo, halfClosure: halfClosure) { [server] in (server, role) }
    }

    @Test("Each kind of client certificate reaches the server with its verdict, none is refused by TLS itself")
    func clientCertificates() async throws {
        let listener = try await self.listener()
        let stranger = try TestAuthority("Stranger")
        let cases: [(TestIdentity?, PeerCertificate.Verification?, Bool)] = [
            (try self.authority.issue("DNS:a.example"), .trusted, true),
            (try self.authority.issue("DNS:a.example,DNS:other.example"), .trusted, true),
            (try self.authority.issue("DNS:wrong.example,URI:sip:a.example"), .trusted, false),
            (try self.authority.issue("DNS:a.example", days: -1), .untrusted("certificate has expired"), true),
            (try stranger.issue("DNS:a.example"), .untrusted("unable to get local issuer certificate"), true),
            (nil, nil, false),
        ]
        for (index, (identity, verification, matches)) in cases.enumerated() {
            let context = try TLSContext(identity.map { [$0] } ?? [], trusting: self.authority)
            let name = identity.map { _ in index == 2 ? "wrong.example" : "a.example" }
            let client = try await listener.connect(context, .client(serverName: "b.example", identity: name))
            try await client.send("hello")
            let atServer = try await listener.connection(index)
            try await eventually("hello") { atServer.text == "hello" }
            let handshake = try #require(atServer.now.handshake)
            #expect(handshake.peer?.verification == verification)
            #expect((handshake.peer?.matches(domain: "a.example", service: "xmpp-server") ?? false) == matches)
            #expect(handshake.serverName == "b.example")
            #expect(client.now.handshake?.peer?.isTrusted == true)
            try await client.close()
        }
    }

    @Test("Certificates are swapped without touching the connections that exist")
    func hotSwap() async throws {
        let holder = TLSContextHolder(self.server)
        let listener = try await TestListener(echo: true) { (holder.current, .server(requestClientCertificate: false)) }
        let client = try TLSContext(trusting: self.authority)
        let before = try await listener.connect(client, .client(serverName: "c.example"))
        try await before.send("one")
        try await eventually("echo") { before.text == "one" }
        holder.current = try TLSContext([self.authority.issue("DNS:c.example")], trusting: self.authority)
        let after = try await listener.connect(client, .client(serverName: "c.example"))
        try await after.send("two")
        try await before.send(" more")
        try await eventually("echoes") { before.text == "one more" && after.text == "two" }
        #expect(before.now.handshake?.peer?.dnsNames == ["b.example"])
        #expect(after.now.handshake?.peer?.dnsNames == ["c.example"])
    }

    @Test("Megabytes cross unchanged in both directions, also to a reader that is slow to ask")
    func largeTransfer() async throws {
        let listener = try await self.listener(echo: true)
        let client = try await listener.connect(TLSContext(trusting: self.authority), .client(serverName: "b.example"))
        let channel = try #require(client.now.channel)
        let chunk = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for _ in 0..<40 { channel.write(ByteBuffer(bytes: chunk), promise: nil) }
        try await channel.writeAndFlush(ByteBuffer(string: "end")).get()
        try await eventually("eight megabytes") { client.now.text.count == 40 * chunk.count + 3 }
        #expect(client.now.text.prefix(chunk.count).elementsEqual(chunk))
        #expect(client.now.text.suffix(3).elementsEqual("end".utf8))
    }

    @Test("Without auto-read the handshake still completes, and then nothing is read that nobody asked for")
    func backPressure() async throws {
        let listener = try await TestListener(autoRead: false) { [server] in
            (server, .server(requestClientCertificate: false))
        }
        let client = try await listener.connect(TLSContext(trusting: self.authority), .client(serverName: "b.example"))
        let atServer = try await listener.connection()
        try await eventually("handshake") { atServer.now.handshake != nil && client.now.handshake != nil }
        let channel = try #require(client.now.channel)
        let megabyte = ByteBuffer(repeating: 65, count: 1 << 20)
        for _ in 0..<32 { channel.writeAndFlush(megabyte, promise: nil) }
        try await eventually("the sender's buffer to be full") { !channel.isWritable }
        #expect(atServer.now.text.count < 32 << 20)
        let reader = try #require(atServer.now.channel)
        try await reader.setOption(.autoRead, value: true).get()
        try await eventually("all of it") { atServer.now.text.count == 32 << 20 }
        try await eventually("room") { channel.isWritable }
    }

    @Test("Several writes and one flush are one record; each write's promise is kept")
    func coalescing() async throws {
        let listener = try await self.listener()
        let client = try await listener.connect(TLSContext(trusting: self.authority), .client(serverName: "b.example"))
        let channel = try #require(client.now.channel)
        let promises = (0..<3).map { _ in channel.eventLoop.makePromise(of: Void.self) }
        channel.write(ByteBuffer(string: "one "), promise: promises[0])
        channel.write(ByteBuffer(string: "two "), promise: promises[1])
        channel.writeAndFlush(ByteBuffer(string: "three"), promise: promises[2])
        for promise in promises { try await promise.futureResult.get() }
        let atServer = try await listener.connection()
        try await eventually("the text") { atServer.text == "one two three" }
        #expect(atServer.now.reads == 1)
    }

    @Test("close_notify: half-closed where that is allowed, closed where it is not")
    func halfClose() async throws {
        let open = try await self.listener(halfClosure: true)
        let client = try await open.connect(
            TLSContext(trusting: self.authority),
            .client(serverName: "b.example"),
            halfClosure: true
        )
        try await client.send("last words")
        try await client.now.channel?.close(mode: .output).get()
        let atServer = try await open.connection()
        try await eventually("end of input") { atServer.now.isInputClosed }
        #expect(atServer.text == "last words")
        try await atServer.send("answer")
        try await eventually("answer") { client.text == "answer" }
        try await atServer.close()
        try await eventually("end") { client.now.isInputClosed || client.now.isClosed }
        #expect(client.now.errors.isEmpty && atServer.now.errors.isEmpty)

        let closing = try await self.listener()
        let other = try await closing.connect(TLSContext(trusting: self.authority), .client(serverName: "b.example"))
        try await other.send("bye")
        try await other.now.channel?.close(mode: .output).get()
        let end = try await closing.connection()
        try await eventually("both ends closed") { end.now.isClosed && other.now.isClosed }
        #expect(end.text == "bye")
        #expect(end.now.errors.isEmpty)
    }

    @Test("What is no TLS is an error and closes the connection; not a byte of it is passed on")
    func plaintext() async throws {
        let listener = try await self.listener()
        let client = try await listener.connect()
        try await client.send("<stream:stream xmlns='jabber:server'>")
        let atServer = try await listener.connection()
        try await eventually("the end") { atServer.now.isClosed && client.now.isClosed }
        #expect(atServer.text.isEmpty)
        #expect(atServer.now.handshake == nil)
        #expect(atServer.now.errors.count == 1)
        #expect(atServer.now.errors.first?.contains("TLS handshake failed") == true)
    }

    @Test("A client that goes away during the handshake is an error")
    func interrupted() async throws {
        let listener = try await self.listener()
        let client = try await listener.connect()
        try await client.send("\u{16}\u{03}")
        let atServer = try await listener.connection()
        try await client.close()
        try await eventually("the end") { atServer.now.isClosed }
        #expect(atServer.now.errors == ["\(TLSError.closedDuringHandshake)"])
    }

    @Test("What is written before the handshake is complete goes out after it")
    func earlyWrites() async throws {
        let listener = try await self.listener(echo: true)
        let client = try await listener.connect(TLSContext(trusting: self.authority), .client(serverName: "b.example"))
        try await client.send("early")
        try await eventually("echo") { client.text == "early" }
    }

    @Test("A session that cannot even begin is an error that the last handler hears")
    func unknownIdentity() async throws {
        let listener = try await self.listener()
        let client = try await listener.connect(TLSContext(), .client(serverName: nil, identity: "nobody.example"))
        try await eventually("the end") { client.now.isClosed }
        #expect(client.now.errors == ["\(TLSError.unknownIdentity("nobody.example"))"])
    }

    @Test("Writes fail when the handshake fails")
    func failedWrites() async throws {
        let listener = try await TestListener { [server] in
            (server, .server(requestClientCertificate: false, alpn: ["xmpp-server"]))
        }
        let client = try await listener.connect(
            TLSContext(trusting: self.authority),
            .client(serverName: "b.example", alpn: ["other"])
        )
        await #expect(throws: (any Error).self) { try await client.send("never") }
        try await eventually("the end") { client.now.isClosed }
        #expect(client.now.errors.first?.contains("no application protocol") == true)
        let atServer = try await listener.connection()
        #expect(atServer.text.isEmpty)
    }
}
