import Foundation
import Testing

/// The table of what administrators of Lync and Cisco know, against the parameters there are and the options there are.
@Suite("From Lync, LCS and Cisco")
struct CmdletTests {
    private static let path = "docs/operations/lync-and-cisco.md"

    /// The published parameters of each cmdlet that has to do with federation.
    static let parameters = [
        "New-CsXmppAllowedPartner": """
        Identity Domain AdditionalDomains ConnectionLimit Description EnableKeepAlive PartnerType ProxyFqdn SaslNegotiation \
        SupportDialbackNegotiation TlsNegotiation InMemory Instance Force WhatIf Confirm Filter LocalStore
        """,
        "Set-CsXmppGatewayConfiguration": """
        ConnectionLimit PartnerConnectionLimit DialbackPassphrase EnableLoggingAllMessageBodies KeepAliveInterval \
        StreamEstablishmentTimeout StreamInactivityTimeout SubscriptionRefreshInterval Identity Instance Force WhatIf Confirm
        """,
        "Test-CsXmppIM": """
        TargetFqdn Receiver UserSipAddress UserCredential Authentication RegistrarPort OutLoggerVariable OutVerboseVariable \
        ProxyFqdn Certificate XmppTestReceiverMailAddress
        """,
        "New-CsStaticRoute": """
        TCPRoute TLSRoute Destination Port MatchUri Enabled MatchOnlyPhoneUri ReplaceHostInRequestUri UseDefaultCertificate \
        TLSCertIssuer TLSCertSerialNumber Route
        """,
        "New-CsTrustedApplicationPool": """
        Identity Registrar Site ComputerFqdn RequiresReplication OutboundOnly ThrottleAsServer TreatAsAuthenticated \
        AudioVideoPortStart AudioVideoPortCount AppSharingPortStart AppSharingPortCount ApplicationId \
        TrustedApplicationPoolFqdn Port EnableTcp LegacyApplicationName
        """,
        "New-CsAllowedDomain": "Identity Domain Comment ProxyFqdn MarkForMonitoring VerificationLevel Enabled",
        "AllowFederatedUsers": """
        AllowOutsideUsers AllowAnonymousUsers EnablePartnerDiscovery UseDnsSrvRouting UseDefaultRouting DefaultRouteFqdn \
        KeepCrlsUpToDateForPeers MarkSourceVerifiableOnOutgoingMessages OutgoingTlsCountForFederatedPartners \
        DiscoveredPartnerStandardRate DiscoveredPartnerReportPeriodMinutes MaxContactsPerDiscoveredPartner \
        EnableDiscoveredPartnerContactsLimit MaxAcceptedCertificatesStored MaxRejectedCertificatesStored \
        CertificatesDeletedPercentage BeClearingHouse EnableArchivingDisclaimer
        """,
        "New-CsProxyConfiguration": """
        MaxServerMessageBodySizeKb MaxClientMessageBodySizeKb MaxKeepAliveInterval OutgoingTlsCount EnableWhiteSpaceKeepAlive \
        RequestServerCompression AcceptServerCompression MaxServerCompressionCount DnsCacheRecordCount \
        AllowPartnerPollingSubscribes EnableLoggingAllMessageBodies
        """,
        "Set-CsExternalAccessPolicy": """
        EnableXmppAccess EnableFederationAccess EnableOutsideAccess EnablePublicCloudAudioVideoAccess
        """,
        "New-CsFIPSConfiguration": "RequireFIPSCompliantMedia",
        "New-CsImFilterConfiguration": "Enabled Action Prefixes BlockFileExtension IgnoreLocal",
    ]

    @Test(
        "Every parameter of a cmdlet has its place in the table, or a reason why not",
        arguments: parameters.keys.sorted()
    )
    func complete(_ cmdlet: String) throws {
        let text = try Repository.text(of: Self.path)
        #expect(text.contains(cmdlet))
        for parameter in (Self.parameters[cmdlet] ?? "").split(separator: " ") {
            #expect(text.contains("`\(parameter)`"), "\(parameter) of \(cmdlet)")
        }
    }

    @Test("Every option that the table names is one of isthmusctl's")
    func options() throws {
        let sources = try Repository.files(below: "Services/isthmusctl", endingIn: ".swift").map(Repository.code)
            .joined(separator: "\n")
        let named = try Repository.text(of: Self.path).matches(of: /--([a-z-]+[a-z])/).map { String($0.output.1) }
        #expect(named.count > 40)
        for option in Set(named).sorted() {
            let words = option.split(separator: "-")
            let variable = words.dropFirst().reduce(String(words[0])) {
                $0 + $1.prefix(1).uppercased() + $1.dropFirst()
            }
            let isThere =
                sources.contains("var \(variable)") || sources.contains("customLong(\"\(option)\")")
                || sources.lowercased().contains("var \(variable.lowercased()):")
            #expect(isThere, "--\(option)")
        }
    }
}
