import Bus
import Foundation
import Messaging
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

@Suite("What administrators ask the API about")
struct ExplainAndTestRoutesTests {
    let api: RunningAPI

    init() async throws {
        self.api = try await RunningAPI()
        let all = """
            {"domains":[{"domain":"sip.example","xmpp-access":true}],
             "partners":[{"domain":"xmpp.example","sasl":"optional"}],
             "routes":[{"domain":"sip.example","next-hop":"pool.example"}],
             "hosts":[{"host":"pool.example"},{"host":"192.0.2.1"}]}
            """
        _ = try await self.api.send("PUT", "/v1/configuration", all)
    }

    private func explain(_ query: String) async throws -> DocumentValue {
        try await self.api.send("GET", "/v1/explain?\(query)", token: self.api.viewer).body
    }

    @Test("An explanation takes the subscriptions into account, and addresses in either protocol's form")
    func contact() async throws {
        let refused = try await self.explain("from=romeo@xmpp.example&to=juliet@sip.example&kind=im")
        #expect(refused["allowed"]?.flag == false && refused["reason"]?.text == "contact-not-approved")
        #expect(refused["steps"]?.elements?.last?["outcome"]?.text == "refused")
        try await self.api.store.apply([
            .put(
                SubscriptionRecord(
                    direction: .sipToXMPP,
                    watcher: Address(user: "juliet", domain: "sip.example"),
                    presentity: Address(user: "romeo", domain: "xmpp.example"),
                    state: .active,
                    refreshedAt: 1
                )
            )
        ])
        let allowed = try await self.explain("from=xmpp:Romeo@XMPP.example/home&to=sip:juliet@sip.example")
        #expect(allowed["allowed"]?.flag == true && allowed["contact"]?.text == "active")
        #expect(allowed["path"]?.elements?.first?.text?.contains("pool.example:5061 over TLS") == true)
        let presence = try await self.explain("from=juliet@sip.example&to=romeo@xmpp.example&kind=presence")
        #expect(presence["direction"]?.text == "outbound")
        #expect(presence["stripped"] == DocumentValue(texts: ["the user's status note"]))
    }

    @Test(
        "What is no question is answered by what would be one",
        arguments: [
            "to=a@sip.example", "from=a@b.example&to=", "from=a@b.example&to=c@sip.example&kind=fax",
            "from=a@b.example&to=c@sip.example&direction=up", "from=a@b_c&to=d@sip.example",
        ]
    )
    func questions(_ query: String) async throws {
        let answer = try await self.api.send("GET", "/v1/explain?\(query)")
        #expect(answer.status == 400 && answer.body["detail"]?.text?.isEmpty == false)
    }

    @Test("Only what is configured is tested, by those who may; the report says whether anything is bad")
    func tests() async throws {
        let root = TrustRoot(
            id: "t1",
            subject: "CN=Root",
            fingerprint: "",
            notAfter: 1,
            uses: [.xmpp],
            certificatePEM: "12345"
        )
        self.api.others.answer(.certService, .success(.trustRoots([root])))
        let partner = try await self.api.send("POST", "/v1/tests/partners/XMPP.example", token: self.api.operating)
        #expect(partner.body["passed"]?.flag == true)
        let steps = partner.body["steps"]?.elements ?? []
        #expect(steps.compactMap { $0["step"]?.text } == ["policy", "edge", "DNS", "live streams"])
        #expect(steps[1]["outcome"]?.text == "warning", "no edge is alive, and that is said")
        #expect(steps[1]["text"]?.text?.contains("policy-service walks instead") == true)
        #expect(steps[2]["text"]?.text == "asked about xmpp.example by sip.example, with 5 bytes of roots")
        #expect(try await self.api.send("POST", "/v1/tests/partners/internal.example").status == 404)
        let id = try #require(await self.api.engine.state.allRoutes.first?.id)
        let route = try await self.api.send("POST", "/v1/tests/routes/\(id)")
        #expect(route.body["passed"]?.flag == false && route.body.json().contains("no sip-edge is alive"))
        #expect(try await self.api.send("POST", "/v1/tests/routes/192.0.2.9").status == 404)
        #expect(try await self.api.send("POST", "/v1/tests/dns", token: self.api.viewer).status == 403)
    }

    /// What an edge says to a test message, and what the administrator is told.
    struct MessageCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let from: String
        let to: String
        let result: MessageTestResult
        let says: [String]
    }

    static let messageCases = [
        MessageCase(
            testDescription: "to a contact whose program confirms it",
            from: "juliet@sip.example",
            to: "romeo@xmpp.example",
            result: MessageTestResult(through: "x1", isConfirmed: true),
            says: ["s1 has handed it to x1", "the program of romeo@xmpp.example has confirmed it"]
        ),
        MessageCase(
            testDescription: "to a contact whose program says nothing",
            from: "sip:Juliet@sip.example",
            to: "xmpp:romeo@xmpp.example/home",
            result: MessageTestResult(through: "x1"),
            says: ["was taken by the server of xmpp.example, and has not come back"]
        ),
        MessageCase(
            testDescription: "to a contact of a server that cannot be reached",
            from: "juliet@sip.example",
            to: "romeo@xmpp.example",
            result: MessageTestResult(
                through: "x1",
                failure: DeliveryFailure(.remoteServerNotFound, reason: .dnsFailed, text: "no server is named")
            ),
            says: ["(dns-failed): no server is named", "dig SRV _xmpp-server._tcp.xmpp.example"]
        ),
        MessageCase(
            testDescription: "to a user of ours",
            from: "friend@trusted.example",
            to: "juliet@sip.example",
            result: MessageTestResult(through: "s1"),
            says: ["x1 has handed it to s1", "the SIP server has answered it with 2xx", "pool.example"]
        ),
    ]

    @Test(
        "A test message is sent by the edge that its sender would have, and told step by step",
        arguments: messageCases
    )
    func testMessage(_ message: MessageCase) async throws {
        #expect(
            try await self.api.send("POST", "/v1/partners", #"{"domain":"trusted.example","partner-type":"federated"}"#)
                .status == 201
        )
        for (kind, name) in [(EdgeRecord.Kind.sip, "s1"), (.xmpp, "x1")] {
            let edge = EdgeRecord(kind: kind, instance: name, endpoint: "tcp://127.0.0.1:1")
            _ = await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: EdgeStatus()))
        }
        for service in [ServiceName.sipEdge, .xmppEdge] {
            self.api.others.answer(service) { request in
                if case .messageTest = request {
                    .success(.messageTestResult(message.result))
                } else {
                    .success(.streamPage(StreamPage(streams: [])))
                }
            }
        }
        let wish = #"{"from":"\#(message.from)","to":"\#(message.to)"}"#
        let report = try await self.api.send("POST", "/v1/tests/messages?reason=why", wish, token: self.api.operating)
        let text = report.body.json()
        for words in message.says { #expect(text.contains(words), "\(words) in \(text)") }
        #expect(report.body["passed"]?.flag == (message.result.failure == nil))
        let sent = self.api.others.requests.compactMap { if case .messageTest(let test) = $0 { test } else { nil } }
        #expect(sent.count == 1 && sent.first?.text.contains("test of the gateway") == true)
        #expect(sent.first?.from.user?.contains("@") == false && sent.first?.to.instance == nil)
        #expect(try await self.api.send("GET", "/v1/audit").body.json().contains("test message"))
        #expect(try await self.api.send("POST", "/v1/tests/messages", wish, token: self.api.viewer).status == 403)
    }

    @Test("A message that may not cross is not sent, and nobody sends one to a domain")
    func refusedTestMessage() async throws {
        let wish = #"{"from":"romeo@xmpp.example","to":"juliet@sip.example"}"#
        let report = try await self.api.send("POST", "/v1/tests/messages", wish)
        #expect(report.body["passed"]?.flag == false)
        #expect(report.body.json().contains("contact-not-approved") && report.body.json().contains("none was sent"))
        #expect(self.api.others.requests.isEmpty)
        for wrong in [
            #"{"from":"sip.example","to":"romeo@xmpp.example"}"#, #"{"from":"a@b.example"}"#, #"{"text":"x"}"#,
        ] {
            let status = try await self.api.send("POST", "/v1/tests/messages", wrong).status
            #expect(status == 400 || status == 422, "\(wrong): \(status)")
        }
    }

    @Test("A live stream of an edge shows what a test cannot")
    func liveStreams() async throws {
        let edge = EdgeRecord(kind: .xmpp, instance: "x1", endpoint: "tcp://127.0.0.1:1")
        _ = await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: EdgeStatus()))
        let stream = LiveStream(
            id: "s",
            direction: .outbound,
            localDomains: ["sip.example"],
            remoteDomains: ["xmpp.example"],
            peerAddress: "192.0.2.5:5269",
            security: "TLSv1.3",
            authentication: "sasl-external",
            state: "established",
            establishedAt: 1,
            received: 0,
            sent: 0
        )
        self.api.others.answer(.xmppEdge, .success(.streamPage(StreamPage(streams: [stream], nextCursor: nil))))
        let report = try await self.api.send("POST", "/v1/tests/partners/xmpp.example")
        let last = try #require(report.body["steps"]?.elements?.last)
        #expect(last["outcome"]?.text == "good" && last["text"]?.text?.contains("sasl-external") == true)
    }

    @Test("Before a cut-over everything that is not ready is named; when it is, nothing is bad")
    func preflight() async throws {
        let bare = try await self.api.send("POST", "/v1/tests/preflight/other.example")
        let bad = (bare.body["steps"]?.elements ?? []).filter { $0["outcome"]?.text == "bad" }.compactMap {
            $0["step"]?.text
        }
        for step in ["domain", "xmpp-edge", "sip-edge", "certificates", "routes", "DNS"] { #expect(bad.contains(step)) }
        #expect(bare.body["passed"]?.flag == false)
    }

    @Test("Certificates are judged by their names and dates")
    func certificates() {
        let day: Int64 = 86_400_000
        func record(_ id: String, _ uses: [CertificateUse], _ names: [String], ends: Int64) -> CertificateRecord {
            CertificateRecord(id: id, state: .active, uses: uses, names: names, notBefore: 0, notAfter: ends)
        }
        func outcomes(_ records: [CertificateRecord]) -> [TestStep.Outcome] {
            Checks.certificates(Certificates(records: records), domains: ["sip.example"], at: 10 * day).map(\.outcome)
        }
        let sip = record("b", [.sip], ["gw.example"], ends: 400 * day)
        #expect(outcomes([record("a", [.xmpp], ["sip.example"], ends: 400 * day), sip]) == [.good, .good, .good])
        #expect(outcomes([record("a", [.xmpp], ["*.example"], ends: 400 * day), sip]) == [.good, .good, .good])
        #expect(outcomes([record("a", [.xmpp], ["other.example"], ends: 400 * day), sip]) == [.good, .good, .bad])
        #expect(outcomes([record("a", [.xmpp], ["sip.example"], ends: 20 * day), sip]) == [.warning, .good, .good])
        #expect(outcomes([record("a", [.xmpp], ["sip.example"], ends: 9 * day), sip]) == [.bad, .good, .good])
        #expect(outcomes([sip]) == [.good, .bad])
        #expect(
            Checks.certificates(Certificates(records: [], failure: "no"), domains: [], at: 0).map(\.outcome) == [.bad]
        )
    }

    @Test("DNS is good when nothing has to change, of the domain that is asked about")
    func dns() {
        let record = DNSRecord(name: "_xmpp-server._tcp.a.example", type: "SRV", ttl: 60, data: "0 0 5269 x.example.")
        let plan = DNSPlan(checksum: "c", changes: [DNSChange(.add, record)], desired: [record], text: "")
        #expect(Checks.dns(plan).map(\.outcome) == [.bad])
        #expect(Checks.dns(plan, only: "a.example").map(\.outcome) == [.bad])
        #expect(Checks.dns(plan, only: "b.example").map(\.outcome) == [.warning])
        let done = DNSPlan(checksum: "c", changes: [], desired: [record], text: "")
        #expect(Checks.dns(done, only: "a.example").map(\.outcome) == [.good])
    }

    @Test("An edge is shown with the version of the configuration that it works by")
    func edgeVersions() async throws {
        let state = await self.api.engine.state
        let edge = EdgeRecord(kind: .sip, instance: "s1", endpoint: "tcp://127.0.0.1:1")
        var status = EdgeStatus()
        (status.policyEpoch, status.policySequence) = (state.epoch, state.sequence)
        _ = await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: status))
        _ = try await self.api.send("PATCH", "/v1/settings", #"{"connection-limit":5}"#)
        let shown = try #require(try await self.api.send("GET", "/v1/edges").body["items"]?.elements?.first)
        #expect(shown["policy-version"]?.integer == 1 && shown["policy-current"]?.flag == false)
    }
}
