import DNS
import Messaging
import Policy
import TLS
import TestSupport
import Testing

/// The live matrix of SPEC §3: what is varied.
///
/// The table and the expected outcomes are written from the SPEC's text; nothing of the code under test is asked.
enum Matrix {
    /// The methods column; the raw value is what `isthmusctl streams` shows.
    enum Method: String, Sendable {
        case saslTLS = "sasl-external"
        case tlsDialback = "tls-dialback"
        case tcpDialback = "tcp-dialback"
    }

    /// What the peer's certificate is like.
    enum Certificate: String, CaseIterable, Sendable {
        case none
        case expired
        case wrongName = "wrong"
        case untrusted
        case good
    }

    /// A row of the negotiation table.
    struct Row: Sendable, CustomTestStringConvertible {
        let number: Int
        let tls: Negotiation
        let sasl: Negotiation
        let dialback: Bool
        let methods: [Method]

        init(_ number: Int, _ tls: Negotiation, _ sasl: Negotiation, _ dialback: Bool, _ methods: [Method]) {
            (self.number, self.tls, self.sasl, self.dialback) = (number, tls, sasl, dialback)
            self.methods = methods
        }

        var testDescription: String {
            "row \(self.number): TLS \(self.tls.rawValue), SASL \(self.sasl.rawValue), dialback \(self.dialback)"
        }

        /// Whether anything is to be had inside TLS.
        var offersTLS: Bool { self.methods.contains(.saslTLS) || self.methods.contains(.tlsDialback) }

        /// A partner with the settings of this row, whose server listens on `port` of this host, or is found by DNS.
        func partner(_ domain: String, port: Int?) -> Partner {
            Partner(
                domain: domain,
                kind: .federated,
                tls: self.tls,
                sasl: self.sasl,
                dialback: self.dialback,
                proxyFQDN: port.map { "127.0.0.1:\($0)" }
            )
        }
    }

    /// Rows 5 and 11 are refused at commit, 6, 12, 14, 16 and 18 are invalid: an import may contain them all the same.
    static let rows: [Row] = [
        Row(1, .required, .required, true, [.saslTLS]),
        Row(2, .required, .required, false, [.saslTLS]),
        Row(3, .optional, .required, true, [.saslTLS, .tlsDialback, .tcpDialback]),
        Row(4, .optional, .required, false, [.saslTLS]),
        Row(5, .notSupported, .required, true, [.tcpDialback]),
        Row(6, .notSupported, .required, false, []),
        Row(7, .required, .optional, true, [.saslTLS, .tlsDialback]),
        Row(8, .required, .optional, false, [.saslTLS]),
        Row(9, .optional, .optional, true, [.saslTLS, .tlsDialback, .tcpDialback]),
        Row(10, .optional, .optional, false, [.saslTLS]),
        Row(11, .notSupported, .optional, true, [.tcpDialback]),
        Row(12, .notSupported, .optional, false, []),
        Row(13, .required, .notSupported, true, [.tlsDialback]),
        Row(14, .required, .notSupported, false, []),
        Row(15, .optional, .notSupported, true, [.tlsDialback, .tcpDialback]),
        Row(16, .optional, .notSupported, false, []),
        Row(17, .notSupported, .notSupported, true, [.tcpDialback]),
        Row(18, .notSupported, .notSupported, false, []),
    ]

    /// What the peer can do, under one row.
    struct Combination: Sendable {
        let row: Row
        let certificate: Certificate
        let startTLS: Bool
        let external: Bool
        let dialback: Bool

        /// The peer's domain: another one for each combination, so that one edge serves all at once.
        var domain: String {
            "r\(self.row.number)-\(self.certificate.rawValue)" + (self.startTLS ? "-tls" : "")
                + (self.external ? "-external" : "") + (self.dialback ? "-dialback" : "") + ".peer.example"
        }

        /// How a peer of each combination behaves that we call, by its domain.
        static func behaviours(of all: [Combination]) throws -> [String: CalledPeer.Behaviour] {
            let pairs = try all.map { combination in
                (
                    combination.domain,
                    CalledPeer.Behaviour(
                        startTLS: combination.startTLS,
                        external: combination.external,
                        dialback: combination.dialback,
                        tls: try Matrix.context(combination.certificate)
                    )
                )
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }

        static func all(of row: Row) -> [Combination] {
            let choices = [false, true]
            return Certificate.allCases.flatMap { certificate in
                choices.flatMap { startTLS in
                    choices.flatMap { external in
                        choices.map { dialback in
                            Combination(
                                row: row,
                                certificate: certificate,
                                startTLS: startTLS,
                                external: external,
                                dialback: dialback
                            )
                        }
                    }
                }
            }
        }
    }

    enum Outcome: Equatable, Sendable {
        /// And a stanza crossed.
        case established(Method)
        /// No stanza crossed; the edge ended the stream with this error, if with one, and recorded this reason.
        case refused(error: String?, RefusalReason)
    }

    static let local = "sip.example"

    /// A gateway under a policy with these partners; no commit is asked, as after an import.
    static func gateway(
        _ partners: [Partner],
        resolver: ResolverConfiguration = ResolverConfiguration(upstream: .forwarders([]))
    ) async throws -> TestGateway {
        let gateway = try await TestGateway(
            self.local,
            identity: try GatewayFederationTests.identity(self.local),
            trusting: try GatewayFederationTests.authority.get().rootPEM,
            resolver: resolver
        )
        try await gateway.federate(with: partners)
        return gateway
    }

    /// The TLS contexts of peers, by their certificate.
    static let contexts = Result {
        let authority = try GatewayFederationTests.authority.get()
        let name = "DNS:*.peer.example"
        let identities: [(Certificate, TestIdentity?)] = [
            (.none, nil),
            (.expired, try authority.issue(name, days: -1)),
            (.wrongName, try authority.issue("DNS:*.other.example")),
            (.untrusted, try TestAuthority("Stranger").issue(name)),
            (.good, try authority.issue(name)),
        ]
        return Dictionary(
            uniqueKeysWithValues: try identities.map { certificate, identity in
                let shown = try identity.map {
                    try TLSIdentity(names: ["peer"], certificateChainPEM: $0.chainPEM, privateKeyPEM: $0.keyPEM)
                }
                return (certificate, try TLSContext(.init(identities: shown.map { [$0] } ?? [])))
            }
        )
    }

    static func context(_ certificate: Certificate) throws -> TLSContext {
        try #require(self.contexts.get()[certificate])
    }

    static let startTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

    static func header(from domain: String, to: String = local, more: String = "") -> String {
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
            + "xmlns:db='jabber:server:dialback' version='1.0' from='\(domain)' to='\(to)'\(more)>"
    }

    /// A message whose text is the domain it comes from.
    static func stanza(from domain: String) -> String {
        "<message from='romeo@\(domain)' to='juliet@\(self.local)' type='chat'><body>\(domain)</body></message>"
    }

    /// `=`: the identity is the header's.
    static func auth(_ identity: String = "=") -> String {
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>\(identity)</auth>"
    }

    /// The key that a peer asserts, and that its authoritative server confirms.
    static func key(of domain: String) -> String { "key of \(domain)" }

    static func result(from domain: String) -> String {
        "<db:result from='\(domain)' to='\(self.local)'>\(self.key(of: domain))</db:result>"
    }
}
