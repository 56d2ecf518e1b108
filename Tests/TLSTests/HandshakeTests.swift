import TLS
import TestSupport
import Testing

@Suite("TLS handshakes")
struct HandshakeTests {
    let authority: TestAuthority
    let stranger: TestAuthority

    init() throws {
        self.authority = try TestAuthority("Known Root")
        self.stranger = try TestAuthority("Unknown Root")
    }

    @Test("Both sides see each other's certificate, trusted")
    func mutual() throws {
        let server = try TLSContext([self.authority.issue("DNS:b.example")], trusting: self.authority)
        let client = try TLSContext([self.authority.issue("DNS:a.example")], trusting: self.authority)
        let pair = try TestPair(
            client: client,
            .client(serverName: "b.example", identity: "a.example"),
            server: server,
            .server(requestClientCertificate: true)
        )
        try pair.handshake()
        let atClient = pair.client.summary
        let atServer = pair.server.summary
        #expect(atClient.peer?.verification == .trusted)
        #expect(atClient.peer?.dnsNames == ["b.example"])
        #expect(atServer.peer?.verification == .trusted)
        #expect(atServer.peer?.dnsNames == ["a.example"])
        #expect(atServer.serverName == "b.example")
        #expect(atServer.protocolVersion == "TLSv1.3")
        #expect(try TestPair.pass("ping", from: pair.client, to: pair.server) == "ping")
        #expect(try TestPair.pass("pong", from: pair.server, to: pair.client) == "pong")
        let binding = pair.client.channelBinding
        #expect(binding?.count == 32)
        #expect(binding == pair.server.channelBinding)
    }

    @Test("A client without a certificate completes the handshake, and the server knows")
    func noClientCertificate() throws {
        let server = try TLSContext([self.authority.issue("DNS:b.example")], trusting: self.authority)
        let pair = try TestPair(
            client: TLSContext(trusting: self.authority),
            .client(serverName: "b.example"),
            server: server,
            .server(requestClientCertificate: true)
        )
        try pair.handshake()
        #expect(pair.server.summary.peer == nil)
        #expect(pair.client.summary.peer?.isTrusted == true)
    }

    @Test("A bad certificate does not break the handshake; the verdict has the reason")
    func verdicts() throws {
        let deep = try self.authority.intermediate("One").intermediate("Two").intermediate("Three")
        var tooDeep = self.authority
        for number in 0..<14 { tooDeep = try tooDeep.intermediate("Level \(number)") }
        let cases: [(TestIdentity, PeerCertificate.Verification)] = [
            (try self.authority.issue("DNS:a.example"), .trusted),
            (try self.authority.issue("DNS:a.example", usage: "serverAuth"), .trusted),
            (try self.authority.issue("DNS:a.example", usage: "clientAuth"), .trusted),
            (try self.authority.issue("DNS:a.example", usage: nil), .trusted),
            (try deep.issue("DNS:a.example"), .trusted),
            (try self.authority.issue("DNS:a.example", days: -1), .untrusted("certificate has expired")),
            (try self.authority.issue("DNS:a.example", usage: "emailProtection"), .untrusted("invalid CA certificate")),
            (try self.stranger.issue("DNS:a.example"), .untrusted("unable to get local issuer certificate")),
            (try tooDeep.issue("DNS:a.example"), .untrusted("certificate chain too long")),
        ]
        let server = try TLSContext([self.authority.issue("DNS:b.example")], trusting: self.authority)
        for (identity, verification) in cases {
            let pair = try TestPair(
                client: TLSContext([identity]),
                .client(serverName: "b.example", identity: "a.example"),
                server: server,
                .server(requestClientCertificate: true)
            )
            try pair.handshake()
            let peer = try #require(pair.server.summary.peer)
            switch (peer.verification, verification) {
            case (.trusted, .trusted): break
            case (.untrusted, .untrusted): break
            default: Issue.record("\(peer.verification) instead of \(verification)")
            }
            if verification != .untrusted("invalid CA certificate") { #expect(peer.verification == verification) }
        }
    }

    @Test("The verdict of a client on the server's certificate, by SNI the right one of several")
    func serverNameSelection() throws {
        let server = try TLSContext(
            [
                self.authority.issue("DNS:default.example"), self.authority.issue("DNS:a.example,DNS:*.wild.example"),
                self.authority.issue("DNS:b.example"),
            ],
            trusting: self.authority
        )
        let cases: [(String?, String)] = [
            ("a.example", "a.example"), ("B.Example", "b.example"), ("default.example", "default.example"),
            ("other.example", "default.example"), ("x.wild.example", "default.example"), (nil, "default.example"),
            ("192.0.2.1", "default.example"), ("2001:db8::1", "default.example"),
        ]
        let client = try TLSContext(trusting: self.authority)
        for (name, expected) in cases {
            let pair = try TestPair(
                client: client,
                .client(serverName: name),
                server: server,
                .server(requestClientCertificate: false)
            )
            try pair.handshake()
            #expect(pair.client.summary.peer?.dnsNames.first == expected, "\(name ?? "none")")
        }
        #expect(Set(server.names) == ["default.example", "a.example", "b.example"])
    }

    @Test("Of two certificates for one name with keys of one kind the first is shown, by a server and by a client")
    func firstOfTwo() throws {
        let authority = self.authority
        let ours = try TLSContext(
            [authority.issue("DNS:a.example,DNS:new.example"), authority.issue("DNS:a.example,DNS:old.example")],
            trusting: authority
        )
        let theirs = try TLSContext([authority.issue("DNS:b.example")], trusting: authority)
        let serving = try TestPair(
            client: theirs,
            .client(serverName: "a.example"),
            server: ours,
            .server(requestClientCertificate: true)
        )
        try serving.handshake()
        #expect(serving.client.summary.peer?.dnsNames == ["a.example", "new.example"])
        let asking = try TestPair(
            client: ours,
            .client(serverName: "b.example", identity: "a.example"),
            server: theirs,
            .server(requestClientCertificate: true)
        )
        try asking.handshake()
        #expect(asking.server.summary.peer?.dnsNames == ["a.example", "new.example"])
    }

    @Test(
        "ALPN: the server's preference among what the client offers, none without a list",
        arguments: [
            (["xmpp-server"], ["xmpp-server"], "xmpp-server"), (["a", "b"], ["b", "a"], "b"),
            (["a"], [], nil), ([], ["a"], nil),
        ] as [([String], [String], String?)]
    )
    func applicationProtocol(offered: [String], spoken: [String], agreed: String?) throws {
        let server = try TLSContext([self.authority.issue("DNS:b.example")])
        let pair = try TestPair(
            client: TLSContext(),
            .client(serverName: nil, alpn: offered),
            server: server,
            .server(requestClientCertificate: false, alpn: spoken)
        )
        try pair.handshake()
        #expect(pair.client.summary.alpn == agreed)
        #expect(pair.server.summary.alpn == agreed)
    }

    @Test("Without a common application protocol the handshake fails")
    func noCommonProtocol() throws {
        let pair = try TestPair(
            client: TLSContext(),
            .client(serverName: nil, alpn: ["h2"]),
            server: TLSContext([self.authority.issue("DNS:b.example")]),
            .server(requestClientCertificate: false, alpn: ["xmpp-server"])
        )
        #expect(throws: TLSError.self) { try pair.handshake() }
    }

    @Test("A server without any certificate fails the handshake, and says so")
    func noServerCertificate() throws {
        let pair = try TestPair(
            client: TLSContext(),
            .client(serverName: nil),
            server: TLSContext(),
            .server(requestClientCertificate: false)
        )
        #expect(throws: TLSError.self) { try pair.handshake() }
    }

    @Test("A client cannot show an identity that its context has not, nor ask for a name that is none")
    func mistakes() throws {
        #expect(throws: TLSError.unknownIdentity("x.example")) {
            try TLSSession(
                TLSContext(),
                role: .client(serverName: nil, identity: "x.example"),
                transport: TestTransport()
            )
        }
        #expect(throws: TLSError.invalidServerName("a b")) {
            try TLSSession(TLSContext(), role: .client(serverName: "a b"), transport: TestTransport())
        }
    }

    @Test("A key that belongs to another certificate is refused, as is text that is no PEM")
    func unusableIdentities() throws {
        let one = try self.authority.issue("DNS:a.example")
        let other = try self.authority.issue("DNS:b.example")
        #expect(throws: TLSError.keyMismatch) {
            try TLSIdentity(certificateChainPEM: one.chainPEM, privateKeyPEM: other.keyPEM)
        }
        #expect(throws: TLSError.self) { try TLSIdentity(certificateChainPEM: [1, 2, 3], privateKeyPEM: one.keyPEM) }
        #expect(throws: TLSError.self) { try TLSIdentity(certificateChainPEM: one.chainPEM, privateKeyPEM: []) }
        #expect(throws: TLSError.self) {
            try TLSContext(TLSContext.Configuration(trustRootsPEM: Array("rubbish".utf8)))
        }
    }

    @Test("close_notify ends one direction only")
    func closeNotify() throws {
        let pair = try TestPair(
            client: TLSContext(),
            .client(serverName: nil),
            server: TLSContext([self.authority.issue("DNS:b.example")]),
            .server(requestClientCertificate: false)
        )
        try pair.handshake()
        pair.client.close()
        var buffer = [UInt8](repeating: 0, count: 100)
        let outcome = try buffer.withUnsafeMutableBytes { try pair.server.read(into: $0) }
        #expect(outcome == .closed)
        #expect(try TestPair.pass("still there", from: pair.server, to: pair.client) == "still there")
    }

    @Test("A certificate with ten thousand names is read completely, and quickly matched")
    func manyNames() throws {
        let names = (0..<10_000).map { "DNS:d\($0).example" }.joined(separator: ",")
        let identity = try self.authority.issue(names)
        let pair = try TestPair(
            client: TLSContext(trusting: self.authority),
            .client(serverName: nil),
            server: TLSContext([identity]),
            .server(requestClientCertificate: false)
        )
        try pair.handshake()
        let peer = try #require(pair.client.summary.peer)
        #expect(peer.dnsNames.count == 10_000)
        #expect(peer.matches(domain: "d9999.example", service: "xmpp-server"))
        #expect(!peer.matches(domain: "d10000.example", service: "xmpp-server"))
    }
}
