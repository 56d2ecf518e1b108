import Bus
import Hummingbird
import Policy
import TestSupport
import Wire

@testable import PolicyService

/// A gateway in which there is one of everything, and for each route of the catalogue a request that is done.
struct EveryRoute: Sendable {
    let api: RunningAPI
    private let root: String

    init() async throws {
        self.api = try await RunningAPI()
        self.root = String(decoding: try TestAuthority("Root").rootPEM, as: UTF8.self)
        for (kind, name) in [(EdgeRecord.Kind.sip, "s1"), (.xmpp, "x1")] {
            let edge = EdgeRecord(kind: kind, instance: name, endpoint: "tcp://127.0.0.1:1")
            _ = await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: EdgeStatus()))
        }
        await self.api.refusals.add([StoreContractTests.refusal(0)])
        try await self.api.store.apply([.put(StoreContractTests.subscription(1))])
        for service in ServiceName.allCases { self.api.others.answer(service) { .success(Self.answer(to: $0)) } }
    }

    private static let configuration = """
        {"settings":{},"domains":[{"domain":"sip.example","xmpp-access":true},{"domain":"spare.example"}],
         "partners":[{"domain":"example.org","partner-type":"federated","sasl":"optional"}],
         "users":[{"address":"juliet@sip.example"}],
         "routes":[{"id":"r1","domain":"sip.example","next-hop":"192.0.2.1","transport":"tcp"}],
         "hosts":[{"host":"192.0.2.1"}]}
        """

    /// Everything as it was, whatever the request before has done.
    func restore() async throws {
        _ = try await self.api.send("PUT", "/v1/configuration", Self.configuration)
        for name in ["spare", "new"] { _ = try await self.api.routes.tokens.remove(name: name) }
        _ = try await self.api.routes.tokens.make(name: "spare", role: .viewer, at: 1)
    }

    // MARK: Requests

    /// What the path is for an object that there is, with the query that it needs.
    func path(_ entry: APICatalogue.Entry) -> String {
        let key = Self.keys.first { entry.path.hasPrefix($0.prefix) }?.key ?? "x"
        let query = Self.queries["\(entry.method.rawValue) \(entry.path)"].map { "?" + $0 } ?? ""
        return entry.path.replacing("{key}", with: key) + query
    }

    private static let keys: [(prefix: String, key: String)] = [
        ("/v1/partners/", "example.org"), ("/v1/domains/", "spare.example"), ("/v1/users/", "juliet@sip.example"),
        ("/v1/routes/", "r1"), ("/v1/hosts/", "192.0.2.1"), ("/v1/configuration/versions/", "1"),
        ("/v1/refusals/", "1"), ("/v1/tokens/", "spare"), ("/v1/certificates/", "c1"), ("/v1/trust-roots/", "t1"),
        ("/v1/guide/", "lync"), ("/v1/tests/partners/", "example.org"), ("/v1/tests/routes/", "r1"),
        ("/v1/tests/preflight/", "sip.example"),
    ]

    private static let queries = [
        "GET /v1/explain": "from=romeo@example.org&to=juliet@sip.example", "POST /v1/backup/restore": "force=true",
    ]

    /// A body that the route takes.
    func body(_ entry: APICatalogue.Entry) async throws -> String? {
        guard entry.method != .get, entry.method != .delete else { return nil }
        switch "\(entry.method.rawValue) \(entry.path)" {
        case "POST /v1/trust-roots", "POST /v1/certificates":
            return DocumentValue.object([.init("data", .text(self.root))]).json()
        case "POST /v1/backup/restore":
            return String(decoding: try await self.api.bytes("/v1/backup").body, as: UTF8.self)
        case let request: return Self.bodies[request] ?? "{}"
        }
    }

    private static let bodies = [
        "POST /v1/partners": #"{"domain":"new.example"}"#, "POST /v1/domains": #"{"domain":"new.example"}"#,
        "POST /v1/users": #"{"address":"new@sip.example"}"#, "POST /v1/hosts": #"{"host":"new.example"}"#,
        "POST /v1/routes": #"{"domain":"sip.example","next-hop":"new.example","priority":2}"#,
        "PUT /v1/routes/{key}": #"{"domain":"sip.example","next-hop":"new.example"}"#,
        "PUT /v1/configuration": Self.configuration,
        "POST /v1/changes": #"{"changes":[{"action":"remove","collection":"users","key":"juliet@sip.example"}]}"#,
        "POST /v1/transfer/users": "address,home\nnew@sip.example,xmpp\n",
        "POST /v1/transfer/contacts": "juliet,sip.example,romeo,example.org,,General,0\n",
        "POST /v1/tokens": #"{"name":"new","role":"viewer"}"#,
        "POST /v1/certificates/requests": #"{"common-name":"gw.sip.example"}"#,
        "POST /v1/certificates/checks": #"{"id":"c1"}"#,
        "POST /v1/certificates/{key}/exports": #"{"password":"a long one"}"#,
        "POST /v1/certificates/{key}/revocation": #"{"force":true}"#,
        "PUT /v1/certificates/{key}/uses": #"{"uses":["xmpp"]}"#,
        "POST /v1/dns/apply": #"{"checksum":"c"}"#,
        "POST /v1/tests/messages": #"{"from":"romeo@example.org","to":"juliet@sip.example"}"#,
    ]

    // MARK: The services behind

    private static let certificate = CertificateRecord(
        id: "c1",
        state: .active,
        uses: [.xmpp, .sip],
        names: ["sip.example"],
        notAfter: 1,
        order: CertificateOrder(directory: "https://ca.example/directory", progress: "valid")
    )

    private static func answer(to request: Body) -> Body {
        let record = DNSRecord(name: "_xmpp-server._tcp.sip.example", type: "SRV", ttl: 60, data: "0 0 5269 x.example.")
        let root = TrustRoot(
            id: "t1",
            subject: "CN=Root",
            fingerprint: "",
            notAfter: 1,
            uses: [.xmpp],
            certificatePEM: ""
        )
        switch request {
        case .certificateList, .certificateAssignmentPreview:
            return .certificateInventory(CertificateInventory(version: 1, records: [Self.certificate]))
        case .certificateSigningRequest(let wish):
            return .certificateRequested(
                CertificateRequested(id: "c2", csrPEM: "", certificatePEM: nil, summary: wish.commonName)
            )
        case .certificateImport, .certificateAssignment, .certificateRenewal, .certificateRevocation:
            return .certificateResult(Self.certificate)
        case .certificateCheck:
            let finding = CertificateFinding("names", .good, "it names all", remedy: "")
            return .certificateReport(CertificateReport(subject: "CN=x", findings: [finding]))
        case .certificateExport: return .certificateExported(pkcs12: [1])
        case .masterKeyRotation: return .masterKeyRotated(MasterKeyRotated(keys: 1, previousPath: "/old"))
        case .acmeAccountOrder: return .acmeAccount(ACMEAccount(directory: "https://ca.example", status: "valid"))
        case .trustRootList, .trustRootAddition: return .trustRoots([root])
        case .dialbackStatusRequest, .dialbackRotation:
            let secret = DialbackStatus.Secret(id: "s", createdAt: 1)
            return .dialbackStatus(DialbackStatus(secrets: [secret], overlapSeconds: 60))
        case .dnsPlanRequest:
            return .dnsPlan(DNSPlan(checksum: "c", changes: [DNSChange(.add, record)], desired: [record], text: "one"))
        case .dnsZoneRequest: return .dnsZone("")
        case .dnsApply: return .dnsResult(DNSResult(applied: 1, isVerified: true, text: "done"))
        case .partnerTest, .routeTest: return .testSteps([TestStep("DNS", .good, "it was found")])
        case .messageTest: return .messageTestResult(MessageTestResult(through: "x1"))
        case .streamQuery(let query) where query.wantsNextHops:
            let hop = NextHopStatus(routes: ["r1"], name: "tcp:192.0.2.1:5060", state: .up)
            return .streamPage(StreamPage(streams: [], nextHops: [hop]))
        case .streamQuery: return .streamPage(StreamPage(streams: [Self.stream]))
        default: return .acknowledged
        }
    }

    private static let stream = LiveStream(
        id: "s",
        direction: .outbound,
        localDomains: ["sip.example"],
        remoteDomains: ["example.org"],
        peerAddress: "192.0.2.5:5269",
        security: "TLSv1.3",
        authentication: "sasl-external",
        state: "established",
        establishedAt: 1,
        received: 0,
        sent: 0
    )
}
