internal import CIsthmusProto

extension Body {
    /// Sets the `oneof body` of `envelope`.
    func fill(_ envelope: inout Isthmus__V1__Envelope, in arena: Arena) {
        switch self {
        case .failure(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_FAILURE
            envelope.failure = arena.message(value)
        case .acknowledged:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_ACKNOWLEDGED
            envelope.acknowledged = arena.blank(isthmus__v1__acknowledged__init)
        case .beat:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_BEAT
            envelope.beat = arena.blank(isthmus__v1__beat__init)
        case .traffic(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_TRAFFIC
            envelope.traffic = arena.message(value)
        case .policySnapshotRequest:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_POLICY_SNAPSHOT_REQUEST
            envelope.policy_snapshot_request = arena.blank(isthmus__v1__policy_snapshot_request__init)
        case .policySnapshot(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_POLICY_SNAPSHOT
            envelope.policy_snapshot = arena.message(value)
        case .policyDelta(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_POLICY_DELTA
            envelope.policy_delta = arena.message(value)
        case .subscriptionPut(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_PUT
            envelope.subscription_put = arena.message(value)
        case .subscriptionRemove(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_REMOVE
            envelope.subscription_remove = arena.message(value)
        case .subscriptionQuery(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_QUERY
            envelope.subscription_query = arena.message(value)
        case .subscriptionPage(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_PAGE
            envelope.subscription_page = arena.message(value)
        case .refusals(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_REFUSALS
            envelope.refusals = arena.message(RefusalReportWire(value))
        case .edgeHeartbeat(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_EDGE_HEARTBEAT
            envelope.edge_heartbeat = arena.message(value)
        case .edgeDeparture(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_EDGE_DEPARTURE
            envelope.edge_departure = arena.message(EdgeDepartureWire(value))
        case .streamQuery(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_STREAM_QUERY
            envelope.stream_query = arena.message(value)
        case .streamPage(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_STREAM_PAGE
            envelope.stream_page = arena.message(value)
        case .sipRelay(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_SIP_RELAY
            envelope.sip_relay = arena.message(value)
        case .sipRelayed(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_SIP_RELAYED
            envelope.sip_relayed = arena.message(SIPRelayedWire(value))
        case .messageTest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_MESSAGE_TEST
            envelope.message_test = arena.message(value)
        case .messageTestResult(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_MESSAGE_TEST_RESULT
            envelope.message_test_result = arena.message(value)
        case .partnerTest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_PARTNER_TEST
            envelope.partner_test = arena.message(value)
        case .routeTest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_ROUTE_TEST
            envelope.route_test = arena.message(value)
        case .testSteps(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_TEST_STEPS
            envelope.test_steps = arena.message(TestStepsWire(value))
        case .dialbackKeyRequest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_KEY_REQUEST
            envelope.dialback_key_request = arena.message(value)
        case .dialbackKey(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_KEY
            envelope.dialback_key = arena.message(DialbackKeyWire(value))
        case .dialbackVerifyRequest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_VERIFY_REQUEST
            envelope.dialback_verify_request = arena.message(value)
        case .dialbackVerdict(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_VERDICT
            envelope.dialback_verdict = arena.message(DialbackVerdictWire(value))
        case .dialbackStatusRequest:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_STATUS_REQUEST
            envelope.dialback_status_request = arena.blank(isthmus__v1__dialback_status_request__init)
        case .dialbackStatus(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_STATUS
            envelope.dialback_status = arena.message(value)
        case .dialbackRotation(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_ROTATION
            envelope.dialback_rotation = arena.message(value)
        case .identitiesRequest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_IDENTITIES_REQUEST
            envelope.identities_request = arena.message(value)
        case .identities(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_IDENTITIES
            envelope.identities = arena.message(value)
        case .certificatesChanged(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATES_CHANGED
            envelope.certificates_changed = arena.message(CertificatesChangedWire(value))
        case .certificateList:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_LIST
            envelope.certificate_list = arena.blank(isthmus__v1__certificate_list__init)
        case .certificateInventory(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_INVENTORY
            envelope.certificate_inventory = arena.message(value)
        case .certificateSigningRequest(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_SIGNING_REQUEST
            envelope.certificate_signing_request = arena.message(value)
        case .certificateRequested(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REQUESTED
            envelope.certificate_requested = arena.message(value)
        case .certificateImport(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_IMPORT
            envelope.certificate_import = arena.message(value)
        case .certificateAssignment(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_ASSIGNMENT
            envelope.certificate_assignment = arena.message(value)
        case .certificateAssignmentPreview(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_ASSIGNMENT_PREVIEW
            envelope.certificate_assignment_preview = arena.message(value)
        case .certificateRemoval(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REMOVAL
            envelope.certificate_removal = arena.message(CertificateRemovalWire(value))
        case .certificateRenewal(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_RENEWAL
            envelope.certificate_renewal = arena.message(CertificateRenewalWire(value))
        case .certificateEnsure(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_ENSURE
            envelope.certificate_ensure = arena.message(CertificateEnsureWire(value))
        case .certificateResult(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_RESULT
            envelope.certificate_result = arena.message(CertificateResultWire(value))
        case .trustRootList:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOT_LIST
            envelope.trust_root_list = arena.blank(isthmus__v1__trust_root_list__init)
        case .trustRoots(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOTS
            envelope.trust_roots = arena.message(TrustRootsWire(value))
        case .trustRootAddition(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOT_ADDITION
            envelope.trust_root_addition = arena.message(value)
        case .trustRootRemoval(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOT_REMOVAL
            envelope.trust_root_removal = arena.message(TrustRootRemovalWire(value))
        case .certificateCheck(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_CHECK
            envelope.certificate_check = arena.message(value)
        case .certificateReport(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REPORT
            envelope.certificate_report = arena.message(value)
        case .certificateExport(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_EXPORT
            envelope.certificate_export = arena.message(value)
        case .certificateExported(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_EXPORTED
            envelope.certificate_exported = arena.message(CertificateExportedWire(value))
        case .masterKeyRotation:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_MASTER_KEY_ROTATION
            envelope.master_key_rotation = arena.blank(isthmus__v1__master_key_rotation__init)
        case .masterKeyRotated(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_MASTER_KEY_ROTATED
            envelope.master_key_rotated = arena.message(value)
        case .dnsPlanRequest:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_PLAN_REQUEST
            envelope.dns_plan_request = arena.blank(isthmus__v1__dns_plan_request__init)
        case .dnsPlan(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_PLAN
            envelope.dns_plan = arena.message(value)
        case .dnsApply(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_APPLY_REQUEST
            envelope.dns_apply_request = arena.message(value)
        case .dnsResult(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_RESULT
            envelope.dns_result = arena.message(value)
        case .dnsZoneRequest:
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_ZONE_REQUEST
            envelope.dns_zone_request = arena.blank(isthmus__v1__dns_zone_request__init)
        case .dnsZone(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_ZONE
            envelope.dns_zone = arena.message(DnsZoneWire(value))
        case .dnsChallenge(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_CHALLENGE
            envelope.dns_challenge = arena.message(value)
        case .dnsAssociations(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_ASSOCIATIONS
            envelope.dns_associations = arena.message(DnsAssociationsWire(value))
        case .dnsAssociationsState(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_ASSOCIATIONS_STATE
            envelope.dns_associations_state = arena.message(value)
        case .edgeWithdrawal(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_EDGE_WITHDRAWAL
            envelope.edge_withdrawal = arena.message(EdgeWithdrawalWire(value))
        case .dnsWithdrawal(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_WITHDRAWAL
            envelope.dns_withdrawal = arena.message(DnsWithdrawalWire(value))
        case .dnsWithdrawalState(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_DNS_WITHDRAWAL_STATE
            envelope.dns_withdrawal_state = arena.message(value)
        case .certificateRevocation(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REVOCATION
            envelope.certificate_revocation = arena.message(value)
        case .acmeAccountOrder(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_ACME_ACCOUNT_ORDER
            envelope.acme_account_order = arena.message(AcmeAccountOrderWire(value))
        case .acmeAccount(let value):
            envelope.body_case = ISTHMUS__V1__ENVELOPE__BODY_ACME_ACCOUNT
            envelope.acme_account = arena.message(value)
        }
    }

    /// Reads the `oneof body` of `envelope`; `nil` when this version knows nothing of what is said.
    init?(_ envelope: Isthmus__V1__Envelope) throws(WireError) {
        switch envelope.body_case {
        case ISTHMUS__V1__ENVELOPE__BODY_FAILURE:
            self = .failure(try value(envelope.failure))
        case ISTHMUS__V1__ENVELOPE__BODY_ACKNOWLEDGED:
            self = .acknowledged
        case ISTHMUS__V1__ENVELOPE__BODY_BEAT:
            self = .beat
        case ISTHMUS__V1__ENVELOPE__BODY_TRAFFIC:
            self = .traffic(try value(envelope.traffic))
        case ISTHMUS__V1__ENVELOPE__BODY_POLICY_SNAPSHOT_REQUEST:
            self = .policySnapshotRequest
        case ISTHMUS__V1__ENVELOPE__BODY_POLICY_SNAPSHOT:
            self = .policySnapshot(try value(envelope.policy_snapshot))
        case ISTHMUS__V1__ENVELOPE__BODY_POLICY_DELTA:
            self = .policyDelta(try value(envelope.policy_delta))
        case ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_PUT:
            self = .subscriptionPut(try value(envelope.subscription_put))
        case ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_REMOVE:
            self = .subscriptionRemove(try value(envelope.subscription_remove))
        case ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_QUERY:
            self = .subscriptionQuery(try value(envelope.subscription_query))
        case ISTHMUS__V1__ENVELOPE__BODY_SUBSCRIPTION_PAGE:
            self = .subscriptionPage(try value(envelope.subscription_page))
        case ISTHMUS__V1__ENVELOPE__BODY_REFUSALS:
            self = .refusals(try (value(envelope.refusals) as RefusalReportWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_EDGE_HEARTBEAT:
            self = .edgeHeartbeat(try value(envelope.edge_heartbeat))
        case ISTHMUS__V1__ENVELOPE__BODY_EDGE_DEPARTURE:
            self = .edgeDeparture(instance: try (value(envelope.edge_departure) as EdgeDepartureWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_STREAM_QUERY:
            self = .streamQuery(try value(envelope.stream_query))
        case ISTHMUS__V1__ENVELOPE__BODY_STREAM_PAGE:
            self = .streamPage(try value(envelope.stream_page))
        case ISTHMUS__V1__ENVELOPE__BODY_SIP_RELAY:
            self = .sipRelay(try value(envelope.sip_relay))
        case ISTHMUS__V1__ENVELOPE__BODY_SIP_RELAYED:
            self = .sipRelayed(try (value(envelope.sip_relayed) as SIPRelayedWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_MESSAGE_TEST:
            self = .messageTest(try value(envelope.message_test))
        case ISTHMUS__V1__ENVELOPE__BODY_MESSAGE_TEST_RESULT:
            self = .messageTestResult(try value(envelope.message_test_result))
        case ISTHMUS__V1__ENVELOPE__BODY_PARTNER_TEST:
            self = .partnerTest(try value(envelope.partner_test))
        case ISTHMUS__V1__ENVELOPE__BODY_ROUTE_TEST:
            self = .routeTest(try value(envelope.route_test))
        case ISTHMUS__V1__ENVELOPE__BODY_TEST_STEPS:
            self = .testSteps(try (value(envelope.test_steps) as TestStepsWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_KEY_REQUEST:
            self = .dialbackKeyRequest(try value(envelope.dialback_key_request))
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_KEY:
            self = .dialbackKey(try (value(envelope.dialback_key) as DialbackKeyWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_VERIFY_REQUEST:
            self = .dialbackVerifyRequest(try value(envelope.dialback_verify_request))
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_VERDICT:
            self = .dialbackVerdict(isValid: try (value(envelope.dialback_verdict) as DialbackVerdictWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_STATUS_REQUEST:
            self = .dialbackStatusRequest
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_STATUS:
            self = .dialbackStatus(try value(envelope.dialback_status))
        case ISTHMUS__V1__ENVELOPE__BODY_DIALBACK_ROTATION:
            self = .dialbackRotation(try value(envelope.dialback_rotation))
        case ISTHMUS__V1__ENVELOPE__BODY_IDENTITIES_REQUEST:
            self = .identitiesRequest(try value(envelope.identities_request))
        case ISTHMUS__V1__ENVELOPE__BODY_IDENTITIES:
            self = .identities(try value(envelope.identities))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATES_CHANGED:
            let wire: CertificatesChangedWire = try value(envelope.certificates_changed)
            self = .certificatesChanged(version: wire.value)
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_LIST:
            self = .certificateList
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_INVENTORY:
            self = .certificateInventory(try value(envelope.certificate_inventory))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_SIGNING_REQUEST:
            self = .certificateSigningRequest(try value(envelope.certificate_signing_request))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REQUESTED:
            self = .certificateRequested(try value(envelope.certificate_requested))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_IMPORT:
            self = .certificateImport(try value(envelope.certificate_import))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_ASSIGNMENT:
            self = .certificateAssignment(try value(envelope.certificate_assignment))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_ASSIGNMENT_PREVIEW:
            self = .certificateAssignmentPreview(try value(envelope.certificate_assignment_preview))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REMOVAL:
            self = .certificateRemoval(id: try (value(envelope.certificate_removal) as CertificateRemovalWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_RENEWAL:
            self = .certificateRenewal(id: try (value(envelope.certificate_renewal) as CertificateRenewalWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_ENSURE:
            self = .certificateEnsure(domains: try (value(envelope.certificate_ensure) as CertificateEnsureWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_RESULT:
            self = .certificateResult(try (value(envelope.certificate_result) as CertificateResultWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOT_LIST:
            self = .trustRootList
        case ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOTS:
            self = .trustRoots(try (value(envelope.trust_roots) as TrustRootsWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOT_ADDITION:
            self = .trustRootAddition(try value(envelope.trust_root_addition))
        case ISTHMUS__V1__ENVELOPE__BODY_TRUST_ROOT_REMOVAL:
            self = .trustRootRemoval(id: try (value(envelope.trust_root_removal) as TrustRootRemovalWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_CHECK:
            self = .certificateCheck(try value(envelope.certificate_check))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REPORT:
            self = .certificateReport(try value(envelope.certificate_report))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_EXPORT:
            self = .certificateExport(try value(envelope.certificate_export))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_EXPORTED:
            let wire: CertificateExportedWire = try value(envelope.certificate_exported)
            self = .certificateExported(pkcs12: wire.value)
        case ISTHMUS__V1__ENVELOPE__BODY_MASTER_KEY_ROTATION:
            self = .masterKeyRotation
        case ISTHMUS__V1__ENVELOPE__BODY_MASTER_KEY_ROTATED:
            self = .masterKeyRotated(try value(envelope.master_key_rotated))
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_PLAN_REQUEST:
            self = .dnsPlanRequest
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_PLAN:
            self = .dnsPlan(try value(envelope.dns_plan))
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_APPLY_REQUEST:
            self = .dnsApply(try value(envelope.dns_apply_request))
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_RESULT:
            self = .dnsResult(try value(envelope.dns_result))
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_ZONE_REQUEST:
            self = .dnsZoneRequest
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_ZONE:
            self = .dnsZone(try (value(envelope.dns_zone) as DnsZoneWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_CHALLENGE:
            self = .dnsChallenge(try value(envelope.dns_challenge))
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_ASSOCIATIONS:
            self = .dnsAssociations(try (value(envelope.dns_associations) as DnsAssociationsWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_ASSOCIATIONS_STATE:
            self = .dnsAssociationsState(try value(envelope.dns_associations_state))
        case ISTHMUS__V1__ENVELOPE__BODY_EDGE_WITHDRAWAL:
            self = .edgeWithdrawal(instance: try (value(envelope.edge_withdrawal) as EdgeWithdrawalWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_WITHDRAWAL:
            self = .dnsWithdrawal(instance: try (value(envelope.dns_withdrawal) as DnsWithdrawalWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_DNS_WITHDRAWAL_STATE:
            self = .dnsWithdrawalState(try value(envelope.dns_withdrawal_state))
        case ISTHMUS__V1__ENVELOPE__BODY_CERTIFICATE_REVOCATION:
            self = .certificateRevocation(try value(envelope.certificate_revocation))
        case ISTHMUS__V1__ENVELOPE__BODY_ACME_ACCOUNT_ORDER:
            self = .acmeAccountOrder(try (value(envelope.acme_account_order) as AcmeAccountOrderWire).value)
        case ISTHMUS__V1__ENVELOPE__BODY_ACME_ACCOUNT:
            self = .acmeAccount(try value(envelope.acme_account))
        default: return nil
        }
    }
}
