import ServiceKit

/// What the edge counts.
struct SIPMetrics: Sendable {
    let connections: Gauge
    let slowConnections: Counter
    let requests: Counter
    let malformed: Counter
    let strayResponses: Counter
    let datagramsDropped: Counter
    let resent: Counter
    let messagesFromSIP: Counter
    let messagesToSIP: Counter
    let failedFromSIP: Counter
    let failedToSIP: Counter
    let relayed: Counter
    /// Requests that went on to another server, or by another route.
    let failedOver: Counter
    /// Messages that waited for an xmpp-edge to come back.
    let waitedFromSIP: Counter
    let subscriptions: Gauge
    let sessions: Gauge
    let sessionsFromSIP: Counter
    let sessionsToSIP: Counter
    let lostSessions: Counter
    let typing: Gauge
    let typingRefused: Counter
    let notifiedUsers: Gauge

    init(_ registry: MetricsRegistry) {
        self.connections = registry.gauge("isthmus_sip_connections", help: "Open SIP connections.")
        self.slowConnections = registry.counter(
            "isthmus_sip_slow_connections_total",
            help: "Connections closed because a handshake or a message took too long."
        )
        self.requests = registry.counter("isthmus_sip_requests_total", help: "SIP requests received.")
        self.malformed = registry.counter("isthmus_sip_malformed_total", help: "SIP messages refused by the parser.")
        self.strayResponses = registry.counter(
            "isthmus_sip_stray_responses_total",
            help: "SIP responses to requests that nobody waits for any more, or never sent."
        )
        self.datagramsDropped = registry.counter(
            "isthmus_sip_datagrams_dropped_total",
            help: "Datagrams that were not read, or answers not sent, because there were too many."
        )
        self.resent = registry.counter(
            "isthmus_sip_resent_total",
            help: "Requests and responses sent again over UDP."
        )
        func messages(_ direction: String, _ result: String) -> Counter {
            registry.counter(
                "isthmus_messages_total",
                help: "Messages by direction and fate.",
                labels: ["direction": direction, "result": result]
            )
        }
        self.messagesFromSIP = messages("sip-to-xmpp", "taken")
        self.failedFromSIP = messages("sip-to-xmpp", "failed")
        self.messagesToSIP = messages("xmpp-to-sip", "taken")
        self.failedToSIP = messages("xmpp-to-sip", "failed")
        self.waitedFromSIP = registry.counter(
            "isthmus_sip_waited_total",
            help: "Messages from SIP that waited for an xmpp-edge to come back."
        )
        self.failedOver = registry.counter(
            "isthmus_sip_failed_over_total",
            help: "Requests that were tried at another server or by another route, because a next hop failed."
        )
        self.relayed = registry.counter(
            "isthmus_sip_relayed_total",
            help: "SIP requests that were handed to the edge that has their dialog."
        )
        self.subscriptions = registry.gauge(
            "isthmus_sip_subscriptions",
            help: "Presence subscriptions, both directions."
        )
        self.sessions = registry.gauge("isthmus_sip_sessions", help: "Sessions of text messages (INVITE).")
        func opened(_ origin: String) -> Counter {
            registry.counter(
                "isthmus_sip_sessions_opened_total",
                help: "Sessions of text messages that were opened, by who asked for them.",
                labels: ["origin": origin]
            )
        }
        self.sessionsFromSIP = opened("sip")
        self.sessionsToSIP = opened("xmpp")
        self.lostSessions = registry.counter(
            "isthmus_sip_sessions_lost_total",
            help: "Sessions that the peer had lost, so that another one was opened for what waited."
        )
        self.notifiedUsers = registry.gauge(
            "isthmus_sip_notified_users",
            help: "SIP users who are remembered to know notifications of delivery (IMDN)."
        )
        self.typing = registry.gauge("isthmus_sip_typing", help: "Users who are composing a message, on either side.")
        self.typingRefused = registry.counter(
            "isthmus_sip_typing_refused_total",
            help: "Users who began to compose and were not told of, for limits.typing was reached."
        )
    }
}
