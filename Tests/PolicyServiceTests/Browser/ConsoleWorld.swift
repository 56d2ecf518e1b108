import Bus
import Messaging
import Policy
import Wire

@testable import PolicyService

/// A gateway in full work, as the console would show it: partners, users, streams, certificates, refusals.
struct ConsoleWorld {
    let api: RunningAPI
    /// Put into everything that comes from somebody else: peers, users, CAs.
    var mark = ""

    /// Everything that can be shown, by the ways it comes in.
    func fill() async throws {
        try await self.configure()
        await self.connect()
        try await self.record()
        self.answer()
    }

    private func send(_ path: String, _ document: DocumentValue) async throws {
        let answer = try await self.api.send("POST", "/v1/\(path)", document.json())
        guard answer.status == 201 else { throw BrowserError(description: "\(path): \(answer.body.json())") }
    }

    private func configure() async throws {
        for domain in ["sip.example.com", "voice.example.com"] {
            try await self.send(
                "domains",
                ["domain": .text(domain), "description": .text("Head office\(self.mark)"), "xmpp-access": .flag(true)]
            )
        }
        try await self.send(
            "partners",
            [
                "domain": .text("example.org"), "description": .text("Example Organisation\(self.mark)"),
                "partner-type": .text("federated"),
            ]
        )
        try await self.send(
            "partners",
            [
                "domain": .text("jabber.example.net"), "description": .text("Jabber of the university"),
                "tls": .text("optional"),
                "additional-domains": DocumentValue(texts: ["chat.example.net"]),
            ]
        )
        try await self.send(
            "partners",
            ["domain": .text("old.example.edu"), "enabled": .flag(false), "sasl": .text("not-supported")]
        )
        try await self.send("hosts", ["host": .text("pool01.example.com")])
        try await self.send("hosts", ["host": .text("192.0.2.10")])
        for domain in ["sip.example.com", "voice.example.com"] {
            try await self.send(
                "routes",
                [
                    "domain": .text(domain), "next-hop": .text("pool01.example.com"), "port": .integer(5061),
                    "transport": .text("tls"),
                ]
            )
        }
        for (user, name) in [("juliet", "Juliet Capulet"), ("nurse", "Angelica"), ("tybalt", "Tybalt")] {
            try await self.send(
                "users",
                [
                    "address": .text("\(user)@sip.example.com"), "display-name": .text(name + self.mark),
                    "home": .text(user == "nurse" ? "xmpp" : "sip"),
                ]
            )
        }
    }

    /// Pages that grow with what is there.
    static let crowdedPages = [
        ("overview", ""), ("partners", "partners"), ("partner", "partners/edit?key=\(Self.partner(7))"),
        ("users", "users"), ("refusals", "refusals"), ("history", "history"), ("version", "history/1"),
        ("domains", "domains"),
    ]

    /// Names as long as DNS allows, and in many scripts.
    private static func partner(_ number: Int) -> String {
        let scripts = [
            "xn--mnchen-3ya", "xn--e1aybc", "xn--wgbl6a", "xn--fiqs8s", "a-very-long-name-of-an-organisation",
        ]
        let label = scripts[number % scripts.count]
        let long = number % 7 == 0 ? ".department-of-computational-linguistics.faculty-of-arts-and-humanities" : ""
        return "p\(number)\(long).\(label).example"
    }

    /// Very many partners with very long names, in one commit.
    func crowd(partners count: Int) async throws {
        let domain = "communications-infrastructure.subsidiary-of-the-holding.example.com"
        let text =
            "Gemeinsame Dienststelle für Telekommunikation 電気通信 — Отдел связи, Donaudampfschifffahrtsgesellschaft"
        let partners = (0..<count).map { number -> DocumentValue in
            [
                "domain": .text(Self.partner(number)), "description": .text("\(text) \(number)"),
                "tls": .text(number % 3 == 0 ? "optional" : "required"),
                "additional-domains": DocumentValue(
                    texts: (0..<number % 5).map { "extra\($0).\(Self.partner(number))" }
                ),
            ]
        }
        let users = (0..<20).map { number -> DocumentValue in
            [
                "address": .text("donau.dampf.schiff.kapitaen\(number)@\(domain)"),
                "display-name": .text("\(text) \(number)"),
            ]
        }
        let all: DocumentValue = [
            "domains": .list([["domain": .text(domain), "description": .text(text), "xmpp-access": .flag(true)]]),
            "partners": .list(partners), "users": .list(users),
        ]
        let answer = try await self.api.send("PUT", "/v1/configuration?reason=\("migration".inQuery)", all.json())
        guard answer.status == 200 else { throw BrowserError(description: answer.body.json()) }
        await self.connect()
        await self.api.refusals.add(
            (0..<20).map { number in
                RefusalRecord(
                    time: 1_700_000_000_000 - Int64(number) * 3_600_000,
                    service: "xmpp-edge",
                    messageID: MessageID("m-\(number)"),
                    subject: "message",
                    from: "somebody.with.a.long.name@\(Self.partner(number))",
                    to: "donau.dampf.schiff.kapitaen\(number)@\(domain)",
                    peer: "2001:db8:ffff:ffff:ffff:ffff:ffff:\(number)",
                    reason: .userOnSurvivableBranchAppliance,
                    answer: "not-allowed",
                    text:
                        "the user lives on a branch appliance, which is never federated, whatever the policy of the site says"
                )
            }
        )
    }

    private func connect() async {
        let sequence = await self.api.engine.state.sequence
        for (kind, name) in [(EdgeRecord.Kind.xmpp, "xmpp-edge-1"), (.xmpp, "xmpp-edge-2"), (.sip, "sip-edge-1")] {
            let edge = EdgeRecord(
                kind: kind,
                instance: name,
                endpoint: "tcp://\(name):7111",
                publicAddresses: ["203.0.113.7"],
                isDraining: name == "xmpp-edge-2"
            )
            let status = EdgeStatus(
                policyEpoch: "one",
                policySequence: name == "xmpp-edge-2" ? 0 : sequence + 3,
                certificatesVersion: 4,
                startedAt: 1_700_000_000_000,
                programVersion: "0.3.0",
                counters: [.init(name: "streams", value: 12), .init(name: "messages", value: 48_210)]
            )
            _ = await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: status))
        }
        let stream = LiveStream(
            id: "s1",
            direction: .inbound,
            localDomains: ["sip.example.com"],
            remoteDomains: ["example.org\(self.mark)"],
            peerAddress: "198.51.100.20:41734",
            security: "TLSv1.3 TLS_AES_256_GCM_SHA384",
            authentication: "sasl-external\(self.mark)",
            state: "established\(self.mark)",
            establishedAt: 1_700_000_000_000,
            received: 4_210,
            sent: 3_977
        )
        let mark = self.mark
        let hop = NextHopStatus(
            routes: ["r8", "r9"],
            name: "pool01.example.com:5061",
            state: .up,
            connection: "TLSv1.3\(mark)"
        )
        self.api.others.answer(.xmppEdge) { request in
            guard case .partnerTest(let test) = request else {
                return .success(.streamPage(StreamPage(streams: [stream])))
            }
            return .success(
                .testSteps([TestStep("DNS\(mark)", .good, "asked about \(test.remote) by \(test.local)\(mark)")])
            )
        }
        self.api.others.answer(.sipEdge) { request in
            guard case .routeTest(let test) = request else {
                return .success(.streamPage(StreamPage(streams: [], nextHops: [hop])))
            }
            let words = "the server of \(test.route) does not answer\(mark)"
            let step = TestStep("OPTIONS", .bad, words, remedy: "start it\(mark)", reason: .nextHopTimeout)
            return .success(.testSteps([step]))
        }
    }

    private func record() async throws {
        let mark = self.mark
        var refusals = [
            RefusalRecord(
                time: 1_700_000_000_000,
                service: "xmpp-edge\(mark)",
                messageID: MessageID("m-1\(mark)"),
                subject: "message",
                from: "romeo\(mark)@montague.example",
                to: "juliet@sip.example.com",
                peer: "198.51.100.20\(mark)",
                reason: .unknownPartner,
                answer: "remote-server-not-found\(mark)",
                text: "montague.example is nobody's partner\(mark)"
            ),
            RefusalRecord(
                time: 1_700_000_050_000,
                service: "xmpp-edge",
                messageID: nil,
                subject: "stream",
                from: "jabber.example.net",
                to: "sip.example.com",
                peer: "198.51.100.77",
                reason: .certificateRejected,
                answer: "not-authorized",
                text: "the certificate has expired\(mark)"
            ),
        ]
        refusals[1].certificate = RefusalCertificate(
            subject: "CN=jabber.example.net\(mark)",
            issuer: "CN=Evil CA\(mark)",
            names: ["jabber.example.net\(mark)"],
            fingerprint: "ab12",
            notBefore: 1,
            notAfter: 2,
            rejection: "expired\(mark)"
        )
        refusals[1].rule = "partner jabber.example.net: tls=optional\(mark)"
        await self.api.refusals.add(refusals)
        for name in ["romeo", "benvolio\(mark)"] {
            let record = SubscriptionRecord(
                direction: .xmppToSIP,
                watcher: Address(user: name, domain: "example.org"),
                presentity: Address(user: "juliet", domain: "sip.example.com"),
                state: .active,
                refreshedAt: 1_700_000_000_000
            )
            try await self.api.store.apply([.put(record)])
        }
    }

    private func answer() {
        let mark = self.mark
        self.api.others.answer(.certService) { request in
            switch request {
            case .certificateSigningRequest(let wish):
                .success(
                    .certificateRequested(
                        .init(
                            id: "c9",
                            csrPEM: "-----BEGIN CERTIFICATE REQUEST-----\n\(wish.commonName)\(mark)",
                            summary: "organisation: \(wish.organization)\(mark)"
                        )
                    )
                )
            case .trustRootRemoval, .certificateRemoval: .success(.acknowledged)
            case .certificateRevocation, .certificateRenewal:
                .success(.certificateResult(Self.certificate("c3", .active, mark)))
            case .masterKeyRotation: .success(.masterKeyRotated(.init(keys: 4, previousPath: "/var/old.key")))
            case .acmeAccountOrder:
                .success(
                    .acmeAccount(
                        .init(
                            directory: "https://acme.example/directory",
                            address: "https://acme.example/account/1\(mark)",
                            status: "valid",
                            contacts: ["mailto:hostmaster@example.com"],
                            thumbprint: "q7Zk3t"
                        )
                    )
                )
            case .certificateAssignment, .certificateImport:
                .success(.certificateResult(Self.certificate("c1", .active, mark)))
            case .certificateAssignmentPreview(let wish):
                .success(
                    .certificateInventory(.init(version: 4, records: Self.certificates(mark, assigning: wish)))
                )
            case .certificateCheck:
                .success(
                    .certificateReport(
                        .init(
                            subject: "CN=sip.example.com\(mark)",
                            findings: [
                                .init("names", .good, "it names every domain\(mark)"),
                                .init("dates", .warning, "it expires in 20 days\(mark)", remedy: "renew it\(mark)"),
                            ]
                        )
                    )
                )
            case .trustRootList, .trustRootAddition:
                .success(
                    .trustRoots([
                        .init(
                            id: "t1",
                            subject: "CN=Example Root\(mark)",
                            fingerprint: "9a3b1c7d5e8f20416b7a9c0d2e4f6081a3b5c7d9e1f3052746687a8b9cadbecf",
                            notAfter: 1_900_000_000_000,
                            certificatePEM: ""
                        )
                    ])
                )
            default:
                .success(
                    .certificateInventory(
                        .init(version: 4, records: Self.certificates(mark))
                    )
                )
            }
        }
        self.api.others.answer(.dnsPublisher) { request in
            guard case .dnsPlanRequest = request else {
                return .success(
                    request == .dnsZoneRequest
                        ? .dnsZone("_xmpp-server._tcp.sip.example.com. 300 IN SRV 0 0 5269 gw\(mark)")
                        : .dnsResult(.init(applied: 2, isVerified: true, text: "done"))
                )
            }
            let add = DNSRecord(
                name: "_xmpp-server._tcp.sip.example.com\(mark)",
                type: "SRV",
                ttl: 300,
                data: "0 0 5269 gw.example.com\(mark)"
            )
            let delete = DNSRecord(
                name: "_xmpp-server._tcp.old.example.com",
                type: "SRV",
                ttl: 300,
                data: "0 0 5269 gw.example.com"
            )
            return .success(
                .dnsPlan(
                    DNSPlan(
                        checksum: "sum",
                        changes: [.init(.add, add), .init(.delete, delete)],
                        desired: [add],
                        text: "",
                        warnings: ["somebody else has changed it\(mark)"]
                    )
                )
            )
        }
        self.api.others.answer(
            .dialbackAuthority,
            .success(
                .dialbackStatus(.init(secrets: [.init(id: "d1", createdAt: 1_700_000_000_000)], overlapSeconds: 60))
            )
        )
    }

    /// What there is: one in use, one that is waited for, one of an ACME CA, one that is made by itself.
    private static func certificates(
        _ mark: String,
        assigning wish: CertificateAssignment? = nil
    ) -> [CertificateRecord] {
        var records = [Self.certificate("c1", .active, mark), Self.certificate("c2", .pending, mark)]
        records.append(Self.certificate("c3", .unassigned, mark))
        (records[0].xmppDomains, records[0].sipDomains) = (["sip.example.com"], ["sip.example.com"])
        records[2].friendlyName = "Public CA\(mark)"
        records[2].order = CertificateOrder(
            directory: "https://acme.example/directory",
            progress: "issued",
            renewal: 1_706_000_000_000,
            explanation: mark
        )
        records.append(Self.certificate("c4", .active, mark))
        records[3].friendlyName = "voice.example.com"
        records[3].madeFor = "voice.example.com"
        records[3].sipDomains = ["voice.example.com"]
        guard let wish, let index = records.firstIndex(where: { $0.id == wish.id }) else { return records }
        records[index].uses = wish.uses
        records[index].xmppDomains = wish.uses.contains(.xmpp) ? ["sip.example.com"] : []
        records[index].sipDomains = wish.uses.contains(.sip) ? ["sip.example.com"] : []
        return records
    }

    private static func certificate(_ id: String, _ state: CertificateRecord.State, _ mark: String) -> CertificateRecord
    {
        CertificateRecord(
            id: id,
            friendlyName: state == .active ? "Gateway 2026\(mark)" : "Renewal",
            state: state,
            uses: state == .active ? [.xmpp, .sip] : [],
            subject: "CN=sip.example.com\(mark)",
            issuer: state == .active ? "CN=Example Issuing CA\(mark)" : "",
            names: ["sip.example.com", "voice.example.com\(mark)"],
            keyKind: "rsa-2048",
            notBefore: state == .active ? 1_690_000_000_000 : 0,
            notAfter: state == .active ? 1_710_000_000_000 : 0,
            fingerprint: state == .active ? "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" : "",
            warnings: state == .active ? ["it expires in 20 days\(mark)"] : []
        )
    }
}
