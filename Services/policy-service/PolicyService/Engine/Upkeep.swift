import Policy
import ServiceKit
import ServiceLifecycle

/// What is to be done about once a second: silent edges are forgotten, refusals are written.
struct Upkeep: Service {
    let engine: PolicyEngine
    let refusals: RefusalLog
    let tokens: Tokens
    let metrics: MetricsRegistry

    func run() async throws {
        let version = self.metrics.gauge("isthmus_policy_version", help: "The version of the configuration in force")
        let edges = EdgeRecord.Kind.allCases.map { kind in
            (kind, self.metrics.gauge("isthmus_edges", help: "Live edges by kind", labels: ["kind": kind.rawValue]))
        }
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                await self.engine.expireEdges(asked: self.engine.now())
                await self.tokens.refresh()
                await self.refusals.flush()
                version.set(Double(await self.engine.version))
                let entries = await self.engine.edges
                for (kind, gauge) in edges { gauge.set(Double(entries.count { $0.edge.kind == kind })) }
            }
        }
        await self.refusals.flush()
    }
}
