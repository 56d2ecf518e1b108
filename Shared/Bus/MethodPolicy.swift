internal import Wire

/// Who serves a method, and who may call it.
///
/// The caller is the service whose key the connection has proven to own; nothing in a payload changes that.
struct MethodPolicy: Equatable, Sendable {
    let servers: Set<ServiceName>
    let callers: Set<ServiceName>

    private init(servers: Set<ServiceName>, callers: Set<ServiceName>) {
        self.servers = servers
        self.callers = callers
    }

    private static let edges: Set<ServiceName> = [.xmppEdge, .sipEdge]
    private static let followers: Set<ServiceName> = [.xmppEdge, .sipEdge, .certService, .dnsPublisher]

    /// The rule for a request; `nil` for what is no request: answers, publications, traffic.
    init?(for body: Body) {
        switch body {
        case .policySnapshotRequest:
            self.init(servers: [.policyService], callers: Self.followers)
        case .subscriptionPut, .subscriptionRemove, .subscriptionQuery, .edgeHeartbeat, .edgeDeparture, .refusals,
            .edgeWithdrawal:
            self.init(servers: [.policyService], callers: Self.edges)
        case .streamQuery, .messageTest:
            self.init(servers: Self.edges, callers: [.policyService])
        case .partnerTest:
            self.init(servers: [.xmppEdge], callers: [.policyService])
        case .routeTest:
            self.init(servers: [.sipEdge], callers: [.policyService])
        case .sipRelay:
            self.init(servers: [.sipEdge], callers: [.sipEdge])
        case .dialbackKeyRequest, .dialbackVerifyRequest:
            self.init(servers: [.dialbackAuthority], callers: [.xmppEdge])
        case .dialbackStatusRequest, .dialbackRotation:
            self.init(servers: [.dialbackAuthority], callers: [.policyService])
        case .identitiesRequest:
            self.init(servers: [.certService], callers: Self.edges)
        case .certificateList, .certificateSigningRequest, .certificateImport, .certificateAssignment,
            .certificateRemoval, .certificateAssignmentPreview, .certificateRenewal, .certificateEnsure, .trustRootList,
            .trustRootAddition,
            .trustRootRemoval,
            .certificateCheck, .certificateExport, .masterKeyRotation, .certificateRevocation, .acmeAccountOrder:
            self.init(servers: [.certService], callers: [.policyService])
        case .dnsPlanRequest, .dnsApply, .dnsZoneRequest, .dnsWithdrawal:
            self.init(servers: [.dnsPublisher], callers: [.policyService])
        case .dnsChallenge, .dnsAssociations:
            self.init(servers: [.dnsPublisher], callers: [.certService])
        case .failure, .acknowledged, .beat, .traffic, .policySnapshot, .policyDelta, .subscriptionPage, .streamPage,
            .sipRelayed, .messageTestResult, .testSteps,
            .dialbackKey, .dialbackVerdict, .dialbackStatus, .identities, .certificatesChanged, .certificateInventory,
            .certificateRequested, .certificateResult, .trustRoots, .certificateReport, .certificateExported,
            .masterKeyRotated, .dnsPlan, .dnsResult, .dnsZone, .dnsAssociationsState,
            .dnsWithdrawalState, .acmeAccount:
            return nil
        }
    }

    /// Who may send traffic to whom: only edges of different protocols.
    static func mayExchangeTraffic(_ one: ServiceName, _ other: ServiceName) -> Bool {
        one.isEdge && other.isEdge && one != other
    }

    /// Which services `service` calls at fixed addresses.
    static func callees(of service: ServiceName) -> Set<ServiceName> {
        switch service {
        case .xmppEdge: [.policyService, .certService, .dialbackAuthority]
        case .sipEdge: [.policyService, .certService]
        case .policyService: [.certService, .dialbackAuthority, .dnsPublisher]
        case .certService: [.policyService, .dnsPublisher]
        case .dnsPublisher: [.policyService]
        case .dialbackAuthority: []
        }
    }

    /// Which services publish.
    static let publishers: Set<ServiceName> = [.policyService, .certService]

    /// Who may receive what `service` publishes.
    static func subscribers(of service: ServiceName) -> Set<ServiceName> {
        switch service {
        case .policyService: Self.followers
        case .certService: [.xmppEdge, .sipEdge, .policyService]
        case .xmppEdge, .sipEdge, .dialbackAuthority, .dnsPublisher: []
        }
    }
}
