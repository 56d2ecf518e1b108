import Bus
import DNS
import Directory
import EdgeKit
import Foundation
import Logging
import Messaging
import NIOCore
import NIOPosix
import NetworkKit
import Policy
import ServiceKit
import Synchronization
import TLS
import TestSupport
import Wire
import XMPPCore
import ZeroMQ

@testable import XMPPEdge

/// The XMPP side of a whole gateway on loopback.
///
/// The streams of xmpp-edge as they are, the real bus, and a sip-edge of the
/// test's own. Two of them federate with each other.
final class TestGateway: Sendable {
    let domain: String
    let federation: Federation
    /// The sip-edges, in the order of the directory.
    let sips: [SIPSide]
    let refusals = Recorder<RefusalRecord>()
    let metrics = MetricsRegistry()
    let edgeMetrics: EdgeMetrics
    let port: Int
    let directPort: Int
    private let tls: Shared<TLSContext?>
    /// How many milliseconds its clock goes before the host's.
    let clockAhead = Shared<Int64>(0)
    private let loop: any EventLoop
    private let xmppBus: RunningBus
    private let sipBuses: [RunningBus]
    private let listeners: [Listener]
    private let scratch: Scratch
    private let sipEdges: [EdgeRecord]

    /// The sip-edge, where there is one only.
    var sip: SIPSide { self.sips[0] }

    init(
        _ domain: String,
        identity: TestIdentity?,
        identityOf owner: String? = nil,
        trusting rootPEM: [UInt8],
        dialback: any DialbackKeys = TestDialback(),
        limits: Limits = Limits(),
        connectionLimits: ConnectionLimits = ConnectionLimits(),
        sipEdges: Int = 1,
        revocationLists: [[UInt8]] = [],
        resolver: ResolverConfiguration = ResolverConfiguration(upstream: .forwarders([])),
        allowsBidirectional: Bool = true
    ) async throws {
        self.domain = domain
        self.scratch = try Scratch("gateway")
        self.edgeMetrics = EdgeMetrics(self.metrics)
        let keys = self.scratch.file("keys").path
        try BusKeys.generate(in: keys)
        self.xmppBus = try await RunningBus(.xmppEdge, keys: keys)
        var sipBuses: [RunningBus] = []
        for _ in 0..<sipEdges { sipBuses.append(try await RunningBus(.sipEdge, keys: keys)) }
        sipBuses.sort { $0.bus.instance < $1.bus.instance }
        self.sipBuses = sipBuses
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        self.loop = loop

        let context = try identity.map { identity in
            try Self.context(identity, of: owner ?? domain, trusting: rootPEM, revocationLists: revocationLists)
        }
        let tls = Shared(context)
        self.tls = tls
        let clockAhead = self.clockAhead
        let refusals = self.refusals
        let surroundings = Surroundings(
            loop: loop,
            logger: Logger(label: domain) { _ in SwiftLogNoOpLogHandler() },
            metrics: self.edgeMetrics,
            limits: limits,
            allowsBidirectional: allowsBidirectional,
            resolver: ServiceResolver(try Resolver(resolver)),
            dialback: dialback,
            tlsContext: { tls.value },
            report: { refusals.record($0) },
            now: { WallClock.milliseconds() + clockAhead.value }
        )
        let federation = Federation(
            surroundings: surroundings,
            connectionLimits: connectionLimits,
            version: "test"
        )
        self.federation = federation
        let bus = self.xmppBus.bus
        try await loop.submit {
            federation.router.assumeIsolated { $0.attach { bus.traffic(on: loop, $0) } }
        }.get()
        let xmppEdge = EdgeRecord(kind: .xmpp, instance: bus.instance, endpoint: self.xmppBus.endpoint)
        self.sipEdges = sipBuses.map { EdgeRecord(kind: .sip, instance: $0.bus.instance, endpoint: $0.endpoint) }
        var sips: [SIPSide] = []
        for sipBus in sipBuses { sips.append(try await SIPSide(sipBus.bus, loop: loop, edge: xmppEdge)) }
        self.sips = sips
        let plain = try await federation.listen(on: Endpoint(host: "127.0.0.1", port: 0), isDirectTLS: false)
        self.port = plain.port
        guard context != nil else {
            self.directPort = 0
            self.listeners = [plain]
            return
        }
        let direct = try await federation.listen(on: Endpoint(host: "127.0.0.1", port: 0), isDirectTLS: true)
        self.directPort = direct.port
        self.listeners = [plain, direct]
    }

    /// Takes a policy into use in which `partners` are the partners, all of their contacts trusted.
    ///
    /// `domain` is whose gateway it is then, if not the one it was made for; without `hasSIPEdges` the directory has none, and with
    /// `missing` not that one of them.
    func federate(
        with partners: [Partner],
        settings: GatewaySettings = GatewaySettings(xmppAccess: true),
        domain: String? = nil,
        hasSIPEdges: Bool = true,
        missing: Int? = nil
    ) async throws {
        let snapshot = PolicySnapshot(
            sequence: 1,
            epoch: "test",
            settings: settings,
            partners: partners,
            domains: [LocalDomain(domain: domain ?? self.domain)],
            edges: hasSIPEdges ? self.sipEdges.indices.filter { $0 != missing }.map { self.sipEdges[$0] } : []
        )
        let router = self.federation.router
        try await self.loop.submit { router.assumeIsolated { $0.policyChanged(PolicyState(snapshot)) } }.get()
    }

    private static func context(
        _ identity: TestIdentity,
        of owner: String,
        trusting rootPEM: [UInt8],
        revocationLists: [[UInt8]]
    ) throws -> TLSContext {
        try TLSContext(
            .init(
                identities: [
                    try TLSIdentity(
                        names: [owner],
                        certificateChainPEM: identity.chainPEM,
                        privateKeyPEM: identity.keyPEM
                    )
                ],
                trustRootsPEM: rootPEM,
                revocationLists: revocationLists
            )
        )
    }

    /// Takes another certificate, other trust roots and revocation lists into use, as cert-service would have it.
    func use(_ identity: TestIdentity, trusting rootPEM: [UInt8], revocationLists: [[UInt8]] = []) async throws {
        self.tls.value = try Self.context(
            identity,
            of: self.domain,
            trusting: rootPEM,
            revocationLists: revocationLists
        )
        let router = self.federation.router
        try await self.loop.submit { router.assumeIsolated { $0.certificatesChanged() } }.get()
    }

    /// Another gateway as a partner, by certificate.
    func toPartner(_ domain: String, _ gateway: TestGateway) -> Partner {
        Partner(domain: domain, kind: .federated, proxyFQDN: "127.0.0.1:\(gateway.port)")
    }

    /// The index of the sip-edge that owns what passes between two.
    func ownerOfConversation(of user: Address, with contact: Address) -> Int {
        let owner = EdgeDirectory(self.sipEdges).owner(ofLocalUser: user, contact: contact)
        return self.sipEdges.firstIndex { $0 == owner } ?? 0
    }

    /// Stops as the service does.
    func stop() async throws {
        for listener in self.listeners { try await listener.close().get() }
        await self.federation.drain()
        await self.xmppBus.stop()
        for sipBus in self.sipBuses { await sipBus.stop() }
    }

    /// Ends the bus of a sip-edge, as a killed one does, once that there is a connection; and waits until that is known to be lost.
    func kill(_ index: Int) async throws {
        await self.sipBuses[index].stop()
        try await eventually("the connection to be lost") {
            self.xmppBus.metrics.prometheusText().contains("isthmus_bus_lost_connections_total 1")
        }
    }

    /// Closes the listeners only.
    func stopListening() async throws {
        for listener in self.listeners { try await listener.close().get() }
    }
}

/// The sip-edge of a test: keeps what it is handed, and answers as it is told.
final class SIPSide: Sendable {
    typealias FateOf = @Sendable (NeutralMessage) -> Result<Taken, DeliveryFailure>?

    let received = Recorder<NeutralMessage>()
    let answers = Recorder<(number: UInt64, result: Result<Taken, DeliveryFailure>)>()
    /// Those of the ``answers`` that may go to another edge.
    let givenBack = Recorder<UInt64>()
    private let port: TrafficPort
    private let loop: any EventLoop
    private let edge: EdgeRecord
    private let shared: Shared

    /// What both the loop and the test touch.
    private final class Shared: Sendable {
        let state = Mutex(State())
        /// Messages that wait for ``SIPSide/release()``; `nil` if none has to wait.
        let held = Mutex<[TrafficToken]?>(nil)
    }

    /// A structure and no tuple: a closure in a tuple is wrapped once more each time it is taken out of a `Mutex`, until there is no
    /// stack for all of its wrappings.
    private struct State {
        var port: TrafficPort?
        var fate: FateOf = { _ in .success(Taken()) }
        /// What a new message is given back with.
        var refusal: DeliveryFailure?
        /// Takes the place of the recorders.
        var observer: (@Sendable (TrafficEvent) -> Void)?
    }

    init(_ bus: Bus, loop: any EventLoop, edge: EdgeRecord) async throws {
        self.loop = loop
        self.edge = edge
        let shared = Shared()
        let (received, answers, givenBack) = (self.received, self.answers, self.givenBack)
        let port = bus.traffic(on: loop) { events in
            let observer = shared.state.withLock { $0.observer }
            for event in events {
                observer?(event)
                switch event {
                case .received(let message, let token, _):
                    if observer == nil { received.record(message) }
                    if let refusal = shared.state.withLock({ $0.refusal }) {
                        shared.state.withLock { $0.port }?.giveBack(token, refusal)
                        continue
                    }
                    if shared.held.withLock({ held in held?.append(token) != nil }) { continue }
                    let state = shared.state.withLock { $0 }
                    if let result = state.fate(message) { state.port?.answer(token, result) }
                case .answered(let number, let result):
                    if observer == nil { answers.record((number, result)) }
                case .givenBack(let number, let failure, _):
                    givenBack.record(number)
                    if observer == nil { answers.record((number, .failure(failure))) }
                }
            }
        }
        self.port = port
        self.shared = shared
        shared.state.withLock { $0.port = port }
        try await loop.submit { port.update(peers: [edge]) }.get()
    }

    /// From now on messages have this fate; `nil` leaves it open.
    func answer(_ fate: @escaping FateOf) { self.shared.state.withLock { $0.fate = fate } }

    /// From now on `observer` sees what arrives, on the event loop, and nothing is kept.
    func observe(_ observer: @escaping @Sendable (TrafficEvent) -> Void) {
        self.shared.state.withLock { $0.observer = observer }
    }

    /// From now on messages are given back, as by an edge that stops.
    func giveBack() { self.shared.state.withLock { $0.refusal = .noSIPEdge } }

    /// From now on messages wait for ``release()``.
    func hold() { self.shared.held.withLock { $0 = [] } }

    /// Takes all that waits, and what comes from now on.
    func release() {
        let tokens = self.shared.held.withLock { held in
            defer { held = nil }
            return held ?? []
        }
        self.loop.execute { [port] in
            for token in tokens { port.answer(token, .success(Taken())) }
            port.flush()
        }
    }

    /// Hands messages to the xmpp-edge, in one batch.
    func send(_ messages: [NeutralMessage], timeout: Duration = .seconds(20)) async throws -> [UInt64?] {
        try await self.loop.submit { [port, edge] in
            defer { port.flush() }
            return messages.map { port.send($0, to: edge.instance, timeout: timeout) }
        }.get()
    }

    /// Hands messages to the xmpp-edge, and says under which number before any of them is answered; `nil`: not taken.
    func send(
        _ messages: [NeutralMessage],
        timeout: Duration = .seconds(20),
        numbered: @escaping @Sendable (Int, UInt64?) -> Void
    ) async throws {
        try await self.loop.submit { [port, edge] in
            for (index, message) in messages.enumerated() {
                numbered(index, port.send(message, to: edge.instance, timeout: timeout))
            }
            port.flush()
        }.get()
    }

    /// The texts of the messages received so far.
    var texts: [String] {
        self.received.values.compactMap { message in
            if case .instantMessage(let content) = message.content { content.body.first?.text } else { nil }
        }
    }
}
