import NIOCore
import NIOPosix
import TLS

/// A peer that opens a stream to the edge and goes as far as it can, then sends a stanza whether it may or not.
final class CallingPeer: ScriptedPeer {
    private enum Step { case features, proceed, handshake, success, verdict, done }

    /// What it says it is, and what it does where it is offered.
    struct Behaviour: Sendable {
        var domain: String
        var showsCertificate: Bool
        var startTLS: Bool
        var external: Bool
        var dialback: Bool

        /// TLS, a certificate, and no dialback.
        static func externalOnly(_ domain: String) -> Behaviour {
            Behaviour(domain: domain, showsCertificate: true, startTLS: true, external: true, dialback: false)
        }
    }

    private let behaviour: Behaviour
    private let tls: TLSContext
    /// TLS comes first (XEP-0368).
    private let isDirect: Bool
    private var step = Step.features
    private var isAuthenticated = false

    init(_ behaviour: Behaviour, _ tls: TLSContext, isDirect: Bool = false, _ trace: Trace) {
        self.behaviour = behaviour
        self.tls = tls
        self.isDirect = isDirect
        super.init(trace)
    }

    convenience init(_ combination: Matrix.Combination, _ tls: TLSContext, isDirect: Bool = false, _ trace: Trace) {
        let behaviour = Behaviour(
            domain: combination.domain,
            showsCertificate: combination.certificate != .none,
            startTLS: combination.startTLS,
            external: combination.external,
            dialback: combination.dialback
        )
        self.init(behaviour, tls, isDirect: isDirect, trace)
    }

    private var domain: String { self.behaviour.domain }

    override func begin() {
        if self.isDirect { self.beginTLS() } else { self.send(Matrix.header(from: self.domain)) }
    }

    private func beginTLS() {
        self.step = .handshake
        let identity = self.behaviour.showsCertificate ? "peer" : nil
        let alpn = self.isDirect ? ["xmpp-server"] : []
        self.startTLS(self.tls, .client(serverName: Matrix.local, alpn: alpn, identity: identity))
    }

    override func secured() {
        self.step = .features
        self.send(Matrix.header(from: self.domain))
    }

    override func advance() {
        while self.takeStep() {}
    }

    private func takeStep() -> Bool {
        switch self.step {
        case .features:
            guard let features = self.take(through: "</stream:features>") else { return false }
            self.choose(features)
        case .proceed:
            guard self.take(through: "<proceed xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>") != nil else {
                return false
            }
            self.beginTLS()
        case .success:
            guard self.take(through: "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>") != nil else {
                return false
            }
            self.isAuthenticated = true
            self.step = .features
            self.send(Matrix.header(from: self.domain))
        case .verdict:
            guard self.take(through: "type=\"valid\"") != nil else { return false }
            self.finish()
        case .handshake, .done: return false
        }
        return true
    }

    private func choose(_ features: String) {
        if self.isAuthenticated { return self.finish() }
        if self.behaviour.startTLS, !self.isSecured, features.contains("<starttls") {
            self.step = .proceed
            return self.send(Matrix.startTLS)
        }
        if self.behaviour.external, features.contains(">EXTERNAL<") {
            self.step = .success
            return self.send(Matrix.auth())
        }
        if self.behaviour.dialback, features.contains("<dialback") {
            self.step = .verdict
            return self.send(Matrix.result(from: self.domain))
        }
        self.finish()
    }

    private func finish() {
        self.step = .done
        self.send(Matrix.stanza(from: self.domain))
    }
}

/// A peer that opens a stream and makes these moves, whatever is answered.
final class MisbehavingCaller: ScriptedPeer {
    enum Move: Sendable {
        case say(String)
        /// Waits for this text.
        case hear(String)
        case startTLS
    }

    private var moves: ArraySlice<Move>
    private let certificate: Matrix.Certificate
    private let tls: TLSContext

    init(_ moves: [Move], _ certificate: Matrix.Certificate, _ tls: TLSContext, _ trace: Trace) {
        self.moves = moves[...]
        self.certificate = certificate
        self.tls = tls
        super.init(trace)
    }

    override func begin() { self.advance() }
    override func secured() { self.advance() }

    override func advance() {
        while let move = self.moves.first {
            switch move {
            case .say(let text): self.send(text)
            case .hear(let text): guard self.take(through: text) != nil else { return }
            case .startTLS:
                self.moves.removeFirst()
                let identity = self.certificate == .none ? nil : "peer"
                return self.startTLS(self.tls, .client(serverName: Matrix.local, identity: identity))
            }
            self.moves.removeFirst()
        }
    }
}

extension ScriptedPeer {
    /// Connects a peer to `port` of this host.
    static func connect(
        to port: Int,
        _ make: @escaping @Sendable (Trace) -> ScriptedPeer
    ) async throws -> Trace {
        let trace = Trace()
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(make(trace))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return trace
    }
}
