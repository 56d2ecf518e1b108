import Bus
import Messaging
import Policy
import Testing
import Wire

@testable import PolicyService

@Suite("Tests that the edges walk")
struct EdgeTestRoutesTests {
    let api: RunningAPI

    init() async throws {
        self.api = try await RunningAPI()
        let all = """
            {"domains":[{"domain":"a.example"},{"domain":"sip.example","xmpp-access":true}],
             "partners":[{"domain":"xmpp.example","sasl":"optional"}],
             "routes":[{"domain":"sip.example","next-hop":"pool.example"}]}
            """
        _ = try await self.api.send("PUT", "/v1/configuration", all)
    }

    private func live(_ edges: (EdgeRecord.Kind, String)...) async {
        for (number, (kind, name)) in edges.enumerated() {
            let edge = EdgeRecord(kind: kind, instance: name, endpoint: "tcp://127.0.0.1:\(number + 1)")
            _ = await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: EdgeStatus()))
        }
    }

    private func answer(_ service: ServiceName, _ steps: Result<[TestStep], BusFailure>) {
        self.api.others.answer(service) { request in
            switch request {
            case .partnerTest, .routeTest: steps.map { .testSteps($0) }
            default: .success(.streamPage(StreamPage(streams: [])))
            }
        }
    }

    private func steps(_ path: String, token: String? = nil) async throws -> [DocumentValue] {
        let report = try await self.api.send("POST", "/v1/tests/\(path)", token: token ?? self.api.operating)
        return report.body["steps"]?.elements ?? []
    }

    private static func names(_ steps: [DocumentValue]) -> [String] { steps.compactMap { $0["step"]?.text } }

    private static let bad = TestStep(
        "certificate",
        .bad,
        "it has expired",
        remedy: "They need a new one.",
        reason: .certificateRejected
    )

    @Test(
        "The edge that messages would take walks, in the name of the first domain or another; its steps and reasons are shown"
    )
    func partner() async throws {
        await self.live((.xmpp, "x1"), (.xmpp, "x2"), (.sip, "s1"))
        self.answer(.xmppEdge, .success([TestStep("DNS", .good, "found"), Self.bad]))
        let steps = try await self.steps("partners/xmpp.example?reason=why")
        #expect(Self.names(steps) == ["policy", "edge", "DNS", "certificate", "live streams"])
        #expect(steps[1]["outcome"]?.text == "good" && steps[1]["text"]?.text?.contains("walks") == true)
        #expect(
            steps[3]["reason"]?.text == "certificate-rejected" && steps[3]["remedy"]?.text == "They need a new one."
        )
        _ = try await self.steps("partners/xmpp.example?from=SIP.example")
        let asked = self.api.others.requests.compactMap { if case .partnerTest(let test) = $0 { test } else { nil } }
        #expect(asked.map(\.local) == ["a.example", "sip.example"] && asked.allSatisfy { $0.remote == "xmpp.example" })
        let audit = try await self.api.send("GET", "/v1/audit").body.json()
        #expect(audit.contains("test partner") && audit.contains("why"))
        #expect(
            try await self.api.send("POST", "/v1/tests/partners/xmpp.example", token: self.api.viewer).status == 403
        )
    }

    @Test("Every edge can be asked, or one by its name; what is not there is said")
    func choice() async throws {
        await self.live((.xmpp, "x1"), (.xmpp, "x2"), (.sip, "s1"))
        self.answer(.xmppEdge, .success([Self.bad]))
        self.answer(.sipEdge, .success([TestStep("OPTIONS", .good, "200")]))
        let all = try await self.steps("partners/xmpp.example?edge=all")
        #expect(
            Self.names(all) == [
                "policy", "x1: edge", "x1: certificate", "x2: edge", "x2: certificate", "live streams",
            ]
        )
        let one = try await self.steps("partners/xmpp.example?edge=x2")
        #expect(one[1]["text"]?.text?.hasPrefix("x2 walks") == true)
        for wrong in ["partners/xmpp.example?edge=s1", "routes/\(try await self.route())?edge=x1"] {
            let answer = try await self.api.send("POST", "/v1/tests/\(wrong)")
            #expect(answer.status == 404 && answer.body["detail"]?.text?.contains("edge list") == true, "\(wrong)")
        }
        let stranger = try await self.api.send("POST", "/v1/tests/partners/xmpp.example?from=other.example")
        #expect(stranger.status == 400 && stranger.body["detail"]?.text?.contains("none of this gateway's") == true)
        let route = try await self.steps("routes/\(try await self.route())")
        #expect(Self.names(route) == ["edge", "OPTIONS", "live streams"])
        #expect(self.api.others.requests.contains(.routeTest(RouteTest(route: try await self.route()))))
    }

    private func route() async throws -> String {
        try #require(await self.api.engine.state.allRoutes.first?.id)
    }

    static let failures: [(failure: BusFailure, outcome: String, words: String, isWalked: Bool)] = [
        (.remote(Failure(.unsupported, "?")), "warning", "no xmpp-edge is of a version", true),
        (.unreachable, "bad", "x1", false),
    ]

    @Test(
        "An edge of an older version is stood in for, and that is said; one that does not answer is not",
        arguments: failures
    )
    func failing(_ failure: BusFailure, _ outcome: String, _ words: String, _ isWalked: Bool) async throws {
        await self.live((.xmpp, "x1"))
        self.answer(.xmppEdge, .failure(failure))
        let steps = try await self.steps("partners/xmpp.example")
        #expect(steps[1]["outcome"]?.text == outcome && steps[1]["text"]?.text?.contains(words) == true, "\(steps)")
        #expect(steps.contains { $0["text"]?.text?.hasPrefix("asked about") == true } == isWalked, "\(steps)")
    }

    @Test("Before a cut-over the sip-edges look at the routes")
    func preflight() async throws {
        await self.live((.sip, "s1"))
        self.answer(.sipEdge, .success([TestStep("OPTIONS", .good, "200")]))
        let id = try await self.route()
        #expect(Self.names(try await self.steps("preflight/sip.example")).contains("route \(id): OPTIONS"))
    }
}
