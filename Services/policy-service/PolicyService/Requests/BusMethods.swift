import Bus
import Logging
import Messaging
import Policy
import Wire

/// What the other services may ask of this one.
///
/// Who may call which method is checked by the bus; that an edge speaks for edges of its own kind only is checked here.
struct BusMethods: Sendable {
    /// A page of subscriptions on the bus is never longer.
    static let maximumPage = 2_000

    let engine: PolicyEngine
    let store: any PolicyStore
    let subscriptions: SubscriptionWriter
    let refusals: RefusalLog
    let others: any OtherServices
    let logger: Logger

    init(
        engine: PolicyEngine,
        store: any PolicyStore,
        refusals: RefusalLog,
        others: any OtherServices,
        logger: Logger
    ) {
        self.engine = engine
        self.store = store
        self.subscriptions = SubscriptionWriter { try await store.apply($0) }
        self.refusals = refusals
        self.others = others
        self.logger = logger
    }

    /// Answers a request of `caller`: the service whose key the connection has proven to own.
    func answer(_ request: Body, from caller: ServiceName) async -> Result<Body, Failure> {
        do {
            return .success(try await self.reply(to: request, from: caller))
        } catch let failure as Failure {
            return .failure(failure)
        } catch BusFailure.remote(let failure) {
            return .failure(failure)
        } catch let failure as BusFailure {
            return .failure(Failure(.unavailable, "\(failure)"))
        } catch {
            self.logger.error("Request failed", metadata: ["error": "\(error)"])
            return .failure(Failure(.internal, "the store of policy-service failed"))
        }
    }

    /// The longest name of a user ([RFC 7622 §3.3](https://www.rfc-editor.org/rfc/rfc7622#section-3.3)) and of a domain, in bytes.
    private static let maximumLengths = (user: 1_023, domain: 255)

    /// Whether a subscription is one that can be kept: of two people, with names that people have.
    private static func check(_ subscription: SubscriptionRecord) throws(Failure) {
        for address in [subscription.watcher, subscription.presentity] {
            guard (address.user?.utf8.count ?? 0) <= self.maximumLengths.user,
                address.domain.utf8.count <= self.maximumLengths.domain
            else { throw Failure(.invalid, "an address is too long") }
            guard address.instance == nil, !address.domain.isEmpty else {
                throw Failure(.invalid, "a subscription is of users, not of their devices")
            }
        }
    }

    private func reply(to request: Body, from caller: ServiceName) async throws -> Body {
        switch request {
        case .policySnapshotRequest:
            return .policySnapshot(await self.engine.currentSnapshot())
        case .edgeHeartbeat(let heartbeat):
            guard heartbeat.edge.kind.rawValue == caller.rawValue else {
                throw Failure(.notAllowed, "\(caller.rawValue) is no \(heartbeat.edge.kind.rawValue)")
            }
            guard await self.engine.heard(from: heartbeat) else { throw Failure(.overloaded, "too many edges") }
            return .acknowledged
        case .edgeDeparture(let instance):
            if let edge = await self.engine.state.edges[instance], edge.kind.rawValue != caller.rawValue {
                throw Failure(.notAllowed, "\(instance) is another kind of edge")
            }
            await self.engine.left(instance: instance)
            return .acknowledged
        case .edgeWithdrawal(let instance):
            guard await self.engine.state.edges[instance]?.kind.rawValue == caller.rawValue else {
                throw Failure(.notAllowed, "\(instance) is no \(caller.rawValue)")
            }
            return try await self.others.ask(.dnsWithdrawal(instance: instance), of: .dnsPublisher)
        case .subscriptionPut(let subscription):
            try Self.check(subscription)
            try await self.subscriptions.write(.put(subscription))
            return .acknowledged
        case .subscriptionRemove(let key):
            try await self.subscriptions.write(.remove(key))
            return .acknowledged
        case .subscriptionQuery(var query):
            query.limit = min(max(query.limit, 1), Self.maximumPage)
            return .subscriptionPage(try await self.store.subscriptions(query))
        case .refusals(let records):
            await self.refusals.add(records)
            return .acknowledged
        case .failure, .acknowledged, .beat, .traffic, .policySnapshot, .policyDelta, .subscriptionPage, .streamQuery,
            .streamPage, .sipRelay, .sipRelayed, .messageTest, .messageTestResult, .partnerTest, .routeTest,
            .testSteps, .dialbackKeyRequest, .dialbackKey,
            .dialbackVerifyRequest,
            .dialbackVerdict,
            .dialbackStatusRequest, .dialbackStatus, .dialbackRotation,
            .identitiesRequest, .identities, .certificatesChanged, .certificateList, .certificateInventory,
            .certificateSigningRequest, .certificateRequested, .certificateImport, .certificateAssignment,
            .certificateAssignmentPreview, .certificateRemoval, .certificateRenewal, .certificateEnsure,
            .certificateResult, .trustRootList,
            .trustRoots,
            .trustRootAddition, .trustRootRemoval, .certificateCheck, .certificateReport, .certificateExport,
            .certificateExported, .masterKeyRotation, .masterKeyRotated, .dnsPlanRequest, .dnsPlan, .dnsApply,
            .dnsResult, .dnsZoneRequest,
            .dnsZone, .dnsChallenge, .dnsAssociations, .dnsAssociationsState, .dnsWithdrawal, .dnsWithdrawalState,
            .certificateRevocation, .acmeAccountOrder, .acmeAccount:
            throw Failure(.unsupported, "policy-service does not serve this")
        }
    }
}
