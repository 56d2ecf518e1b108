import ServiceKit
import Wire
import XMPPCore

/// What xmpp-edge counts.
struct EdgeMetrics: Sendable {
    /// By ``Stanza/Kind``, in the order of its cases.
    private let received: [Counter]
    private let sent: [Counter]
    let inboundStreams: Gauge
    let outboundStreams: Gauge
    let inboundConnections: Counter
    let outboundAttempts: Counter
    let outboundFailures: Counter
    /// Stanzas that wait for a stream.
    let queued: Gauge
    /// Split domains to whose XMPP server the edge is attached.
    let attachedDomains: Gauge
    /// Names of SIP users that are remembered.
    let names: Gauge
    /// Stanzas answered with an error.
    let bounced: Counter
    /// Messages that waited for a sip-edge to come back.
    let waited: Counter
    /// Times at which a peer was not read because it was ahead of us.
    let paused: Counter
    /// Streams whose peer is not read at present.
    let pausedStreams: Gauge
    /// How long peers were not read.
    let pausedTime = PausedTime()
    private let limits: [LimitName: Counter]
    let registry: MetricsRegistry
    let verification: VerificationMetrics
    let proofs: ProofMetrics

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        self.received = Stanza.Kind.allCases.map {
            registry.counter(
                "isthmus_xmpp_stanzas_received_total",
                help: "Stanzas received on authenticated streams.",
                labels: ["kind": $0.rawValue]
            )
        }
        self.sent = Stanza.Kind.allCases.map {
            registry.counter(
                "isthmus_xmpp_stanzas_sent_total",
                help: "Stanzas written to authenticated streams.",
                labels: ["kind": $0.rawValue]
            )
        }
        self.inboundStreams = registry.gauge(
            "isthmus_xmpp_streams",
            help: "Live streams.",
            labels: ["direction": "inbound"]
        )
        self.outboundStreams = registry.gauge(
            "isthmus_xmpp_streams",
            help: "Live streams.",
            labels: ["direction": "outbound"]
        )
        self.inboundConnections = registry.counter(
            "isthmus_xmpp_connections_total",
            help: "Connections taken from outside."
        )
        self.outboundAttempts = registry.counter(
            "isthmus_xmpp_outbound_attempts_total",
            help: "Attempts to open a stream to a partner."
        )
        self.outboundFailures = registry.counter(
            "isthmus_xmpp_outbound_failures_total",
            help: "Attempts to open a stream to a partner that failed."
        )
        self.queued = registry.gauge(
            "isthmus_xmpp_queued_stanzas",
            help: "Stanzas that wait for a stream to a partner."
        )
        self.attachedDomains = registry.gauge(
            "isthmus_xmpp_attached_domains",
            help: "Split domains to whose XMPP server this edge is attached as a component."
        )
        self.names = registry.gauge(
            "isthmus_xmpp_names",
            help: "Names of SIP users that are remembered as their requests said them."
        )
        self.bounced = registry.counter("isthmus_xmpp_bounced_total", help: "Stanzas answered with an error.")
        self.waited = registry.counter(
            "isthmus_xmpp_waited_total",
            help: "Messages from XMPP that waited for a sip-edge to come back."
        )
        self.paused = registry.counter(
            "isthmus_xmpp_paused_total",
            help:
                "Times at which a peer was not read because it was too fast, or too much of what it sent was under way."
        )
        self.pausedStreams = registry.gauge(
            "isthmus_xmpp_paused_streams",
            help: "Streams whose peer is not read at present."
        )
        let pausedTime = self.pausedTime
        registry.observe(
            "isthmus_xmpp_paused_seconds_total",
            help: "How long peers were not read, all pauses together.",
            counts: true
        ) { pausedTime.seconds }
        let limits = LimitName.allCases.map { name in
            (
                name,
                registry.counter(
                    "isthmus_xmpp_limits_total",
                    help: "Times at which a limit was reached.",
                    labels: ["limit": name.rawValue]
                )
            )
        }
        self.limits = Dictionary(uniqueKeysWithValues: limits)
        self.verification = VerificationMetrics(registry)
        self.proofs = ProofMetrics(registry)
    }

    /// The few that heartbeats carry.
    var counters: [EdgeStatus.Counter] {
        [
            EdgeStatus.Counter(name: "streams-inbound", value: Int64(self.inboundStreams.value)),
            EdgeStatus.Counter(name: "streams-outbound", value: Int64(self.outboundStreams.value)),
            EdgeStatus.Counter(name: "stanzas-received", value: self.received.reduce(0) { $0 + Int64($1.value) }),
            EdgeStatus.Counter(name: "stanzas-sent", value: self.sent.reduce(0) { $0 + Int64($1.value) }),
            EdgeStatus.Counter(name: "bounced", value: Int64(self.bounced.value)),
        ]
    }

    func reached(_ limit: LimitName) { self.limits[limit]?.increment() }
    func received(_ kind: Stanza.Kind) { self.received[Self.index(kind)].increment() }
    func sent(_ kind: Stanza.Kind) { self.sent[Self.index(kind)].increment() }

    private static func index(_ kind: Stanza.Kind) -> Int {
        switch kind {
        case .message: 0
        case .presence: 1
        case .iq: 2
        }
    }
}
