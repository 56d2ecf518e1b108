import Messaging
import Policy
import Wire

/// What a question to the servers of a route met, told to an administrator step by step (`isthmusctl test route`).
///
/// Pure: it is told what the edge does for any request, and puts it into words.
struct RouteWalk {
    enum Event: Equatable {
        /// The servers that DNS names, in words; in the order in which they are tried.
        case found([String])
        case notFound(String)
        case resolved(host: String, addresses: [String])
        case connected(address: String, port: Int, SIPTransport)
        case secured(Security)
        /// The connection, or the attempt at one, is over.
        case failed(String)
        case answered(status: Int, phrase: String, server: String)
        case unanswered
        /// What host authorization says of requests that come from there.
        case judged(HostAuthorization?, by: String)
        /// The time for a test is over.
        case timedOut(seconds: Int64)
    }

    /// What the handshake came to.
    struct Security: Equatable {
        /// Version and cipher suite.
        var words: String
        /// The name under which we showed our certificate.
        var shown: String
        var certificate: String
        /// What is wrong with the certificate; `nil` when it is the server's.
        var objection: String?
    }

    let route: StaticRoute
    private(set) var steps: [TestStep] = []
    /// The step at which a failure happens now.
    private var place = "address"
    private var hasJudged = false

    init(_ route: StaticRoute) { self.route = route }

    mutating func handle(_ event: Event) {
        switch event {
        case .found(let servers):
            self.add(
                "DNS",
                .good,
                "the servers of \(self.route.nextHop) are \(servers.joined(separator: ", "))"
            )
        case .notFound(let why):
            self.add(
                "DNS",
                .bad,
                "\(self.route.nextHop): \(why)",
                remedy:
                    "\(self.route.nextHop) needs SRV records, or write the port: isthmusctl route set \(self.route.id) --port PORT",
                reason: .nextHopUnreachable
            )
        case .resolved(let host, let addresses):
            self.add("address", .good, "\(host) is \(addresses.joined(separator: ", "))")
            (self.place, self.hasJudged) = ("connection", false)
        case .connected(let address, let port, let transport):
            self.place = transport == .tls ? "TLS" : "OPTIONS"
            // A UDP socket is no proof of anybody.
            guard transport.isReliable else { return }
            self.add("connection", .good, "\(address) port \(port) takes connections")
        case .secured(let security): self.secured(security)
        case .failed(let reason): self.failed(reason)
        case .answered(let status, let phrase, let server): self.answered(status, phrase, server)
        case .unanswered: self.silent("no answer came")
        case .judged(let host, let name): self.judged(host, name)
        case .timedOut(let seconds): self.silent("nothing came of it; a test has \(seconds) s in all")
        }
    }

    private mutating func add(
        _ name: String,
        _ outcome: TestStep.Outcome,
        _ text: String,
        remedy: String = "",
        reason: RefusalReason? = nil
    ) {
        self.steps.append(TestStep(name, outcome, text, remedy: remedy, reason: reason))
    }

    // MARK: Connection

    private mutating func secured(_ security: Security) {
        let shown = security.shown.isEmpty ? "we have no certificate to show" : "we show ours for \(security.shown)"
        self.add("TLS", security.shown.isEmpty ? .warning : .good, "\(security.words); \(shown)")
        self.place = "OPTIONS"
        guard let objection = security.objection else {
            return self.add("certificate", .good, "\(security.certificate): trusted, and it is the server's")
        }
        self.hasJudged = true
        self.add(
            "certificate",
            .bad,
            "\(security.certificate): it \(objection)",
            remedy:
                "If you trust its CA: isthmusctl certificate trust add FILE --use sip. If it has another name: isthmusctl route set \(self.route.id) --next-hop NAME, or the server gets one that names \(self.route.nextHop).",
            reason: .nextHopUnreachable
        )
    }

    private mutating func failed(_ why: String) {
        // Said where the certificate was shown.
        guard !self.hasJudged else { return }
        let remedy =
            switch self.place {
            case "address": "\(self.route.nextHop) needs an A or AAAA record, or write its address."
            case "connection": "Is the server running, and does a firewall on either side let its port through?"
            case "TLS":
                "If it speaks TLS 1.0 only: isthmusctl route set \(self.route.id) --legacy-tls true. If it speaks none: isthmusctl route set \(self.route.id) --transport tcp. Its own log has its view of it."
            default:
                "It ended the connection: a server that does not know or trust our certificate, or this address, does that. isthmusctl guide says what to enter there."
            }
        self.add(self.place, .bad, why, remedy: remedy, reason: .nextHopUnreachable)
    }

    private mutating func silent(_ words: String) {
        self.add(
            self.place,
            .bad,
            words,
            remedy:
                "Is it a SIP server, and is this edge's address authorized there? isthmusctl guide says what to enter.",
            reason: .nextHopTimeout
        )
    }

    // MARK: Answer

    private mutating func answered(_ status: Int, _ phrase: String, _ server: String) {
        let text = "it answers \(status) \(phrase)\(server.isEmpty ? "" : ", and says it is \(server)")"
        switch status {
        case 401, 403, 407:
            self.add(
                "OPTIONS",
                .warning,
                text,
                remedy: "The server does not let this edge in; isthmusctl guide says what to enter there.",
                reason: .peerRefused
            )
        case 503: self.add("OPTIONS", .bad, "\(text): it is not in service", reason: .nextHopUnreachable)
        default: self.add("OPTIONS", .good, text)
        }
    }

    private mutating func judged(_ host: HostAuthorization?, _ name: String) {
        guard let host else {
            return self.add(
                "host authorization",
                .warning,
                "\(name) is not in it, so what it sends is refused",
                remedy: "isthmusctl host add \(self.route.nextHop)",
                reason: .hostNotAuthorized
            )
        }
        guard !host.outboundOnly else {
            return self.add(
                "host authorization",
                .warning,
                "\(host.host) is in it as outbound-only, so what it sends is refused",
                remedy: "isthmusctl host set \(host.host) --outbound-only false",
                reason: .hostOutboundOnly
            )
        }
        self.add("host authorization", .good, "\(host.host) is in it: what it sends is taken")
    }
}
