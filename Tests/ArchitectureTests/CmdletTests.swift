import Foundation
import Testing

/// The table of what administrators of Lync and Cisco know, against the parameters there are.
///
/// That the options it names are there, with the defaults it names, is looked at where the commands are: `CmdletOptionTests`.
@Suite("From Lync, LCS and Cisco")
struct CmdletTests {
    private static let path = "docs/operations/lync-and-cisco.md"

    /// What each section of the table has to have: the published parameters of its cmdlets, the fields of its dialogs.
    static let parameters: [(section: String, names: String)] = [
        (
            "New-CsXmppAllowedPartner",
            """
            Identity Domain AdditionalDomains ConnectionLimit Description EnableKeepAlive PartnerType ProxyFqdn SaslNegotiation \
            SupportDialbackNegotiation TlsNegotiation InMemory Instance Force WhatIf Confirm Filter LocalStore \
            Get-CsXmppAllowedPartner Remove-CsXmppAllowedPartner
            """
        ),
        (
            "Set-CsXmppGatewayConfiguration",
            """
            ConnectionLimit PartnerConnectionLimit DialbackPassphrase EnableLoggingAllMessageBodies KeepAliveInterval \
            StreamEstablishmentTimeout StreamInactivityTimeout SubscriptionRefreshInterval Identity Instance Force WhatIf Confirm \
            PartnerConfigurationRequired
            """
        ),
        (
            "Test-CsXmppIM",
            """
            TargetFqdn Receiver UserSipAddress UserCredential Authentication RegistrarPort OutLoggerVariable OutVerboseVariable \
            ProxyFqdn Certificate XmppTestReceiverMailAddress Test-CsIM Test-CsPresence Test-CsCertificateConfiguration
            """
        ),
        (
            "New-CsStaticRoute",
            """
            TCPRoute TLSRoute Destination Port MatchUri Enabled MatchOnlyPhoneUri ReplaceHostInRequestUri UseDefaultCertificate \
            TLSCertIssuer TLSCertSerialNumber Route Identity
            """
        ),
        (
            "Host authorization",
            """
            Identity Registrar Site ComputerFqdn RequiresReplication OutboundOnly ThrottleAsServer TreatAsAuthenticated \
            AudioPortStart AudioPortCount VideoPortStart VideoPortCount AppSharingPortStart AppSharingPortCount Pool \
            ApplicationId TrustedApplicationPoolFqdn Port EnableTcp LegacyApplicationName Enable-CsTopology
            """
        ),
        (
            "Federation",
            """
            Identity Domain Comment ProxyFqdn MarkForMonitoring VerificationLevel Enabled AllowFederatedUsers AllowOutsideUsers \
            AllowAnonymousUsers EnablePartnerDiscovery UseDnsSrvRouting UseDefaultRouting DefaultRouteFqdn \
            KeepCrlsUpToDateForPeers MarkSourceVerifiableOnOutgoingMessages OutgoingTlsCountForFederatedPartners \
            DiscoveredPartnerStandardRate DiscoveredPartnerReportPeriodMinutes MaxContactsPerDiscoveredPartner \
            EnableDiscoveredPartnerContactsLimit MaxAcceptedCertificatesStored MaxRejectedCertificatesStored \
            CertificatesDeletedPercentage BeClearingHouse EnableArchivingDisclaimer
            """
        ),
        (
            "Set-CsExternalAccessPolicy",
            "EnableXmppAccess EnableFederationAccess EnableOutsideAccess EnablePublicCloudAudioVideoAccess"
        ),
        (
            "The rest",
            """
            MaxServerMessageBodySizeKb MaxClientMessageBodySizeKb MaxKeepAliveInterval OutgoingTlsCount EnableWhiteSpaceKeepAlive \
            RequestServerCompression AcceptServerCompression MaxServerCompressionCount DnsCacheRecordCount \
            AllowPartnerPollingSubscribes EnableLoggingAllMessageBodies RequireFIPSCompliantMedia Enabled Action Prefixes \
            BlockFileExtension IgnoreLocal
            """
        ),
        (
            "Certificates",
            """
            New Type DomainName AllSipDomain ClientEKU KeySize PrivateKeyExportable Template Output Import-CsCertificate \
            Set-CsCertificate
            """
        ),
    ]

    @Test("Every parameter of a cmdlet has its place in the section of that cmdlet, or a reason why not")
    func complete() throws {
        let sections = try Repository.text(of: Self.path).components(separatedBy: "\n## ").dropFirst()
        for (name, parameters) in Self.parameters {
            let section = try #require(sections.first { $0.hasPrefix(name) }, "\(name)")
            for parameter in parameters.split(separator: " ") {
                #expect(section.contains("`\(parameter)`"), "\(parameter) of \(name)")
            }
        }
    }

    /// The fields of the dialogs of LCS, OCS and Cisco.
    static let dialogs: [(section: String, names: [String])] = [
        (
            "LCS 2005 and OCS 2007 R2",
            [
                "user", "domain", "Phone URI", "next hop", "port", "transport", "Replace host in request URI",
                "Outbound Only",
                "Throttle As Server", "Treat As Authenticated", "MTLS 5061", "FIPS", "Client Authentication",
            ]
        ),
        (
            "Cisco IM and Presence",
            [
                "Enable Partitioned Intradomain Federation", "Routing Mode", "Destination Pattern", "Next Hop",
                "Next Hop Port",
                "Protocol", "Priority", "Route Type", "Description", "Address Pattern", "Peer Auth", "Server Auth",
                "TLS Peer Subjects", "TLS Context", "cup-trust", "Email address for federation", "Integration Type",
                "Federation Node Status", "No TLS, TLS Optional, TLS Required", "client-side security certificates",
                "SASL EXTERNAL", "Dialback secret", "Allow or Deny", "Export, Update, Rename", "load balancer",
                "ExportContacts.exe", "DisableAccount.exe", "DeleteAccount.exe",
            ]
        ),
    ]

    @Test("Every field of a dialog has its place in the section of that product")
    func fields() throws {
        let sections = try Repository.text(of: Self.path).components(separatedBy: "\n## ").dropFirst()
        for (name, fields) in Self.dialogs {
            let section = try #require(sections.first { $0.hasPrefix(name) }, "\(name)")
            for field in fields { #expect(section.contains(field), "\(field) of \(name)") }
        }
    }

    @Test("isthmusctl is of the release of the services")
    func release() throws {
        func version(_ path: String) throws -> Substring? {
            try Repository.text(of: path).firstMatch(of: /static let current = "([0-9.]+)"/)?.output.1
        }
        let own = try version("Services/isthmusctl/AdministrationClient/Client/Release.swift")
        #expect(try own == version("Shared/ServiceKit/IsthmusVersion.swift") && own != nil)
    }
}
