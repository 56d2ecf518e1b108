public import Bus
public import ServiceKit
import Wire
import XML
import XMPPCore

extension XMPPEdge {
    /// The settings of xmpp-edge.
    public struct Configuration: ServiceConfiguration {
        public var bus: Bus.Configuration
        /// Where streams with STARTTLS are taken; several for several addresses.
        public var listen: [Endpoint]
        /// Where streams that begin with TLS are taken (XEP-0368).
        public var listenDirectTLS: [Endpoint]
        /// The addresses under which peers reach this edge, for DNS.
        public var publicAddresses: [String]
        /// The name servers asked, as `ADDRESS` or `ADDRESS@PORT`; empty for those of the system.
        public var resolver: [String]
        /// A file with the DNSSEC trust anchor.
        public var trustAnchor: String?
        public var usesSystemRoots: Bool
        public var limits: Limits

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .xmppEdge, settings: &settings)
            self.listen = settings.endpoints(
                "xmpp.listen",
                default: ["[::]:5269"],
                hint: "where servers reach us with STARTTLS, as HOST:PORT"
            )
            self.listenDirectTLS = settings.endpoints(
                "xmpp.listen-direct-tls",
                default: ["[::]:5270"],
                hint: "where servers reach us with TLS from the first byte (XEP-0368), as HOST:PORT"
            )
            self.publicAddresses = settings.list(
                "xmpp.public-addresses",
                hint: "the IP addresses under which other servers reach this edge; dns-publisher puts them into DNS"
            )
            self.resolver = settings.list(
                "dns.resolver",
                hint: "the name servers to ask, as ADDRESS or ADDRESS@PORT; empty for those of the system"
            )
            self.trustAnchor = settings.optionalPath("dns.trust-anchor", hint: "the file with the DNSSEC trust anchor")
            self.usesSystemRoots = settings.bool(
                "tls.system-roots",
                default: true,
                hint: "whether certificates of the operating system's authorities are trusted too"
            )
            self.limits = Limits(&settings)
        }
    }
}

/// What keeps one peer from harming the others.
public struct Limits: Equatable, Sendable {
    /// Connections from outside, and from one address (IPv6: one /64).
    public var connections: Int
    public var connectionsPerAddress: Int
    /// Bytes of a stanza of an authenticated peer.
    public var stanzaBytes: Int
    /// Stanzas that wait for one stream to a partner.
    public var queueLength: Int
    /// Stanzas written to one stream whose fate is not known yet.
    public var unacknowledged: Int
    /// Stanzas of one stream whose fate is not known yet; beyond it the stream is not read.
    public var unsettled: Int
    /// Outbound connections that only verify keys.
    public var verifiers: Int

    public init(
        connections: Int = 10_000,
        connectionsPerAddress: Int = 100,
        stanzaBytes: Int = 262_144,
        queueLength: Int = 1000,
        unacknowledged: Int = 2000,
        unsettled: Int = 1000,
        verifiers: Int = 100
    ) {
        self.connections = connections
        self.connectionsPerAddress = connectionsPerAddress
        self.stanzaBytes = stanzaBytes
        self.queueLength = queueLength
        self.unacknowledged = unacknowledged
        self.unsettled = unsettled
        self.verifiers = verifiers
    }

    init(_ settings: inout SettingsReader) {
        self.init()
        self.connections = settings.int(
            "xmpp.connection-limit",
            default: self.connections,
            in: 1...1_000_000,
            hint: "how many connections are taken from outside, all together"
        )
        self.connectionsPerAddress = settings.int(
            "xmpp.connection-limit-per-address",
            default: self.connectionsPerAddress,
            in: 1...1_000_000,
            hint: "how many connections are taken from one address, or one IPv6 /64"
        )
        self.stanzaBytes = settings.int(
            "xmpp.stanza-size-limit",
            default: self.stanzaBytes,
            in: 10_000...16_777_216,
            hint: "the largest stanza taken, in bytes; RFC 6120 §13.12 asks for at least 10000"
        )
        self.queueLength = settings.int(
            "xmpp.queue-limit",
            default: self.queueLength,
            in: 1...1_000_000,
            hint: "how many stanzas may wait for one stream to a partner; more are refused at once"
        )
    }

    /// What a peer may send before it is known: no more than negotiation needs.
    var beforeAuthentication: XMLLimits {
        XMLLimits(bytes: 16_384, elements: 64, attributes: 16, depth: 8, text: 8_192, streamBytes: 65_536)
    }

    /// What an authenticated peer may send in one stanza.
    var ofStanza: XMLLimits {
        XMLLimits(bytes: self.stanzaBytes, elements: 4096, attributes: 64, depth: 64, text: self.stanzaBytes)
    }
}
