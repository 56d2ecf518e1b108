import Bus
import Foundation
import Logging
import Messaging
import NIOPosix
import Policy
import SIPCore
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import SIPEdge

/// A sip-edge as it is, on loopback, with the real bus; the services around it are the test's.
///
/// `sip.test` is our domain, `xmpp.test` the partner's.
final class TestEdge: Sendable {
    let control: ControlPlane
    let xmpp: XMPPSide
    let edge: SIPEdge
    let metrics: MetricsRegistry
    private let group: ServiceGroup
    private let task: Task<Void, any Error>
    let scratch: Scratch

    init(
        partner: Partner = Partner(domain: "xmpp.test", kind: .federated),
        routes: [StaticRoute] = [],
        hosts: [HostAuthorization] = [HostAuthorization(host: "127.0.0.1")],
        domains: [LocalDomain] = [LocalDomain(domain: "sip.test", xmppAccess: true)],
        users: [UserRecord] = [],
        records: [SubscriptionRecord] = [],
        identities: [ServiceIdentity] = [],
        roots: [UInt8] = [],
        withXMPPEdge: Bool = true,
        otherEdges: [EdgeRecord] = [],
        gateway: GatewaySettings = GatewaySettings(),
        settings: [String: String] = [:],
        drainTime: Duration = .milliseconds(500),
        log: LogCollector? = nil
    ) async throws {
        self.scratch = try Scratch("sip-edge")
        let keys = self.scratch.file("keys").path
        try BusKeys.generate(in: keys)
        self.xmpp = try await XMPPSide(keys: keys, loop: MultiThreadedEventLoopGroup.singleton.next())
        let snapshot = PolicySnapshot(
            sequence: 1,
            epoch: "test",
            settings: gateway,
            partners: [partner],
            domains: domains,
            users: users,
            routes: routes,
            hosts: hosts,
            edges: (withXMPPEdge ? [self.xmpp.record] : []) + otherEdges
        )
        self.control = try await ControlPlane(keys: keys, snapshot, identities: identities, roots: roots)
        for record in records { self.control.keep(record) }

        var values = [
            "bus.keys": keys, "bus.listen": "127.0.0.1:\(try FreePort.any())",
            "sip.tcp": "127.0.0.1:0", "sip.tls": identities.isEmpty ? "" : "127.0.0.1:0",
            // Tests of other things need not wait for it (RFC 3856 §6.10).
            "sip.notify-interval": "0s",
        ]
        values.merge(self.control.addresses) { $1 }
        values.merge(settings) { $1 }
        var reader = SettingsReader(SettingsSource(values: values))
        var configuration = SIPEdge.Configuration(&reader)
        // What a test leaves open at its end keeps nobody.
        configuration.drainTime = drainTime
        let mistakes = reader.finish()
        guard mistakes.isEmpty else { throw BadSettings(mistakes: mistakes) }
        let logger = LogCollector.logger("sip-edge", to: log)
        let context = ServiceContext(name: "sip-edge", instance: "sip-edge", logger: logger)
        self.metrics = context.metrics
        let edge = try SIPEdge(configuration, context: context)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [edge], logger: logger))
        self.edge = edge
        self.group = group
        self.task = Task { try await group.run() }
        try await eventually("the edge is ready: \(context.health.conditions)") {
            let port = await edge.server.tcpPort
            return port != nil && self.record != nil && (context.health.isReady || identities.isEmpty)
        }
        let record = try await eventually("the edge is registered") { self.record }
        try await self.xmpp.connect(to: record)
        try await eventually("the edge works with the policy that has it in it") {
            let isKnown = await edge.server.policy.edges[record.instance] != nil
            let hasRestored = await edge.server.hasRestored
            return isKnown && hasRestored
        }
    }

    var record: EdgeRecord? {
        self.control.edges.first { $0.kind == .sip && $0.instance == self.edge.server.bus.instance }
    }

    func port() async -> Int { await self.edge.server.tcpPort ?? 0 }
    func tlsPort() async -> Int { await self.edge.server.tlsPort ?? 0 }

    /// Hands a message to the edge, and waits for its fate.
    func send(
        _ content: NeutralMessage.Content,
        from: String = "juliet@xmpp.test",
        to: String = "romeo@sip.test"
    ) async throws
        -> Result<Taken, DeliveryFailure>
    {
        let record = try #require(self.record)
        let message = NeutralMessage(id: MessageID("test"), from: address(from), to: address(to), content: content)
        let number = try await eventually("the edge is connected on the bus") {
            try await self.xmpp.send(message, to: record)
        }
        return try await eventually("the message has a fate") {
            self.xmpp.answers.values.first { $0.number == number }?.result
        }
    }

    /// Stops as a service does.
    func stop() async {
        await self.group.triggerGracefulShutdown()
        _ = await self.task.result
        await self.control.stop()
        await self.xmpp.bus.stop()
    }
}

func address(_ text: String) -> Address {
    let parts = text.split(separator: "@")
    return Address(user: String(parts[0]), domain: String(parts[1]))
}

/// A request of a SIP user, with everything that must be in one.
func request(
    _ method: Method,
    number: Int = 1,
    from: String = "romeo@sip.test",
    to: String = "juliet@xmpp.test",
    _ change: (inout Request) -> Void = { _ in }
) throws -> Request {
    var headers = Headers()
    headers.append(.via, "SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bKtest\(number);rport")
    headers.append(.maxForwards, "70")
    headers.append(.from, "<sip:\(from)>;tag=romeo\(number)")
    headers.append(.to, "<sip:\(to)>")
    headers.append(.callID, "call-\(number)")
    headers.append(.cSeq, "\(number) \(method.name)")
    var request = Request(method, uri: try SIPURI(parsing: "sip:\(to)"), headers: headers)
    if method == .message {
        request.headers.append(.contentType, "text/plain")
        request.body = Array("Hello".utf8)
    }
    if method == .subscribe {
        request.headers.append(.event, "presence")
        request.headers.append(.contact, "<sip:romeo@127.0.0.1:5999;transport=tcp>")
    }
    change(&request)
    return request
}

/// The test's own settings are wrong.
struct BadSettings: Error { let mistakes: [SettingsMistake] }
