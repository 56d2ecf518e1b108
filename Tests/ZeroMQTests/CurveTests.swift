import Testing
import ZeroMQ

@Suite("CURVE and ZAP")
struct CurveTests {
    /// A server that lets `known` in, and what becomes of a client with `keys` that believes in `serverKey`.
    private func meet(
        client keys: CurveKeyPair?,
        server: CurveKeyPair,
        believedServer: CurveKey,
        known: [[UInt8]: String]
    ) throws -> (event: ConnectionMonitor.Event?, userID: String?) {
        let context = try Context()
        var zap = try ZAPHandler(in: context)
        var options = Socket.Options()
        options.security = .server(server, domain: "test")
        var router = try Socket(.router, in: context, options: options)
        try router.bind(to: "tcp://127.0.0.1:0")
        options.security = keys.map { .client($0, server: believedServer) } ?? .none
        var dealer = try Socket(.dealer, in: context, options: options)
        var monitor = try ConnectionMonitor(of: dealer, in: context, name: "client")
        try dealer.connect(to: router.endpoint)
        _ = try dealer.send([42])

        var poller = Poller()
        _ = poller.add(zap.fileDescriptor)
        _ = poller.add(router.fileDescriptor)
        _ = poller.add(monitor.fileDescriptor)
        var event: ConnectionMonitor.Event?
        for _ in 0..<20 {
            poller.wait(milliseconds: 500)
            try zap.answerAll { request in request.publicKey.flatMap { known[$0] } }
            if try router.receive() != nil, let payload = try router.receive() { return (event, payload.userID) }
            if let next = try monitor.next() {
                event = event ?? next
                if next != .connected { return (event, nil) }
            }
        }
        return (event, nil)
    }

    @Test("A client whose key is known is let in under its name")
    func knownKey() throws {
        let server = try CurveKeyPair.generate()
        let client = try CurveKeyPair.generate()
        let outcome = try self.meet(
            client: client,
            server: server,
            believedServer: server.publicKey,
            known: [client.publicKey.bytes: "sip-edge"]
        )
        #expect(outcome.userID == "sip-edge")
    }

    @Test("A client whose key is not known is refused")
    func unknownKey() throws {
        let server = try CurveKeyPair.generate()
        let client = try CurveKeyPair.generate()
        let outcome = try self.meet(client: client, server: server, believedServer: server.publicKey, known: [:])
        #expect(outcome.event == .refused)
        #expect(outcome.userID == nil)
    }

    @Test("A client without a key is refused")
    func noKey() throws {
        let server = try CurveKeyPair.generate()
        let outcome = try self.meet(client: nil, server: server, believedServer: server.publicKey, known: [:])
        #expect(outcome.event != .connected)
        #expect(outcome.userID == nil)
    }

    @Test("A client that expects another server does not talk to this one")
    func wrongServer() throws {
        let server = try CurveKeyPair.generate()
        let other = try CurveKeyPair.generate()
        let client = try CurveKeyPair.generate()
        let outcome = try self.meet(
            client: client,
            server: server,
            believedServer: other.publicKey,
            known: [client.publicKey.bytes: "sip-edge"]
        )
        #expect(outcome.userID == nil)
    }
}
