import Messaging
import Policy
import Wire
import XMPPCore

/// What a stream to a partner met, told to an administrator step by step (`isthmusctl test partner`).
///
/// Pure: it is told what the edge does for any stream — the look-ups, the connections, and each event and action of
/// ``OutboundStream`` — and puts it into words. It does nothing itself, so what it tells is what traffic would meet.
///
/// ```
///  found ─▶ resolved ─▶ connected ─▶ stream ─▶ TLS, certificate ─▶ stream ─▶ EXTERNAL or dialback ─▶ ready
///    │          │           │           └──────────┬─────────────────┴──────────────┘
///    └──────────┴───────────┴── failed ◀───────────┘  the next server, where there is one
/// ```
struct StreamWalk {
    enum Event: Equatable {
        /// The partner's rules name the server, and DNS is not asked for it.
        case proxy(String)
        /// The servers that DNS names, each in words; in the order in which they are tried.
        case found([String])
        case resolved(host: String, addresses: [String], associations: Int)
        case connected(address: String, port: Int, isDirectTLS: Bool)
        case secured(Security)
        /// An event of the stream's machine, and what it wants done about it.
        case machine(OutboundStream.Event, [OutboundStream.Action])
        /// A server has led to no stream, or nothing has.
        case failed(Failure)
        /// The time for a test is over.
        case timedOut(seconds: Int64)
    }

    /// What the handshake came to.
    struct Security: Equatable {
        /// Version and cipher suite.
        var words: String
        /// The peer's certificate, in words; `nil` if it showed none.
        var certificate: String?
        var verdict: CertificateVerdict
        /// Whether a TLSA record of the domain vouches for it.
        var isVouchedFor = false
        /// Whether the domain has TLSA records, which it must match then.
        var hasAssociations = false
    }

    /// Why a server has led to no stream.
    struct Failure: Equatable {
        var reason: RefusalReason
        var words: String
        /// How far it had come; `nil` when there was no stream yet.
        var end: StreamEnd?
        /// The step, where it is not the one that was being done.
        var place: String?
        /// Whether traffic goes on all the same, on streams that live.
        var isHarmless = false
    }

    let pair: DomainPair
    let rules: StreamRules
    /// The partner's primary domain.
    let partner: String
    /// Whether we have a certificate to show for our domain.
    let hasCertificate: Bool

    private(set) var steps: [TestStep] = []
    /// What is waited for, in words.
    private(set) var expectation = "an answer of DNS"
    /// The step at which a failure happens now.
    private var place = "DNS"
    /// Whether the certificate of the server that is tried was judged, and is not good enough.
    private var hasJudged = false
    private(set) var isReady = false

    init(pair: DomainPair, rules: StreamRules, partner: String, hasCertificate: Bool) {
        self.pair = pair
        self.rules = rules
        self.partner = partner
        self.hasCertificate = hasCertificate
    }

    mutating func handle(_ event: Event) {
        switch event {
        case .proxy(let server):
            self.add("DNS", .skipped, "the partner's proxy-fqdn is \(server): no records are asked for")
            self.expect("address", "the address of \(server)")
        case .found(let servers):
            self.add("DNS", .good, servers.joined(separator: ", "))
            self.expect("address", "the addresses of its servers")
        case .resolved(let host, let addresses, let associations):
            let dane = associations == 0 ? "" : "; \(associations) TLSA records say what its certificate must be"
            self.add("address", .good, "\(host) is \(addresses.joined(separator: ", "))\(dane)")
            self.hasJudged = false
            self.expect("connection", "a connection to it")
        case .connected(let address, let port, let isDirectTLS):
            self.add("connection", .good, "\(address) port \(port) takes connections")
            if isDirectTLS {
                self.expect("TLS", "the end of the TLS handshake")
            } else {
                self.expect("stream", "the peer's first word")
            }
        case .secured(let security): self.secured(security)
        case .machine(let event, let actions): self.machine(event, actions)
        case .failed(let failure): self.failed(failure)
        case .timedOut(let seconds):
            self.add(
                self.place,
                .bad,
                "\(self.expectation) did not come; a test has \(seconds) s in all",
                remedy: RefusalAdvice.text(for: .deadlineExceeded, of: self),
                reason: .deadlineExceeded
            )
        }
    }

    mutating func expect(_ place: String, _ words: String) {
        (self.place, self.expectation) = (place, words)
    }

    mutating func add(
        _ name: String,
        _ outcome: TestStep.Outcome,
        _ text: String,
        remedy: String = "",
        reason: RefusalReason? = nil
    ) {
        self.steps.append(TestStep(name, outcome, text, remedy: remedy, reason: reason))
    }

    // MARK: TLS

    private mutating func secured(_ security: Security) {
        self.add("TLS", .good, security.words)
        self.expect("stream", "the peer's stream inside TLS")
        let shown = security.certificate ?? "none was shown"
        switch security.verdict {
        case .valid:
            let how = security.isVouchedFor ? "a TLSA record vouches for it" : "trusted, and names \(self.pair.remote)"
            self.add("certificate", .good, "\(shown): \(how)")
        case .absent: self.rejected(shown, security)
        case .invalid(let reason), .provable(let reason): self.rejected("\(shown): \(reason)", security)
        }
    }

    /// A certificate that proves nothing leaves dialback, where the rules have it and no TLSA record forbids it.
    private mutating func rejected(_ text: String, _ security: Security) {
        self.hasJudged = true
        let leavesDialback = self.rules.allowsDialbackOverTLS && !security.hasAssociations
        self.add(
            "certificate",
            leavesDialback ? .warning : .bad,
            leavesDialback ? "\(text); the partner's rules leave dialback" : text,
            remedy: leavesDialback ? "" : RefusalAdvice.text(for: .certificateRejected, of: self),
            reason: .certificateRejected
        )
    }

    // MARK: Ends

    /// A server that failed is a warning only as long as a later one leads to a stream.
    private mutating func failed(_ failure: Failure) {
        let name = failure.place ?? failure.end.map { self.place(of: $0) } ?? self.place
        // The certificate was judged where it was shown; one that TLSA records object to ends the handshake.
        if self.hasJudged, ["certificate", "TLS"].contains(name) { return }
        let isSilence = failure.end == .establishmentTimeout || failure.end == .disconnected
        self.add(
            name,
            failure.isHarmless ? .warning : .bad,
            isSilence ? "\(failure.words); what was waited for: \(self.expectation)" : failure.words,
            remedy: RefusalAdvice.text(for: failure.reason, of: self),
            reason: failure.reason
        )
    }

    private func place(of end: StreamEnd) -> String {
        switch end {
        case .refused: "policy"
        case .tlsRequired, .tlsNotSupported, .tlsFailed: "TLS"
        case .certificateRejected: "certificate"
        case .authenticationFailed, .noCommonMethod: "authentication"
        case .dialbackFailed, .dialbackDisabled: "dialback"
        case .closed, .disconnected, .peerError, .protocolError, .establishmentTimeout, .inactive, .shuttingDown:
            self.place
        }
    }

    mutating func ready(_ method: XMPPCore.AuthenticationMethod) {
        self.isReady = true
        // What a server before had failed at is nothing that traffic would fail at.
        for index in self.steps.indices where self.steps[index].outcome == .bad {
            self.steps[index].outcome = .warning
            self.steps[index].text += "; another server was tried"
        }
        self.add("stream", .good, "it could carry messages now, and was closed again: \(method.words)")
    }
}

extension RefusalAdvice {
    /// What to do about a step of `walk`.
    static func text(for reason: RefusalReason, of walk: StreamWalk) -> String {
        switch reason {
        case .connectionFailed:
            "Is their server running, and does a firewall on either side let its port through, 5269 or what DNS says?"
        case .tlsRequired:
            "They turn TLS on, or mend it. Only if both sides agree to do without: isthmusctl partner set \(walk.partner) --tls optional"
        default:
            Self.text(
                for: reason,
                partner: walk.partner,
                remote: walk.pair.remote,
                local: walk.pair.local,
                service: "xmpp-edge"
            )
        }
    }
}

extension XMPPCore.AuthenticationMethod {
    fileprivate var words: String {
        switch self {
        case .external: "proven by SASL EXTERNAL"
        case .dialbackOverTLS: "proven by dialback inside TLS"
        case .dialbackInClear: "proven by dialback in the clear"
        }
    }
}
