import Messaging
import Policy
import Wire

extension Samples {
    static let policyBodies: [(name: String, body: Body)] = [
        ("policy_snapshot_request", .policySnapshotRequest),
        (
            "policy_snapshot",
            .policySnapshot(
                PolicySnapshot(
                    sequence: 42,
                    epoch: "e1",
                    settings: Self.settings,
                    partners: [Self.partner, Partner(domain: "plain.example")],
                    domains: [Self.domain, LocalDomain(domain: "plain.example")],
                    users: [Self.user, UserRecord(address: "u@plain.example")],
                    routes: [Self.route],
                    hosts: [Self.authorization],
                    edges: [Self.edge]
                )
            )
        ),
        ("policy_delta", .policyDelta(PolicyDelta(epoch: "e1", firstSequence: 43, changes: Self.changes))),
        (
            "policy_delta+split_domain",
            .policyDelta(
                PolicyDelta(
                    epoch: "e1",
                    firstSequence: 44,
                    changes: [
                        .domain(LocalDomain(domain: "split.example", partition: .basic)),
                        .edge(
                            EdgeRecord(
                                kind: .xmpp,
                                instance: "xmpp-edge-1",
                                endpoint: "tcp://10.0.0.7:7111",
                                attachedDomains: ["split.example"]
                            )
                        ),
                    ]
                )
            )
        ),
        (
            "policy_delta+client_auth",
            .policyDelta(
                PolicyDelta(
                    epoch: "e1",
                    firstSequence: 44,
                    changes: [.partner(Partner(domain: "partner.example", requiresClientAuth: true))]
                )
            )
        ),
        (
            "policy_delta+presence_profile",
            .policyDelta(
                PolicyDelta(
                    epoch: "e1",
                    firstSequence: 45,
                    changes: [.domain(LocalDomain(domain: "sip.example", presenceProfile: .ciscoInterdomain))]
                )
            )
        ),
        (
            "policy_delta+route_tls",
            .policyDelta(
                PolicyDelta(
                    epoch: "e1",
                    firstSequence: 45,
                    changes: [
                        .route(
                            StaticRoute(
                                id: "r2",
                                domain: "sip.example",
                                nextHop: "sip.example",
                                port: 0,
                                transport: .auto,
                                identity: "edge.sip.example",
                                allowsLegacyTLS: true
                            )
                        )
                    ]
                )
            )
        ),
        ("subscription_put", .subscriptionPut(Self.subscription)),
        ("subscription_remove", .subscriptionRemove(Self.key)),
        ("subscription_query", .subscriptionQuery(SubscriptionQuery(direction: .sipToXMPP, cursor: "c", limit: 9))),
        (
            "subscription_query+of_one",
            .subscriptionQuery(
                SubscriptionQuery(
                    direction: .sipToXMPP,
                    limit: 1,
                    watcher: Self.key.watcher,
                    presentity: Self.key.presentity
                )
            )
        ),
        (
            "subscription_page",
            .subscriptionPage(SubscriptionPage(records: [Self.subscription], nextCursor: "next"))
        ),
        ("refusals", .refusals([Self.refusal, Self.explainedRefusal])),
        (
            "edge_heartbeat",
            .edgeHeartbeat(
                EdgeHeartbeat(
                    edge: Self.edge,
                    status: EdgeStatus(
                        policyEpoch: "e1",
                        policySequence: 43,
                        certificatesVersion: 3,
                        startedAt: 1_700_000_000_000,
                        programVersion: "0.1.0",
                        counters: [.init(name: "streams", value: 12), .init(name: "balance", value: -1)]
                    )
                )
            )
        ),
        ("edge_departure", .edgeDeparture(instance: "sip-edge-1")),
        (
            "sip_relay",
            .sipRelay(
                SIPRelay(
                    request: Array("BYE sip:a SIP/2.0".utf8),
                    peerAddress: "192.0.2.1",
                    isTLS: true,
                    contact: "<sip:192.0.2.7:5061;transport=tls>"
                )
            )
        ),
        ("sip_relayed", .sipRelayed(Array("SIP/2.0 200 OK".utf8))),
        (
            "message_test",
            .messageTest(
                MessageTest(
                    id: MessageID("m1"),
                    from: Address(user: "juliet", domain: "sip.example"),
                    to: Address(user: "romeo", domain: "xmpp.example"),
                    text: "Does this arrive?",
                    patienceMilliseconds: 2_000
                )
            )
        ),
        (
            "message_test_result",
            .messageTestResult(
                MessageTestResult(
                    through: "xmpp-edge-1",
                    failure: DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "no such user"),
                    isConfirmed: true
                )
            )
        ),
        ("partner_test", .partnerTest(PartnerTest(local: "sip.example", remote: "xmpp.example"))),
        ("route_test", .routeTest(RouteTest(route: "r1"))),
        (
            "test_steps",
            .testSteps([
                TestStep("TLS", .good, "TLSv1.3"),
                TestStep(
                    "certificate",
                    .bad,
                    "it has expired",
                    remedy: "They need a new one.",
                    reason: .certificateRejected
                ),
            ])
        ),
        ("stream_query", .streamQuery(StreamQuery(cursor: "c", limit: 9))),
        ("stream_query+next_hops", .streamQuery(StreamQuery(limit: 1, wantsNextHops: true))),
        (
            "stream_page+next_hops",
            .streamPage(
                StreamPage(
                    streams: [],
                    nextHops: [
                        NextHopStatus(
                            routes: ["r1", "r2"],
                            name: "tls:lync.example:5061",
                            state: .down,
                            connection: "connecting",
                            probedAt: 1_700_000_000_000,
                            answeredAt: 1_700_000_000_001,
                            error: "no answer",
                            failedAt: 1_700_000_000_002,
                            downUntil: 1_700_000_000_003
                        )
                    ]
                )
            )
        ),
        (
            "stream_page",
            .streamPage(
                StreamPage(
                    streams: [
                        LiveStream(
                            id: "s1",
                            direction: .outbound,
                            localDomains: ["sip.example"],
                            remoteDomains: ["partner.example"],
                            peerAddress: "192.0.2.1:5269",
                            security: "TLSv1.3 TLS_AES_256_GCM_SHA384",
                            authentication: "sasl-external",
                            state: "established",
                            establishedAt: 1_700_000_000_000,
                            received: 3,
                            sent: 4
                        )
                    ],
                    nextCursor: "next"
                )
            )
        ),
    ]

    static let authorityBodies: [(name: String, body: Body)] = [
        (
            "dialback_key_request",
            .dialbackKeyRequest(DialbackKeyRequest(receiving: "a", originating: "b", streamID: "s"))
        ),
        ("dialback_key", .dialbackKey("37c6")),
        (
            "dialback_verify_request",
            .dialbackVerifyRequest(DialbackVerifyRequest(receiving: "a", originating: "b", streamID: "s", key: "37c6"))
        ),
        ("dialback_verdict", .dialbackVerdict(isValid: true)),
        ("dialback_status_request", .dialbackStatusRequest),
        (
            "dialback_status",
            .dialbackStatus(
                DialbackStatus(
                    secrets: [
                        DialbackStatus.Secret(id: "7f3a9c01", createdAt: 1_763_702_400_000),
                        DialbackStatus.Secret(
                            id: "1b2c3d4e",
                            createdAt: 1_763_600_000_000,
                            endsAt: 1_763_706_000_000
                        ),
                    ],
                    overlapSeconds: 3600,
                    rotatesAfterSeconds: 86_400,
                    isPassphrase: true
                )
            )
        ),
        ("dialback_rotation", .dialbackRotation(DialbackRotation(endsOldAtOnce: true))),
        ("identities_request", .identitiesRequest(IdentitiesRequest(.sip))),
        (
            "identities_request+refusal",
            .identitiesRequest(IdentitiesRequest(.xmpp, version: 4, tried: 5, refusal: "no shared cipher"))
        ),
        (
            "identities",
            .identities(
                IdentitySet(
                    version: 5,
                    identities: [
                        ServiceIdentity(names: ["sip.example"], certificateChainPEM: [1, 0, 2], privateKeyPEM: [3, 0])
                    ],
                    trustRootsPEM: [4]
                )
            )
        ),
        (
            "identities+revocation_lists",
            .identities(
                IdentitySet(version: 5, identities: [], trustRootsPEM: [4], revocationLists: [[0x30, 0], [0x30]])
            )
        ),
        (
            "identities+trials",
            .identities(
                IdentitySet(
                    version: 5,
                    identities: [],
                    trustRootsPEM: [4],
                    trials: [IdentitySet(version: 9, identities: [], trustRootsPEM: [5])]
                )
            )
        ),
        ("certificates_changed", .certificatesChanged(version: 6)),
        ("certificate_list", .certificateList),
        (
            "certificate_inventory",
            .certificateInventory(CertificateInventory(version: 5, records: [Self.certificate]))
        ),
        (
            "certificate_signing_request",
            .certificateSigningRequest(
                CertificateSigningRequest(
                    friendlyName: "edge",
                    keyKind: "rsa-3072",
                    isExportable: true,
                    commonName: "sip.example",
                    organization: "o",
                    organizationalUnit: "ou",
                    country: "DE",
                    state: "st",
                    city: "l",
                    dnsNames: ["sip.example"],
                    xmppAddresses: ["sip.example"],
                    templateName: "WebServer",
                    uses: [.xmpp],
                    isImmediate: true
                )
            )
        ),
        (
            "certificate_signing_request+uses_acme",
            .certificateSigningRequest(
                CertificateSigningRequest(commonName: "sip.example", usesACME: true, isDryRun: true)
            )
        ),
        (
            "certificate_requested+summary",
            .certificateRequested(CertificateRequested(id: "c1", csrPEM: "csr", summary: "names: sip.example"))
        ),
        ("certificate_renewal", .certificateRenewal(id: "c1")),
        (
            "certificate_revocation",
            .certificateRevocation(
                CertificateRevocation(id: "c1", cause: .keyCompromise, usesCertificateKey: true, isForced: true)
            )
        ), ("certificate_revocation+unspecified", .certificateRevocation(CertificateRevocation(id: "c1"))),
        ("acme_account_order", .acmeAccountOrder(.rollKey)),
        (
            "acme_account",
            .acmeAccount(
                ACMEAccount(
                    directory: "https://ca.example/dir",
                    address: "https://ca.example/acct/1",
                    status: "valid",
                    contacts: ["mailto:hostmaster@sip.example"],
                    thumbprint: "abc"
                )
            )
        ), ("certificate_result+revoked", .certificateResult(Self.revokedCertificate)),
        ("certificate_result+order", .certificateResult(Self.orderedCertificate)),
        (
            "certificate_requested",
            .certificateRequested(CertificateRequested(id: "c1", csrPEM: "csr", certificatePEM: "pem"))
        ),
        (
            "certificate_import",
            .certificateImport(
                CertificateImport(
                    data: [0x30, 0],
                    password: "p",
                    privateKeyPEM: [9],
                    uses: [.sip],
                    friendlyName: "edge"
                )
            )
        ),
        ("certificate_assignment", .certificateAssignment(CertificateAssignment(id: "c1", uses: [.sip]))),
        (
            "certificate_assignment+is_now",
            .certificateAssignment(CertificateAssignment(id: "c1", uses: [.sip], isNow: true))
        ),
        (
            "certificate_import+is_now",
            .certificateImport(CertificateImport(data: [0x30], uses: [.xmpp], isNow: true))
        ),
        (
            "certificate_result+staged_uses",
            .certificateResult(CertificateRecord(id: "c1", state: .unassigned, stagedUses: [.xmpp, .sip]))
        ),
        (
            "certificate_result+shown",
            .certificateResult(
                CertificateRecord(
                    id: "c1",
                    state: .active,
                    madeFor: "a.example",
                    xmppDomains: ["a.example", "b.example"],
                    sipDomains: ["a.example"]
                )
            )
        ),
        (
            "certificate_assignment_preview",
            .certificateAssignmentPreview(CertificateAssignment(id: "c1", uses: [.sip]))
        ),
        ("certificate_removal", .certificateRemoval(id: "c1")),
        ("certificate_ensure", .certificateEnsure(domains: ["a", "b"])),
        ("certificate_result", .certificateResult(Self.certificate)),
        (
            "certificate_import+is_exportable",
            .certificateImport(CertificateImport(data: [0x30], uses: [.xmpp], isExportable: true))
        ),
        (
            "certificate_check",
            .certificateCheck(
                CertificateCheck(id: "c1", data: [0x30, 0], password: "p", use: .sip, names: ["sip.example", "b"])
            )
        ),
        (
            "certificate_report",
            .certificateReport(
                CertificateReport(
                    subject: "CN=sip.example",
                    findings: CertificateFinding.Outcome.allCases.map { outcome in
                        CertificateFinding("names", outcome, "it names sip.example", remedy: "nothing")
                    }
                )
            )
        ),
        ("certificate_export", .certificateExport(CertificateExport(id: "c1", password: "p"))),
        ("certificate_exported", .certificateExported(pkcs12: [0x30, 0, 1])),
        ("master_key_rotation", .masterKeyRotation),
        ("master_key_rotated", .masterKeyRotated(MasterKeyRotated(keys: 7, previousPath: "/var/lib/key.previous"))),
        ("trust_root_list", .trustRootList),
        (
            "trust_roots",
            .trustRoots([
                TrustRoot(
                    id: "t1",
                    subject: "CN=CA",
                    fingerprint: "cd34",
                    notAfter: 1_900_000_000_000,
                    uses: [.xmpp],
                    certificatePEM: "pem"
                )
            ])
        ),
        ("trust_root_addition", .trustRootAddition(TrustRootAddition(data: [1], uses: [.xmpp, .sip]))),
        ("trust_root_removal", .trustRootRemoval(id: "t1")),
        ("dns_plan_request", .dnsPlanRequest),
        (
            "dns_plan",
            .dnsPlan(
                DNSPlan(
                    checksum: "abc",
                    changes: [DNSChange(.add, Self.record), DNSChange(.delete, Self.record)],
                    desired: [Self.record],
                    text: "+ …",
                    warnings: ["drift"],
                    needsForce: true
                )
            )
        ),
        ("dns_apply_request", .dnsApply(DNSApplyRequest(checksum: "abc", force: true))),
        ("dns_result", .dnsResult(DNSResult(applied: 2, isVerified: true, text: "done"))),
        (
            "dns_associations",
            .dnsAssociations([DNSAssociation(.xmpp, names: ["sip.example"], digest: "ab12")])
        ),
        (
            "dns_associations_state",
            .dnsAssociationsState(
                DNSAssociationsState(
                    uses: [.xmpp],
                    visible: [DNSAssociation(.xmpp, names: ["sip.example"], digest: "ab12")],
                    wait: 360
                )
            )
        ),
        ("edge_withdrawal", .edgeWithdrawal(instance: "xmpp-edge-1")),
        ("dns_withdrawal", .dnsWithdrawal(instance: "xmpp-edge-1")),
        ("dns_withdrawal_state", .dnsWithdrawalState(.withdrawn(wait: 360))),
        ("dns_withdrawal_state+kept", .dnsWithdrawalState(.kept(reason: "it is the last"))),
        ("dns_withdrawal_state+listed", .dnsWithdrawalState(.listed(reason: "the server does not answer"))),
        ("dns_zone_request", .dnsZoneRequest),
        ("dns_zone", .dnsZone("$ORIGIN sip.example.\n")),
        ("dns_challenge", .dnsChallenge(DNSChallenge(name: "sip.example", text: "proof", isRemoval: true))),
    ]

    static let revokedCertificate = CertificateRecord(
        id: "c1",
        state: .active,
        order: CertificateOrder(
            directory: "https://ca.example/dir",
            progress: "issued",
            revokedAt: 1_800_000_000_000,
            revocationCause: .superseded
        )
    )

    static let orderedCertificate = CertificateRecord(
        id: "c1",
        state: .pending,
        order: CertificateOrder(
            directory: "https://ca.example/dir",
            progress: "asking",
            problem: "no",
            failures: 2,
            nextAttempt: 1_800_000_000_000,
            renewal: 1_900_000_000_000,
            explanation: "https://ca.example/why",
            replaces: "c0"
        )
    )

    static let bodies: [(name: String, body: Body)] =
        [
            ("failure", .failure(Failure(.conflict, "somebody was first"))),
            ("acknowledged", .acknowledged),
            ("beat", .beat),
            ("traffic", .traffic(Self.traffic)),
            ("traffic+bounce", .traffic(TrafficBatch(messages: [Self.bounce], answers: []))),
            ("traffic+language", .traffic(TrafficBatch(messages: [], answers: [Self.foreignFailure]))),
            ("traffic+name", .traffic(TrafficBatch(messages: [Self.handedOver], answers: [Self.unconfirmed]))),
            ("traffic+given_back", .traffic(TrafficBatch(answers: [Self.givenBack]))),
        ] + Self.policyBodies + Self.authorityBodies
}
