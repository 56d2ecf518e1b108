import Policy

/// LCS 2005 and OCS 2007: the Routing and Host Authorization tabs of the pool's Front End properties.
struct LCSGuide: Sendable {
    let facts: GuideFacts
    let product: String

    var sections: [Guide.Section] {
        [self.listener] + self.routes + self.authorization + [self.certificates, self.restart]
    }

    private var listener: Guide.Section {
        Guide.Section(
            title: "\(self.product): the listener (Front End properties, General tab)",
            fields: (self.facts.usesTLS ? [Guide.Field("Transport", "MTLS, port \(GuideFacts.tlsPort)")] : [])
                + (self.facts.usesTCP ? [Guide.Field("Transport", "TCP, port \(GuideFacts.tcpPort)")] : [])
        )
    }

    private var routes: [Guide.Section] {
        self.facts.remoteDomains.map { domain in
            Guide.Section(
                title: "Routing tab: a static route for \(domain)",
                fields: [
                    Guide.Field("User", "*"),
                    Guide.Field("Domain", domain),
                    Guide.Field("Phone URI", "unchecked"),
                    Guide.Field("Next hop", self.facts.usesTLS ? self.facts.name : self.facts.shownAddresses[0]),
                    Guide.Field("Transport", self.facts.usesTLS ? "TLS" : "TCP"),
                    Guide.Field("Port", String(self.facts.usesTLS ? GuideFacts.tlsPort : GuideFacts.tcpPort)),
                    Guide.Field("Replace host in request URI", "unchecked"),
                ]
            )
        }
    }

    /// Over TLS two entries for each host, by name and by address; over TCP the address alone.
    private var authorization: [Guide.Section] {
        let servers = (self.facts.usesTLS ? [self.facts.name] : []) + self.facts.shownAddresses
        return servers.map { server in
            Guide.Section(
                title: "Host Authorization tab: \(server)",
                fields: [
                    Guide.Field("Server", server),
                    Guide.Field("Outbound Only", "unchecked"),
                    Guide.Field("Throttle As Server", "checked"),
                    Guide.Field("Treat As Authenticated", "checked"),
                ]
            )
        }
    }

    private var certificates: Guide.Section {
        Guide.Section(
            title: "Certificates",
            notes: [
                "Put the root of the CA that signed the gateway's certificate into the trusted roots of Local Computer.",
                "The Front End's own certificate must show Server Authentication and Client Authentication (1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.2); its root goes here with: isthmusctl certificate trust add FILE --use sip",
                "The gateway speaks TLS 1.2 and later. Servers of this age need the updates that give them TLS 1.2, or a TCP route inside a protected network.",
            ]
        )
    }

    private var restart: Guide.Section {
        Guide.Section(title: "At the end", notes: ["Restart the Front End service on every server of the pool."])
    }
}

/// Lync 2010 and 2013, Skype for Business: the Management Shell.
struct LyncGuide: Sendable {
    let facts: GuideFacts

    var sections: [Guide.Section] {
        [self.routes, self.applications, self.contacts, self.certificates]
    }

    private var routes: Guide.Section {
        let lines = self.facts.remoteDomains.flatMap { domain in
            [
                self.facts.usesTLS
                    ? "$r = New-CsStaticRoute -TLSRoute -Destination \(self.facts.name) -Port \(GuideFacts.tlsPort) -UseDefaultCertificate $true -MatchUri \(domain)"
                    : "$r = New-CsStaticRoute -TCPRoute -Destination \(self.facts.shownAddresses[0]) -Port \(GuideFacts.tcpPort) -MatchUri \(domain)",
                "Set-CsStaticRoutingConfiguration -Identity global -Route @{Add=$r}",
            ]
        }
        return Guide.Section(
            title: "Static routes to the gateway",
            notes: ["Lync takes one route and one next hop for a domain; several edges stand behind one name."],
            lines: lines
        )
    }

    private var applications: Guide.Section {
        let registrar = self.facts.routes.first { $0.transport == .tls }?.nextHop ?? "POOL-FQDN"
        return Guide.Section(
            title: "The gateway as a trusted server (what Host Authorization was)",
            notes: [
                "\(registrar) is the pool that your static route here leads to. Get-CsSite shows the number for -Site.",
                "The last line restarts the Front End service; it is for every server of the pool.",
            ],
            lines: [
                "New-CsTrustedApplicationPool -Identity \(self.facts.name) -Registrar \(registrar) -Site 1 -TreatAsAuthenticated $true -ThrottleAsServer $true -OutboundOnly $false -RequiresReplication $false -ComputerFqdn \(self.facts.name)",
                "New-CsTrustedApplication -ApplicationId isthmus -TrustedApplicationPoolFqdn \(self.facts.name) -Port \(GuideFacts.tlsPort)",
                "Enable-CsTopology", "Stop-CsWindowsService RTCSRV; Start-CsWindowsService RTCSRV",
            ]
        )
    }

    private var contacts: Guide.Section {
        Guide.Section(
            title: "Who may",
            notes: [
                "Here the same is decided by xmpp-access: isthmusctl explain --from A --to B says which scope wins."
            ],
            lines: ["Set-CsExternalAccessPolicy -Identity global -EnableFederationAccess $true -EnableXmppAccess $true"]
        )
    }

    private var certificates: Guide.Section {
        Guide.Section(
            title: "Certificates",
            notes: [
                "\(self.facts.name) must be a name of the gateway's certificate, and must not be one of your SIP domains.",
                "The Front End's certificate must show Server and Client Authentication; its root goes here with: isthmusctl certificate trust add FILE --use sip",
            ],
            lines: ["Request-CsCertificate -New -Type Default -ClientEku $true"]
        )
    }
}
