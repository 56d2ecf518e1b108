/// What a peer that we call may say wrong.
extension MisbehaviourTests {
    /// What a peer that we call does wrong.
    struct Lie: Sendable {
        let name: String
        let lies: CalledPeer.Lies
        /// Whether this row may lead to a stream all the same, by a step the peer did not lie about.
        var method: @Sendable (Matrix.Row) -> Matrix.Method? = { _ in nil }

        func domain(_ row: Matrix.Row) -> String { "r\(row.number)-\(self.name).peer.example" }
    }

    private static func features(_ content: String) -> String { "<stream:features>\(content)</stream:features>" }

    static let lies: [Lie] = [
        Lie(
            name: "tls-refused",
            lies: .init(startTLS: "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"),
            method: Self.inClear
        ),
        Lie(
            name: "proceed-in-clear",
            lies: .init(
                startTLS: "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + Self.features(CalledPeer.external)
            ),
            method: Self.inClear
        ),
        Lie(
            name: "proceed-then-clear-text",
            lies: .init(
                startTLS: "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + Matrix.header(from: "x.example")
            ),
            method: Self.inClear
        ),
        Lie(name: "other-host", lies: .init(from: "other.peer.example")),
        Lie(
            name: "external-in-clear",
            lies: .init(features: Self.features(CalledPeer.external)),
            method: Self.dialback
        ),
        Lie(
            name: "success-in-clear",
            lies: .init(features: Self.features("") + "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        ),
        Lie(name: "features-empty", lies: .init(features: Self.features("")), method: Self.dialback),
        Lie(name: "key-invalid", lies: .init(verdict: "invalid"), method: Self.external),
        Lie(name: "key-error", lies: .init(verdict: "error"), method: Self.external),
        Lie(
            name: "external-refused",
            lies: .init(
                auth: "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
                verdict: "invalid"
            )
        ),
        Lie(
            name: "external-refused-dialback-good",
            lies: .init(auth: "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"),
            method: { $0.methods.contains(.tlsDialback) ? .tlsDialback : Self.inClear($0) }
        ),
    ]

    /// A row that excludes TLS never comes to what the peer lies about there.
    private static func inClear(_ row: Matrix.Row) -> Matrix.Method? {
        row.methods == [.tcpDialback] ? .tcpDialback : nil
    }

    /// A peer that hides STARTTLS.
    private static func dialback(_ row: Matrix.Row) -> Matrix.Method? {
        row.methods.contains(.tcpDialback) ? .tcpDialback : nil
    }

    private static func external(_ row: Matrix.Row) -> Matrix.Method? {
        row.methods.contains(.saslTLS) ? .saslTLS : nil
    }
}
