public import Bus
public import DNS
public import EdgeKit
public import NetworkKit
import SIPCore
public import ServiceKit
public import TLS
import Wire

extension SIPEdge {
    /// What sip-edge can be told from outside.
    public struct Configuration: ServiceConfiguration {
        public var bus: Bus.Configuration
        /// Where SIP over TCP is taken; empty for nowhere.
        public var tcp: [Endpoint]
        /// Where SIP over mutual TLS is taken; empty for nowhere.
        public var tls: [Endpoint]
        /// Where SIP over TLS is taken from servers that know nothing better than TLS 1.0; empty for nowhere.
        public var legacyTLS: [Endpoint]
        /// Where SIP over TLS is taken from hosts that show no certificate, and are known by their address; empty for nowhere.
        public var serverAuthTLS: [Endpoint]
        /// How much of FIPS is wanted.
        public var fips: FIPSMode
        /// Where SIP over UDP is taken; empty for nowhere.
        public var udp: [Endpoint]
        /// The host in our Via and Contact; `nil`: the address of the connection.
        public var advertisedHost: String?
        /// The addresses under which peers reach this edge, for DNS.
        public var publicAddresses: [String]
        public var resolver: ResolverConfiguration
        /// Connections, all together and from one address.
        public var connectionLimits: ConnectionLimits
        /// Whether peers' certificates may also chain to the system's roots.
        public var usesSystemRoots: Bool
        /// What revocation lists count for when a peer's certificate is verified.
        public var revocation: RevocationMode
        public var limits: Limits
        /// How long a next hop may take while there is another one to try.
        public var attemptTimeout: Duration
        /// How long the last next hop that is tried may take: below the time the other edge waits for the fate of a message, so
        /// that its sender is told by us ([RFC 4320](https://www.rfc-editor.org/rfc/rfc4320)).
        public var answerTimeout: Duration
        /// How often each next hop is asked for a sign of life.
        public var probeInterval: Duration
        /// How long nobody may say anything in a session before it is ended
        /// ([RFC 7573 §6.1](https://www.rfc-editor.org/rfc/rfc7573#section-6.1): for example 10 minutes).
        public var sessionIdleTimeout: Duration
        /// How long a watcher is told nothing new after a NOTIFY
        /// ([RFC 3856 §6.10](https://www.rfc-editor.org/rfc/rfc3856#section-6.10): five seconds).
        public var notifyInterval: Duration
        /// How long what is under way may take when the service stops; below the deadline of the process.
        public var drainTime = Duration.seconds(8)
        /// How long it goes on serving for DNS when it is told to stop.
        public var withdrawal: EdgeWithdrawal.Settings

        public var drainDeadline: Duration { self.withdrawal.drainDeadline }

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .sipEdge, settings: &settings)
            self.tcp = settings.endpoints(
                "sip.tcp",
                default: ["0.0.0.0:5060"],
                hint: "where SIP over TCP is taken; empty for nowhere"
            )
            self.tls = settings.endpoints(
                "sip.tls",
                default: ["0.0.0.0:5061"],
                hint: "where SIP over mutual TLS is taken; empty for nowhere"
            )
            self.legacyTLS = settings.endpoints(
                "sip.tls-legacy",
                default: [],
                hint:
                    "where SIP over TLS 1.0 or later is taken, for servers that know nothing better; empty for nowhere"
            )
            self.serverAuthTLS = settings.endpoints(
                "sip.tls-server-auth",
                default: [],
                hint:
                    "where SIP over TLS is taken from hosts that show no certificate and are known by their address; empty for nowhere"
            )
            self.fips = FIPSMode(&settings)
            if self.fips != .off, !self.legacyTLS.isEmpty {
                settings.reject(
                    "sip.tls-legacy",
                    problem: "FIPS mode allows nothing before TLS 1.2",
                    hint: "leave it empty, or turn tls.fips off"
                )
            }
            self.udp = settings.endpoints(
                "sip.udp",
                default: [],
                hint: "where SIP over UDP is taken, for hosts that cannot do better; empty for nowhere"
            )
            self.advertisedHost = settings.optionalString(
                "sip.advertise",
                hint: "the host name or address in our Via and Contact; by default the address of each connection"
            )
            // As a container has it whose variable nobody has filled in.
            if self.advertisedHost?.isEmpty == true { self.advertisedHost = nil }
            self.publicAddresses = settings.list(
                "sip.public-addresses",
                hint: "the IP addresses under which SIP servers reach this edge, for DNS"
            )
            self.resolver = ResolverConfiguration(&settings)
            self.usesSystemRoots = settings.bool(
                "tls.system-roots",
                default: false,
                hint: "whether SIP hosts' certificates may also chain to the roots of the operating system"
            )
            self.revocation = settings.choice(
                "tls.revocation",
                default: .soft,
                hint:
                    "whether revoked certificates are refused: off, soft, or hard (a list that is missing is a reason too)"
            )
            self.connectionLimits = ConnectionLimits(&settings)
            self.limits = Limits(&settings)
            self.attemptTimeout = settings.duration(
                "sip.attempt-timeout",
                default: .seconds(6),
                in: .milliseconds(100) ... .seconds(18),
                hint: "how long a next hop may take to answer while there is another route to try"
            )
            self.answerTimeout = settings.duration(
                "sip.answer-timeout",
                default: .seconds(15),
                in: .milliseconds(100) ... .seconds(18),
                hint: "how long the last next hop that is tried may take to answer"
            )
            self.probeInterval = settings.duration(
                "sip.probe-interval",
                default: .seconds(30),
                in: .seconds(1) ... .seconds(3600),
                hint: "how often each next hop is asked for a sign of life (OPTIONS)"
            )
            self.sessionIdleTimeout = settings.duration(
                "sip.session-idle-timeout",
                default: .seconds(600),
                in: .milliseconds(100) ... .seconds(86_400),
                hint: "how long nobody may say anything in a session of messages before it is ended"
            )
            self.notifyInterval = settings.duration(
                "sip.notify-interval",
                default: .seconds(5),
                in: .zero ... .seconds(60),
                hint:
                    "how long a watcher is told nothing new after a NOTIFY; then it is told the newest state. 0s: at once"
            )
            self.withdrawal = EdgeWithdrawal.Settings(&settings)
        }
    }

    /// What keeps an edge bounded whatever its peers do.
    public struct Limits: Sendable {
        /// Requests that wait for their answer.
        public var transactions: Int
        /// Requests over UDP that have their answer, kept for 32 s in case they come again.
        public var answeredRequests: Int
        /// Presence subscriptions, both directions together.
        public var subscriptions: Int
        /// Requests a second from a host that is not throttled as a server.
        public var clientRate: Int
        /// Sessions of text messages.
        public var sessions: Int
        /// Messages that wait for a session to be opened, or for the ones before them in it.
        public var sessionQueue: Int
        /// Users who compose a message, on either side.
        public var typing: Int
        /// Users who have asked for a notification of delivery, and so are asked for one.
        public var notifiedUsers: Int
        /// Bytes of the body of a SIP message that is taken, and of a message that is sent, in either direction.
        public var messageSize: Int
        /// How long a handshake, or a message once it has begun, may take.
        public var messageTime: Duration

        init(_ settings: inout SettingsReader) {
            self.transactions = settings.int(
                "limits.transactions",
                default: 20_000,
                in: 1...1_000_000,
                hint: "requests that wait for their answer; more are refused with 503"
            )
            self.answeredRequests = settings.int(
                "limits.answered-requests",
                default: 50_000,
                in: 1...1_000_000,
                hint: "requests over UDP whose answer is kept for 32 s; more are refused with 503"
            )
            self.subscriptions = settings.int(
                "limits.subscriptions",
                default: 100_000,
                in: 1...10_000_000,
                hint: "presence subscriptions; more are refused with 503"
            )
            self.clientRate = settings.int(
                "limits.client-rate",
                default: 20,
                in: 1...1_000_000,
                hint: "requests a second from a host whose throttle-as-server is off"
            )
            self.sessions = settings.int(
                "limits.sessions",
                default: 20_000,
                in: 1...1_000_000,
                hint: "sessions of text messages; more are refused with 503"
            )
            self.sessionQueue = settings.int(
                "limits.session-queue",
                default: 100,
                in: 1...10_000,
                hint: "messages that wait for one session; more are bounced"
            )
            self.typing = settings.int(
                "limits.typing",
                default: SIPServer.typingUsers,
                in: 1...1_000_000,
                hint: "users who compose a message, on either side; who else begins to is not told of: 503"
            )
            self.notifiedUsers = settings.int(
                "limits.notified-users",
                default: 10_000,
                in: 1...1_000_000,
                hint:
                    "SIP users remembered to know notifications of delivery (IMDN); beyond it the one who wrote longest ago is forgotten"
            )
            self.messageSize = settings.int(
                "limits.message-size",
                default: MessageLimits().bodyBytes,
                in: 1024...1_048_576,
                hint: "bytes of a message: larger ones from SIP are refused with 413, larger ones to SIP come back"
            )
            self.messageTime = settings.duration(
                "limits.message-time",
                default: .seconds(20),
                in: .seconds(1) ... .seconds(300),
                hint: "how long a TLS handshake, or a message that has begun, may take; then the connection is closed"
            )
        }
    }
}
