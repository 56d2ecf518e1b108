public import Policy

/// What one service says to another: the `oneof body` of `isthmus.v1.Envelope`, one Swift value each.
public enum Body: Equatable, Sendable {
    // Answers to anything
    case failure(Failure)
    case acknowledged

    // Published by the bus itself, and sent between edges
    case beat
    case traffic(TrafficBatch)

    // policy-service
    /// Reply: ``policySnapshot(_:)``.
    case policySnapshotRequest
    case policySnapshot(PolicySnapshot)
    /// Published.
    case policyDelta(PolicyDelta)
    /// Reply: ``acknowledged``.
    case subscriptionPut(SubscriptionRecord)
    /// Reply: ``acknowledged``, also when there was no such subscription.
    case subscriptionRemove(SubscriptionKey)
    /// Reply: ``subscriptionPage(_:)``.
    case subscriptionQuery(SubscriptionQuery)
    case subscriptionPage(SubscriptionPage)
    /// Reply: ``acknowledged``.
    case refusals([RefusalRecord])
    /// Reply: ``acknowledged``.
    case edgeHeartbeat(EdgeHeartbeat)
    /// Reply: ``acknowledged``.
    case edgeDeparture(instance: String)

    // Edges
    /// Reply: ``streamPage(_:)``.
    case streamQuery(StreamQuery)
    case streamPage(StreamPage)
    /// Reply: ``sipRelayed(_:)``.
    case sipRelay(SIPRelay)
    case sipRelayed([UInt8])
    /// Reply: ``messageTestResult(_:)``.
    case messageTest(MessageTest)
    case messageTestResult(MessageTestResult)
    /// Reply: ``testSteps(_:)``.
    case partnerTest(PartnerTest)
    /// Reply: ``testSteps(_:)``.
    case routeTest(RouteTest)
    case testSteps([TestStep])

    // dialback-authority
    /// Reply: ``dialbackKey(_:)``.
    case dialbackKeyRequest(DialbackKeyRequest)
    case dialbackKey(String)
    /// Reply: ``dialbackVerdict(isValid:)``.
    case dialbackVerifyRequest(DialbackVerifyRequest)
    case dialbackVerdict(isValid: Bool)
    /// Reply: ``dialbackStatus(_:)``.
    case dialbackStatusRequest
    case dialbackStatus(DialbackStatus)
    /// Reply: ``dialbackStatus(_:)``: what is live now.
    case dialbackRotation(DialbackRotation)

    // cert-service
    /// Reply: ``identities(_:)``.
    case identitiesRequest(IdentitiesRequest)
    case identities(IdentitySet)
    /// Published.
    case certificatesChanged(version: UInt64)
    /// Reply: ``certificateInventory(_:)``.
    case certificateList
    case certificateInventory(CertificateInventory)
    /// Reply: ``certificateRequested(_:)``.
    case certificateSigningRequest(CertificateSigningRequest)
    case certificateRequested(CertificateRequested)
    /// Reply: ``certificateResult(_:)``.
    case certificateImport(CertificateImport)
    /// Reply: ``certificateResult(_:)``.
    case certificateAssignment(CertificateAssignment)
    /// Reply: ``certificateInventory(_:)``, as it would be then; nothing is done.
    case certificateAssignmentPreview(CertificateAssignment)
    /// Reply: ``acknowledged``.
    case certificateRemoval(id: String)
    /// Reply: ``certificateResult(_:)``: the request that is under way for it.
    case certificateRenewal(id: String)
    /// Reply: ``acknowledged``.
    case certificateEnsure(domains: [String])
    /// Reply: ``certificateResult(_:)``: the certificate as it is now.
    case certificateRevocation(CertificateRevocation)
    /// Reply: ``acmeAccount(_:)``.
    case acmeAccountOrder(ACMEAccount.Action)
    case acmeAccount(ACMEAccount)
    case certificateResult(CertificateRecord)
    /// Reply: ``trustRoots(_:)``.
    case trustRootList
    case trustRoots([TrustRoot])
    /// Reply: ``trustRoots(_:)``: all of them.
    case trustRootAddition(TrustRootAddition)
    /// Reply: ``acknowledged``.
    case trustRootRemoval(id: String)
    /// Reply: ``certificateReport(_:)``.
    case certificateCheck(CertificateCheck)
    case certificateReport(CertificateReport)
    /// Reply: ``certificateExported(pkcs12:)``.
    case certificateExport(CertificateExport)
    /// Sensitive, though it is encrypted.
    case certificateExported(pkcs12: [UInt8])
    /// Reply: ``masterKeyRotated(_:)``.
    case masterKeyRotation
    case masterKeyRotated(MasterKeyRotated)

    // dns-publisher
    /// Reply: ``dnsPlan(_:)``.
    case dnsPlanRequest
    case dnsPlan(DNSPlan)
    /// Reply: ``dnsResult(_:)``.
    case dnsApply(DNSApplyRequest)
    case dnsResult(DNSResult)
    /// Reply: ``dnsZone(_:)``.
    case dnsZoneRequest
    case dnsZone(String)
    /// Reply: ``acknowledged``, when DNS has it.
    case dnsChallenge(DNSChallenge)
    /// Reply: ``dnsAssociationsState(_:)``.
    case dnsAssociations([DNSAssociation])
    case dnsAssociationsState(DNSAssociationsState)
    /// Reply: ``dnsWithdrawalState(_:)``. From an edge to policy-service, which passes it on as ``dnsWithdrawal(instance:)``.
    case edgeWithdrawal(instance: String)
    /// Reply: ``dnsWithdrawalState(_:)``.
    case dnsWithdrawal(instance: String)
    case dnsWithdrawalState(DNSWithdrawal)
}
