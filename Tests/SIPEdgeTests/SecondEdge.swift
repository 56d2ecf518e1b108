import Foundation
import Logging
import Policy
import ServiceKit
import ServiceLifecycle
import TestSupport

@testable import SIPEdge

/// Another sip-edge of the same gateway: with the services, keys and policy of a ``TestEdge``.
final class SecondEdge: Sendable {
    let edge: SIPEdge
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    init(beside first: TestEdge) async throws {
        var values = [
            "bus.keys": first.scratch.file("keys").path, "bus.listen": "127.0.0.1:\(try FreePort.any())",
            "sip.tcp": "127.0.0.1:0", "sip.tls": "",
        ]
        values.merge(first.control.addresses) { $1 }
        var reader = SettingsReader(SettingsSource(values: values))
        let configuration = SIPEdge.Configuration(&reader)
        let mistakes = reader.finish()
        guard mistakes.isEmpty else { throw BadSettings(mistakes: mistakes) }
        let logger = LogCollector.logger("sip-edge", to: nil)
        let context = ServiceContext(name: "sip-edge", instance: "sip-edge", logger: logger)
        let edge = try SIPEdge(configuration, context: context)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [edge], logger: logger))
        self.edge = edge
        self.group = group
        self.task = Task { try await group.run() }
        try await eventually("both edges know of each other") {
            let here = await edge.server.sipEdgeCount
            let there = await first.edge.server.sipEdgeCount
            let port = await edge.server.tcpPort
            let hasRestored = await edge.server.hasRestored
            return here == 2 && there == 2 && port != nil && hasRestored
        }
    }

    func port() async -> Int { await self.edge.server.tcpPort ?? 0 }

    /// Stops as a service does.
    func stop() async {
        await self.group.triggerGracefulShutdown()
        _ = await self.task.result
    }
}
