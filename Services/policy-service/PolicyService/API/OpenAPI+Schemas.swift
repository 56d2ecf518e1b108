import Policy

/// The schemas of what is sent and answered.
extension OpenAPI {
    /// A schema as it is written here, and what else than its members is not taken.
    ///
    /// The members are `name: type`; a type is `text`, `integer`, `flag`, `object`, `any`, `one|of|these|words`, or another schema. `[type]` is
    /// a list of them, `type?` may be null, and a member `name?` may be missing.
    private static let written: [(name: String, members: String)] = [
        ("PartnerList", "version: integer, items: [Partner], next: text?, total: integer"),
        ("DomainList", "version: integer, items: [Domain], next: text?, total: integer"),
        ("UserList", "version: integer, items: [User], next: text?, total: integer"),
        ("RouteList", "version: integer, items: [Route], next: text?, total: integer"),
        ("HostList", "version: integer, items: [Host], next: text?, total: integer"),
        (
            "Configuration",
            """
            settings?: Settings, domains?: [Domain], partners?: [Partner], users?: [User], routes?: [Route], hosts?: [Host]
            """
        ),
        ("Changes", "changes: [Change]"),
        (
            "Change",
            """
            action: add|change|remove, collection: partners|domains|users|routes|hosts|settings, key?: text, document?: object
            """
        ),
        (
            "Outcome",
            """
            version: integer, dry-run: flag, change-count: integer, summary: [ChangeCount], changes: [ObjectChange], next: integer?, \
            warning-count: integer, warnings: [Finding]
            """
        ),
        (
            "Preview",
            """
            dry-run: flag, change-count: integer, summary: [ChangeCount], changes: [ObjectChange], next: integer?, steps: [TestStep]
            """
        ),
        ("ChangeCount", "kind: text, added: integer, changed: integer, removed: integer"),
        ("ObjectChange", "object: text, action: add|change|remove, before: object?, after: object?"),
        ("Finding", "severity: mistake|warning, object: text, field: text, value: text, problem: text, remedy: text"),
        (
            "Problem",
            """
            type: text, title: text, status: integer, detail: text, instance?: text, version?: integer, mistakes?: [Finding], \
            mistake-count?: integer
            """
        ),
        (
            "ContactOutcome",
            """
            dry-run: flag, entries: integer, added: integer, changed: integer, removed: integer, approvals: integer
            """
        ),
        ("VersionList", "items: [Version], next: integer?"),
        (
            "Version",
            "version: integer, time: text?, author: text, reason: text, changes: [text], change-count: integer"
        ),
        (
            "Comparison",
            """
            from: integer, to: integer, change-count: integer, summary: [ChangeCount], changes: [ObjectChange], next: integer?
            """
        ),
        ("RefusalList", "items: [Refusal], next: integer?"),
        (
            "Refusal",
            """
            number: integer, time: text?, service: text, message-id: text?, direction: text?, subject: text, partner: text, \
            local-domain: text, remote-domain: text, from: text, to: text, peer: text, peer-port: integer?, \
            certificate: RefusalCertificate?, step: text?, rule: text, reason: text, answer: text, text: text, advice?: text
            """
        ),
        (
            "RefusalCertificate",
            """
            subject: text, issuer: text, names: [text], fingerprint: text, not-before: integer, not-after: integer, rejection: text
            """
        ),
        ("AuditList", "items: [AuditEntry], next: integer?"),
        (
            "AuditEntry",
            """
            number: integer, time: text?, author: text, action: text, version: integer?, reason: text, change-count: integer, \
            changes: [ObjectChange]
            """
        ),
        ("SubscriptionList", "items: [Subscription], next: text?"),
        ("Subscription", "direction: text, watcher: text, presentity: text, state: text, refreshed-at: text?"),
        (
            "Status",
            """
            version: integer, program: text, instance: text, started-at: text?, policy: object, counts: object, findings: [Finding]
            """
        ),
        ("EdgeList", "items: [Edge]"),
        (
            "Edge",
            """
            instance: text, kind: text, endpoint: text, public-addresses: [text], draining: flag, attached-domains: [text], \
            last-heard: text?, program: text?, started-at: text?, policy-sequence: integer?, policy-version: integer?, \
            policy-current: flag?, certificates-version: integer?, counters: object
            """
        ),
        ("StreamList", "items: [Stream], unanswered: [text]"),
        (
            "Stream",
            """
            id: text, edge: text, kind: text, direction: text, local-domains: [text], remote-domains: [text], peer: text, \
            security: text, authentication: text, state: text, established-at: text?, received: integer, sent: integer
            """
        ),
        ("NextHopList", "items: [NextHop], unanswered: [text]"),
        (
            "NextHop",
            """
            edge: text, next-hop: text, routes: [text], state: text, connection: text, last-probe: text?, last-answer: text?, \
            last-error: text, failed-at: text?, tried-last-until: text?
            """
        ),
        ("Restored", "restored: object, rows: integer, version: integer"),
        ("TokenList", "items: [TokenEntry]"),
        ("TokenEntry", "name: text, role: viewer|operator|admin, created-at: text?"),
        ("Token", "name: text, role?: viewer|operator|admin"),
        ("NewToken", "name: text, role: viewer|operator|admin, token: text"),
        ("Removed", "removed: text"),
        (
            "Dialback",
            "secrets: [DialbackSecret], overlap-seconds: integer, rotates-after-seconds: integer?, passphrase: flag"
        ),
        ("DialbackSecret", "id: text, state: current|previous, created-at: text?, ends-at: text?"),
        ("Rotation", "immediately?: flag"),
        (
            "Explanation",
            """
            from: text, to: text, direction: inbound|outbound, kind: text, allowed: flag, verdict: text, reason: text?, \
            steps: [ExplanationStep], contact: text?, stripped: [text], path: [text], remedy: text, routes: [text]
            """
        ),
        ("ExplanationStep", "rule: text, outcome: passed|refused|not-reached, text: text"),
        ("Guide", "system: text, missing: [text], sections: [GuideSection]"),
        ("GuideSection", "title: text, notes: [text], fields: [GuideField], lines: [text]"),
        ("GuideField", "name: text, value: text"),
        ("TestReport", "subject: text, passed: flag, steps: [TestStep]"),
        ("TestStep", "step: text, outcome: good|warning|bad|skipped, text: text, remedy: text, reason: text"),
        ("TestMessage", "from: text, to: text"),
        (
            "DNSPlan",
            """
            checksum: text, needs-force: flag, changes: [DNSChange], desired: [DNSRecord], warnings: [text], text: text
            """
        ),
        ("DNSChange", "action: text, name: text, type: text, ttl: integer, data: text"),
        ("DNSRecord", "name: text, type: text, ttl: integer, data: text"),
        ("DNSApply", "checksum: text, force?: flag"),
        ("DNSResult", "applied: integer, verified: flag, text: text"),
        ("Zone", "zone: text"),
        ("Document", "openapi: text, info: object, security: [object], paths: object, components: object"),
    ]

    /// Of certificates.
    private static let certificates: [(name: String, members: String)] = [
        ("CertificateList", "certificates-version: integer, items: [Certificate]"),
        (
            "Certificate",
            """
            id: text, friendly-name: text, state: text, uses: [xmpp|sip], subject: text, issuer: text, names: [text], key: text, \
            not-before: text?, not-after: text?, fingerprint: text, exportable: flag, warnings: [text], order: CertificateOrder?, \
            staged-uses: [xmpp|sip], made-for: text?, xmpp-domains: [text], sip-domains: [text]
            """
        ),
        (
            "CertificateOrder",
            """
            directory: text, progress: text, problem: text, failures: integer, next-attempt: text?, renewal: text?, \
            explanation: text, replaces: text, revoked: text?, revocation-cause: text?
            """
        ),
        (
            "CertificateImport",
            """
            data: text, password?: text?, private-key?: text?, uses?: [xmpp|sip], friendly-name?: text?, exportable?: flag, now?: flag
            """
        ),
        (
            "CertificateRequest",
            """
            friendly-name?: text?, key?: text?, exportable?: flag, common-name?: text?, organization?: text?, \
            organizational-unit?: text?, country?: text?, state?: text?, city?: text?, dns-names?: [text], \
            xmpp-addresses?: [text], template?: text?, uses?: [xmpp|sip], immediate?: flag, issuer?: csr|internal|acme, dry-run?: flag
            """
        ),
        ("NewRequest", "id?: text, csr?: text, certificate?: text?, summary: text"),
        ("CertificateCheck", "id?: text, data?: text, password?: text?, uses?: [xmpp|sip], names?: [text]"),
        ("CertificateExport", "password: text"),
        ("ExportedCertificate", "id: text, pkcs12: text"),
        ("Revocation", "cause?: text, by-certificate-key?: flag, force?: flag"),
        ("Assignment", "uses?: [xmpp|sip], now?: flag"),
        ("MasterKeyRotation", "keys: integer, previous-path: text"),
        ("Account", "directory: text, address: text, status: text, contacts: [text], thumbprint: text"),
        ("TrustRootList", "items: [TrustRoot]"),
        (
            "TrustRoot",
            "id: text, subject: text, uses: [xmpp|sip], not-after: text?, fingerprint: text, certificate: text"
        ),
        ("TrustRootAddition", "data: text, uses?: [xmpp|sip]"),
    ]

    static var schemas: [DocumentValue.Member] {
        let route = StaticRoute(id: "r1", domain: "sip.example.com", nextHop: "a.example", port: 5061, transport: .tls)
        let objects: [DocumentValue.Member] = [
            .init("Partner", self.schema(of: Partner(domain: "example.org").document)),
            .init("Domain", self.schema(of: LocalDomain(domain: "sip.example.com").document)),
            .init("User", self.schema(of: UserRecord(address: "juliet@sip.example.com").document)),
            .init("Route", self.schema(of: route.document)),
            .init("Host", self.schema(of: HostAuthorization(host: "192.0.2.10").document)),
            .init("Settings", self.schema(of: GatewaySettings().document)),
        ]
        return objects + (self.written + self.certificates).map { .init($0.name, self.schema(members: $0.members)) }
    }

    // MARK: Of documents

    /// The words that a member of the configuration may have.
    private static let choices: [String: [String]] = [
        "partner-type": Partner.Kind.allCases.map(\.rawValue), "tls": Negotiation.allCases.map(\.rawValue),
        "sasl": Negotiation.allCases.map(\.rawValue), "home": UserRecord.Home.allCases.map(\.rawValue),
        "partition": Partition.Mode.allCases.map(\.rawValue),
    ]

    /// The schema of which a document of the configuration is an example; a member may be missing, and then is as it was or has its default.
    private static func schema(of example: DocumentValue, named name: String = "") -> DocumentValue {
        switch example {
        case .null: [:]
        case .flag(let flag): ["type": .text("boolean"), "examples": .list([.flag(flag)])]
        case .integer(let integer): ["type": .text("integer"), "examples": .list([.integer(integer)])]
        case .text(let text):
            self.choices[name].map { ["type": .text("string"), "enum": DocumentValue(texts: $0)] }
                ?? ["type": .text("string"), "examples": .list([.text(text)])]
        case .list(let elements):
            ["type": .text("array"), "items": elements.first.map { self.schema(of: $0) } ?? .object([])]
        case .object(let members):
            [
                "type": .text("object"),
                "properties": .object(members.map { .init($0.name, self.schema(of: $0.value, named: $0.name)) }),
                "additionalProperties": .flag(false),
            ]
        }
    }

    // MARK: As written

    private static func schema(members: String) -> DocumentValue {
        let parsed = members.split(separator: ",").map { member -> (name: Substring, schema: DocumentValue) in
            let parts = member.split(separator: ":", maxSplits: 1)
            return (parts[0].drop { $0 == " " }, self.schema(type: String(parts[1].drop { $0 == " " })))
        }
        let required = parsed.map(\.name).filter { !$0.hasSuffix("?") }.map { String($0) }
        return [
            "type": .text("object"),
            "properties": .object(
                parsed.map { .init($0.name.hasSuffix("?") ? String($0.name.dropLast()) : String($0.name), $0.schema) }
            ),
            "required": DocumentValue(texts: required),
            "additionalProperties": .flag(false),
        ]
    }

    private static func schema(type: String) -> DocumentValue {
        if type.hasSuffix("?") {
            return ["anyOf": .list([self.schema(type: String(type.dropLast())), ["type": .text("null")]])]
        }
        if type.hasPrefix("["), type.hasSuffix("]") {
            return ["type": .text("array"), "items": self.schema(type: String(type.dropFirst().dropLast()))]
        }
        if type.contains("|") {
            return [
                "type": .text("string"), "enum": DocumentValue(texts: type.split(separator: "|").map { String($0) }),
            ]
        }
        return switch type {
        case "text": ["type": .text("string")]
        case "integer": ["type": .text("integer")]
        case "flag": ["type": .text("boolean")]
        case "object": ["type": .text("object")]
        case "any": [:]
        default: self.reference(type)
        }
    }

    static func reference(_ schema: String) -> DocumentValue { ["$ref": .text("#/components/schemas/\(schema)")] }
}
