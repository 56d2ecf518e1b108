import Logging
import Policy
import Wire

/// The directory of live edges.
extension PolicyEngine {
    /// The live edges and what they said of themselves.
    var edges: [EdgeRegistry.Entry] { self.registry.entries }

    /// - Returns: Whether there was room for it.
    func heard(from heartbeat: EdgeHeartbeat) async -> Bool {
        if let shared { return await self.heard(from: heartbeat, shared) }
        switch self.registry.heard(from: heartbeat.edge, heartbeat.status, at: self.now()) {
        case .known: return true
        case .full: return false
        case .changed: break
        }
        let edge = heartbeat.edge
        let displaced = self.registry.displace(by: edge)
        self.take(displaced.map { .edgeRemoved(instance: $0) } + [.edge(edge)])
        self.logger.notice("Edge joined or changed", metadata: Self.metadata(edge))
        for instance in displaced { await self.forget(displaced: instance, by: edge) }
        await self.remember("edge", { try await $0.put(edge) })
        return true
    }

    /// An edge that was killed and started again would be listed twice at one address until its heartbeat is missed: what is sent to the two
    /// goes by two connections, and would lose its order.
    func forget(displaced instance: String, by edge: EdgeRecord) async {
        self.logger.notice(
            "Edge replaced by another at its address",
            metadata: Self.metadata(edge).merging(["edge.replaced": "\(instance)"]) { $1 }
        )
        await self.remember("edge", { try await $0.removeEdge(instance: instance) })
    }

    func left(instance: String) async {
        if self.shared != nil {
            await self.remember("edge", { try await $0.removeEdge(instance: instance) })
            return await self.followOrWarn()
        }
        guard self.registry.left(instance) else { return }
        self.take([.edgeRemoved(instance: instance)])
        self.logger.notice("Edge left", metadata: ["edge.instance": "\(instance)"])
        await self.remember("edge", { try await $0.removeEdge(instance: instance) })
    }

    /// Forgets the edges that have been silent for too long, as of the moment `asked`; without one, of now.
    ///
    /// To be called about once a second. If this call has to wait, so have the heartbeats behind it: an edge must not be lost because it was
    /// not listened to.
    func expireEdges(asked: Moment? = nil) async {
        if let shared { return await self.expireEdges(shared) }
        for instance in self.registry.expire(at: asked ?? self.now()) {
            self.take([.edgeRemoved(instance: instance)])
            self.logger.warning("Edge lost: no heartbeat", metadata: ["edge.instance": "\(instance)"])
            await self.remember("edge", { try await $0.removeEdge(instance: instance) })
        }
    }

    /// Writes what is worth keeping but not worth refusing for.
    func remember(_ what: String, _ write: (any PolicyStore) async throws -> Void) async {
        do {
            try await write(self.store)
        } catch {
            self.logger.error("Not written", metadata: ["what": "\(what)", "error": "\(error)"])
        }
    }

    static func metadata(_ edge: EdgeRecord) -> Logger.Metadata {
        [
            "edge.instance": "\(edge.instance)", "edge.kind": "\(edge.kind.rawValue)",
            "edge.endpoint": "\(edge.endpoint)", "edge.draining": "\(edge.isDraining)",
        ]
    }
}
