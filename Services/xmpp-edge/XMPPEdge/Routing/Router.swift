import Bus
import Directory
import EdgeKit
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import TLS
import Wire
import XMPPCore

/// Where the streams of XMPP peers and the messages of SIP edges meet: decides, translates, hands on, and tells fates.
///
/// ```
///  inbound stream ─▶ policy ─▶ Interworking ─▶ owner sip-edge ─▶ fate ─▶ settled, or an error stanza
///  sip-edge ─▶ policy ─▶ Interworking ─▶ outbound stream ─▶ fate ─▶ answer to the sip-edge
/// ```
actor Router {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    let surroundings: Surroundings
    let responder: QueryResponder
    var policy = PolicyState()
    var directory = EdgeDirectory()
    /// Edges of the policy that have said that they take nothing more.
    var leaving: Set<String> = []
    private var traffic: TrafficPort?
    private var outboundStreams: OutboundStreams?
    private var identifiers = Identifiers()

    private var connections: [ObjectIdentifier: InboundConnection] = [:]
    /// Connections with bytes to write.
    private var touched: [InboundConnection] = []
    private var isFlushScheduled = false
    var counts = StreamCounts()
    let handshakes: AddressBudget
    let proofs: CertificateProofs
    private(set) var isDraining = false
    /// Where we take streams.
    var listeners: [SocketAddress] = []
    private var recentStreams = RecentStreamIDs()
    /// The way to the XMPP server of split domains, where there is one.
    var attachment: Attachment?
    /// Messages at sip-edges, by the number of their hand-over.
    var handedOver: [UInt64: HandOver] = [:]
    /// What waits for a sip-edge that is restarted.
    var absence = EdgeAbsence<HandOver>()
    /// Conversations that go from one sip-edge to another.
    var crossings = Crossings<HandOver>()
    /// Messages of administrators at sip-edges, by the same numbers: who is told of their end.
    var messageTests: [UInt64: @Sendable (DeliveryFailure?) -> Void] = [:]

    /// What SIP users without a name in the directory are called, as their latest requests said.
    var names: BoundedTable<Address, String>

    /// How long a sip-edge may take: well below every timer of the peers' transports.
    static let timeout = Duration.seconds(20)

    init(surroundings: Surroundings, version: String) {
        self.unownedExecutor = surroundings.executor
        self.surroundings = surroundings
        self.handshakes = AddressBudget(surroundings.limits.handshakes)
        self.names = BoundedTable(capacity: surroundings.limits.names)
        self.proofs = CertificateProofs(surroundings)
        self.responder = QueryResponder(software: "Isthmus", version: version)
    }

    /// Completes the router; called once, before anything else.
    func attach(_ open: (@escaping @Sendable ([TrafficEvent]) -> Void) -> TrafficPort) {
        self.traffic = open { events in self.assumeIsolated { $0.received(events) } }
        self.outboundStreams = OutboundStreams(router: self, surroundings: self.surroundings)
    }

    var outbound: OutboundStreams {
        guard let outboundStreams = self.outboundStreams else { preconditionFailure("the router is not attached") }
        return outboundStreams
    }

    // MARK: Policy

    /// Takes a new state of the policy into use: at once, for streams that live as well.
    func policyChanged(_ policy: PolicyState) {
        self.policy = policy
        self.counts.regroup(self.partnerKey)
        self.updateDirectory()
        self.traffic?.update(peers: policy.edges.values.filter { $0.kind == .sip })
        self.edgesChanged()
        for connection in self.connections.values {
            for pair in connection.assumeIsolated({ $0.pairs }) {
                guard let error = policy.endOfStreams(of: pair) else { continue }
                connection.assumeIsolated { $0.revoke(pair, error) }
            }
        }
        self.outbound.assumeIsolated { $0.policyChanged(policy) }
        self.proofs.assumeIsolated { $0.forgetFailures() }
    }

    /// What the policy says of a stream that a peer opens, and its certificate of the domain it claims.
    func verdict(local: String, remote: String?, certificate: PeerCertificate?) -> InboundStream.Verdict {
        guard !self.isDraining else { return .refused(StreamError(.systemShutdown)) }
        let offersTLS = self.hasCertificate(for: local)
        guard let remote else {
            guard self.policy.isLocal(local) else { return .refused(StreamError(.hostUnknown)) }
            return .allowed(.unknownPeer, certificate: .absent, offersTLS: offersTLS)
        }
        if let error = self.policy.objection(toStreamOf: DomainPair(local: local, remote: remote)) {
            return .refused(error)
        }
        guard let partner = self.policy.rules(forDomain: remote) else { return .refused(StreamError(.policyViolation)) }
        return .allowed(
            StreamRules(partner),
            certificate: self.verdict(on: certificate, of: remote, partner),
            offersTLS: offersTLS
        )
    }

    private func verdict(on certificate: PeerCertificate?, of domain: String, _ partner: Partner) -> CertificateVerdict
    {
        let requiresClientAuth = partner.requiresClientAuth
        let verdict = CertificateVerdict(certificate, domain: domain, requiresClientAuth: requiresClientAuth)
        // What no record in DNS can make up for need not be looked up.
        guard case .invalid(let reason) = verdict, let certificate, self.proofs.isEnabled,
            !requiresClientAuth || certificate.hasClientAuth
        else { return verdict }
        return .provable(reason)
    }

    /// Whether a partner's certificate must be one for TLS clients.
    func requiresClientAuth(_ domain: String) -> Bool {
        self.policy.rules(forDomain: domain)?.requiresClientAuth ?? false
    }

    /// How a stream to a partner may be made, or why not.
    func plan(for key: RouteKey) -> Result<RoutePlan, StreamEnd> {
        guard !self.isDraining else { return .failure(.shuttingDown) }
        if let error = self.policy.objection(toStreamOf: key.pair) { return .failure(.refused(error)) }
        guard let partner = self.policy.rules(forDomain: key.pair.remote) else {
            return .failure(.refused(StreamError(.policyViolation)))
        }
        let hasCertificate = self.hasCertificate(for: key.pair.local)
        return .success(
            RoutePlan(
                partner,
                settings: self.policy.settings,
                hasCertificate: hasCertificate,
                allowsBidirectional: self.surroundings.allowsBidirectional,
                maximumBytes: self.surroundings.limits.stanzaBytes
            )
        )
    }

    /// Whether stanzas of `pair` may go on a bidirectional stream that the partner opened and authenticated by `method`.
    func mayCarry(_ pair: DomainPair, authenticatedBy method: XMPPCore.AuthenticationMethod) -> Bool {
        guard !self.isDraining, self.policy.objection(toStreamOf: pair) == nil,
            let partner = self.policy.rules(forDomain: pair.remote)
        else { return false }
        return StreamRules(partner).allows(method)
    }

    private func hasCertificate(for domain: String) -> Bool {
        self.surroundings.tlsContext()?.names.contains(domain) ?? false
    }

    // MARK: Connections

    /// Adds the handlers of a new connection.
    func accept(_ channel: any Channel, isDirectTLS: Bool) throws {
        let timings = StreamTimings(self.policy.settings)
        // Nothing can be said to the peer before TLS, and beginning it is what is limited.
        if isDirectTLS, let address = channel.remoteAddress, let limit = self.limit(handshakeOf: address) {
            var facts = StreamFacts(.inbound)
            facts.port = address.port
            facts.limit = limit
            self.refused(
                stream: nil,
                peer: address.ipAddress ?? "\(address)",
                .refused(limit.streamError),
                answer: "closed",
                facts: facts
            )
            throw limit.streamError
        }
        let connection = try InboundConnection(
            channel,
            isDirectTLS: isDirectTLS,
            timings: timings,
            router: self,
            surroundings: self.surroundings
        )
        try InboundPipeline.add(
            connection,
            to: channel,
            isDirectTLS: isDirectTLS,
            context: self.surroundings.tlsContext()
        )
        self.connections[ObjectIdentifier(connection)] = connection
        connection.assumeIsolated { $0.start(deadline: timings.establishment) }
    }

    func closed(_ connection: InboundConnection) { self.connections[ObjectIdentifier(connection)] = nil }

    func listens(on address: SocketAddress) { self.listeners.append(address) }

    /// Whether a stream of that id came in here.
    func hasInboundStream(_ id: String) -> Bool { self.recentStreams.contains(id) }

    func newStreamID() -> String {
        let id = self.identifiers.streamID()
        self.recentStreams.insert(id)
        return id
    }

    func newMessageID() -> MessageID { self.identifiers.messageID() }

    func verify(_ verification: OutboundStream.Verification, key: String, for connection: InboundConnection) {
        self.outbound.assumeIsolated { $0.verify(verification, key: key, for: connection) }
    }

    // MARK: Batches

    /// Writes `connection` out with the batch.
    func touch(_ connection: InboundConnection) {
        if self.touched.last !== connection { self.touched.append(connection) }
        self.flushSoon()
    }

    /// Writes everything out once what the loop has now is done: one write per stream, one frame per edge.
    func flushSoon() {
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        self.surroundings.loop.assumeIsolated().execute { self.assumeIsolated { $0.flush() } }
    }

    private func flush() {
        self.isFlushScheduled = false
        self.outbound.assumeIsolated { $0.flush() }
        let touched = self.touched
        self.touched.removeAll(keepingCapacity: true)
        for connection in touched { connection.assumeIsolated { $0.flush() } }
        self.traffic?.flush()
    }

    // MARK: Traffic

    /// Hands a message to a sip-edge.
    ///
    /// - Returns: the number under which its fate comes back; `nil` if that edge is not there or has too much to do.
    func handOver(_ message: NeutralMessage, to instance: String, within timeout: Duration = Router.timeout) -> UInt64?
    {
        self.flushSoon()
        return self.traffic?.send(message, to: instance, timeout: timeout)
    }

    func answer(_ token: TrafficToken, _ result: Result<Taken, DeliveryFailure>) {
        self.traffic?.answer(token, result)
        self.flushSoon()
    }

    /// Gives back a message that never got onto a stream, because this edge stops.
    func giveBack(_ token: TrafficToken) {
        self.traffic?.giveBack(token, StreamEnd.shuttingDown.failure)
        self.flushSoon()
    }

    // MARK: End

    /// Takes no new streams and reads no more stanzas; what is under way is finished.
    func drain() {
        self.isDraining = true
        self.refuseWaiting { $0.giveUp() }
        for connection in self.connections.values { connection.assumeIsolated { $0.stopReading() } }
        self.outbound.assumeIsolated { $0.drain() }
        self.attachment?.assumeIsolated { $0.drain() }
    }

    /// Whether the fate of everything is known.
    var isSettled: Bool {
        self.handedOver.isEmpty && self.outbound.assumeIsolated { $0.isSettled }
            && self.attachment?.assumeIsolated { $0.isSettled } ?? true
            && self.connections.values.allSatisfy { connection in connection.assumeIsolated { $0.isSettled } }
    }

    /// Ends all streams.
    func shutDown() {
        for connection in self.connections.values { connection.assumeIsolated { $0.shutDown() } }
        self.outbound.assumeIsolated { $0.shutDown() }
        self.attachment?.assumeIsolated { $0.shutDown() }
        self.flush()
    }

    var hasConnections: Bool { !self.connections.isEmpty }
    var inboundConnections: [InboundConnection] { Array(self.connections.values) }

    var descriptions: [StreamDescription] {
        self.connections.values.map { connection in connection.assumeIsolated { $0.description } }
            + self.outbound.assumeIsolated { $0.descriptions }
            + (self.attachment?.assumeIsolated { $0.description }.map { [$0] } ?? [])
    }
}
