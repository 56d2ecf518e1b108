import Logging
import Wire

/// What the other services may ask of this one. Who may ask what is checked by the bus.
struct BusMethods: Sendable {
    /// A page of subscriptions on the bus is never longer.
    static let maximumPage = 2_000

    let engine: PolicyEngine
    let store: any PolicyStore
    let refusals: RefusalLog
    let logger: Logger

    func answer(_ request: Body) async -> Result<Body, Failure> {
        do {
            return .success(try await self.reply(to: request))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            self.logger.error("Request failed", metadata: ["error": "\(error)"])
            return .failure(Failure(.internal, "the store of policy-service failed"))
        }
    }

    private func reply(to request: Body) async throws -> Body {
        switch request {
        case .policySnapshotRequest:
            return .policySnapshot(await self.engine.snapshot)
        case .edgeHeartbeat(let heartbeat):
            await self.engine.heard(from: heartbeat)
            return .acknowledged
        case .edgeDeparture(let instance):
            await self.engine.left(instance: instance)
            return .acknowledged
        case .subscriptionPut(let subscription):
            try await self.store.put(subscription)
            return .acknowledged
        case .subscriptionRemove(let key):
            try await self.store.remove(key)
            return .acknowledged
        case .subscriptionQuery(var query):
            query.limit = min(max(query.limit, 1), Self.maximumPage)
            return .subscriptionPage(try await self.store.subscriptions(query))
        case .refusals(let records):
            await self.refusals.add(records)
            return .acknowledged
        case .failure, .acknowledged, .beat, .traffic, .policySnapshot, .policyDelta, .subscriptionPage, .streamQuery,
            .streamPage, .dialbackKeyRequest, .dialbackKey, .dialbackVerifyRequest, .dialbackVerdict,
            .identitiesRequest, .identities, .certificatesChanged, .certificateList, .certificateInventory,
            .certificateSigningRequest, .certificateRequested, .certificateImport, .certificateAssignment,
            .certificateRemoval, .certificateEnsure, .certificateResult, .trustRootList, .trustRoots,
            .trustRootAddition, .trustRootRemoval, .dnsPlanRequest, .dnsPlan, .dnsApply, .dnsResult, .dnsZoneRequest,
            .dnsZone:
            throw Failure(.unsupported, "policy-service does not serve this")
        }
    }
}
