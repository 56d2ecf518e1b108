import NIOCore
import NIOPosix
import NetworkKit
import Synchronization
import TLS

/// A peer's server, called by the edge: for stanzas, or to verify a key.
///
/// One listener serves all domains; whom it plays is in the `to` of the header.
final class CalledPeer: ScriptedPeer {
    /// What one domain's server is like.
    struct Behaviour: Sendable {
        var startTLS: Bool
        var external: Bool
        var dialback: Bool
        var tls: TLSContext
        /// Answers in place of the good ones.
        var lies = Lies()
    }

    /// What it says instead of what it should.
    struct Lies: Sendable {
        /// Behind the first header, instead of features.
        var features: String?
        /// The `from` of its header.
        var from: String?
        /// Instead of `<proceed/>` and the handshake.
        var startTLS: String?
        /// Instead of `<success/>`.
        var auth: String?
        /// The type of its answers to keys.
        var verdict: String?
    }

    /// All that came to a listener.
    final class Log: Sendable {
        private let state = Mutex<(traces: [String: [Trace]], stanzas: [String])>(([:], []))

        func add(_ trace: Trace, _ domain: String) {
            self.state.withLock { $0.traces[domain, default: []].append(trace) }
        }
        func add(stanza domain: String) { self.state.withLock { $0.stanzas.append(domain) } }
        func traces(_ domain: String) -> [Trace] { self.state.withLock { $0.traces[domain] ?? [] } }
        /// The domains to which a stanza came.
        var stanzas: [String] { self.state.withLock { $0.stanzas } }
    }

    private let behaviours: @Sendable (String) -> Behaviour?
    private let log: Log
    private var domain = ""
    private var behaviour: Behaviour?
    private var isAuthenticated = false
    private var streams = 0

    init(_ log: Log, _ behaviours: @escaping @Sendable (String) -> Behaviour?) {
        self.behaviours = behaviours
        self.log = log
        super.init(Trace())
    }

    /// Listens on a port of this host; for streams that begin with TLS if `direct` is what they begin with.
    static func listen(
        _ log: Log,
        direct: TLSContext? = nil,
        _ behaviours: @escaping @Sendable (String) -> Behaviour?
    ) async throws -> Listener {
        try await Listener.bind(
            host: "127.0.0.1",
            port: 0,
            on: MultiThreadedEventLoopGroup.singleton.next(),
            limits: ConnectionLimits(maximumPerClient: 10_000)
        ) { channel in
            if let direct {
                let role = TLSRole.server(requestClientCertificate: true, alpn: ["xmpp-server"])
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: direct, role: role))
            }
            try channel.pipeline.syncOperations.addHandler(CalledPeer(log, behaviours))
        }.get()
    }

    /// How each thing it reads begins and ends.
    private static let pieces = [
        ("<stream:stream", ">"), ("</stream:stream", ">"), ("<stream:error", "</stream:error>"), ("<starttls", "/>"),
        ("<auth", "</auth>"), ("<db:result", "</db:result>"), ("<db:verify", "</db:verify>"),
        ("<message", "</message>"),
    ]

    override func advance() {
        while let (kind, text) = self.next() { self.received(kind, text) }
    }

    private func next() -> (kind: String, text: String)? {
        let first = Self.pieces.compactMap { piece in
            self.unread.firstRange(of: piece.0).map { (piece: piece, start: $0.lowerBound) }
        }.min { $0.start < $1.start }
        guard let first, self.unread[first.start...].contains(first.piece.1) else { return nil }
        _ = self.take(through: first.piece.0)
        return self.take(through: first.piece.1).map { (first.piece.0, $0) }
    }

    private func received(_ kind: String, _ text: String) {
        switch kind {
        case "<stream:stream": self.opened(text)
        case "</stream:stream":
            self.send("</stream:stream>")
            self.close()
        case "<starttls": self.askedForTLS()
        case "<auth": self.asked(isOffered: self.behaviour?.external == true && self.isSecured) { self.authenticate() }
        case "<db:result": self.asked(isOffered: self.behaviour?.dialback == true) { self.judge(text, "result") }
        case "<db:verify": self.asked(isOffered: self.behaviour?.dialback == true) { self.judge(text, "verify") }
        case "<message": self.log.add(stanza: self.domain)
        default: break
        }
    }

    private func opened(_ header: String) {
        self.domain = Self.attribute("to", of: header)
        self.behaviour = self.behaviours(self.domain)
        if self.streams == 0 { self.log.add(self.trace, self.domain) }
        self.streams += 1
        let lies = self.behaviour?.lies
        self.send(Matrix.header(from: lies?.from ?? self.domain, more: " id='\(self.streamID)'"))
        if self.streams == 1, let features = lies?.features { return self.send(features) }
        var features = ""
        if let behaviour = self.behaviour, !self.isAuthenticated {
            if behaviour.startTLS, !self.isSecured { features += Matrix.startTLS }
            if behaviour.external, self.isSecured { features += Self.external }
            if behaviour.dialback { features += "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>" }
        }
        self.send("<stream:features>\(features)</stream:features>")
    }

    static let external =
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"

    private var streamID: String { "\(self.domain)#\(self.streams)" }

    private func askedForTLS() {
        guard let behaviour = self.behaviour, !self.isSecured else { return self.close() }
        if let lie = behaviour.lies.startTLS { return self.send(lie) }
        self.asked(isOffered: behaviour.startTLS) {
            self.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            self.startTLS(behaviour.tls, .server(requestClientCertificate: true))
        }
    }

    private func authenticate() {
        if let lie = self.behaviour?.lies.auth { return self.send(lie) }
        self.isAuthenticated = true
        self.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    }

    /// What is not offered is answered as by a server that has never heard of it.
    private func asked(isOffered: Bool, _ answer: () -> Void) {
        if isOffered { return answer() }
        self.send(
            "<stream:error><unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                + "</stream:stream>"
        )
        self.close()
    }

    /// Answers to a key of the edge's, or to the question about one of the peer's own.
    private func judge(_ text: String, _ kind: String) {
        let key = text.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" }
        let expected =
            kind == "verify"
            ? Matrix.key(of: self.domain) : "secret of \(Matrix.local), for \(self.domain), \(self.streamID)"
        let verdict = self.behaviour?.lies.verdict ?? (key == expected ? "valid" : "invalid")
        let id = kind == "verify" ? " id='\(Self.attribute("id", of: text))'" : ""
        self.send("<db:\(kind) from='\(self.domain)' to='\(Matrix.local)'\(id) type='\(verdict)'/>")
    }

    private static func attribute(_ name: String, of text: String) -> String {
        for quote in ["\"", "'"] {
            guard let start = text.firstRange(of: " \(name)=\(quote)") else { continue }
            return String(text[start.upperBound...].prefix { String($0) != quote })
        }
        return ""
    }
}
