import Policy
import Testing

@testable import PolicyService

@Suite("Several changes in one commit")
struct ChangeSetTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI() }

    private static let set = #"""
        {"changes": [
            {"action": "add", "collection": "domains", "document": {"domain": "sip.example"}},
            {"action": "add", "collection": "users", "document": {"address": "juliet@sip.example"}},
            {"action": "change", "collection": "users", "key": "juliet@sip.example", "document": {"display-name": "Juliet"}},
            {"action": "add", "collection": "hosts", "document": {"host": "pool.sip.example"}},
            {"action": "add", "collection": "routes", "document": {"domain": "sip.example", "next-hop": "pool.sip.example"}},
            {"action": "add", "collection": "routes", "document": {"domain": "sip.example", "next-hop": "pool.sip.example", "priority": 2}},
            {"action": "change", "collection": "settings", "document": {"xmpp-access": true}}
        ]}
        """#

    @Test("They are made in their order, each on what the ones before have left; what is changed twice is told once")
    func changeSet() async throws {
        let preview = try await self.api.send("POST", "/v1/changes?dry-run=true", Self.set)
        #expect(preview.status == 200 && preview.body["changes"]?.elements?.count == 6)
        #expect(await self.api.engine.version == 0, "only looked at")
        #expect(try await self.api.send("POST", "/v1/changes?reason=all", Self.set).status == 200)
        let state = await self.api.engine.state
        #expect(await self.api.engine.version == 1)
        #expect(state.user(address: "juliet@sip.example")?.displayName == "Juliet" && state.settings.xmppAccess)
        #expect(Set(state.allRoutes.map(\.id)) == ["r1", "r1-2"])
        // What comes and goes within one set is no change.
        let idle = #"""
            {"changes": [{"action": "add", "collection": "hosts", "document": {"host": "192.0.2.1"}},
                         {"action": "remove", "collection": "hosts", "key": "192.0.2.1"}]}
            """#
        #expect(try await self.api.send("POST", "/v1/changes", idle).body["changes"]?.elements?.isEmpty == true)
    }

    @Test("One mistake, and nothing of it happens; nor on an old version")
    func wholly() async throws {
        let wrong = #"""
            {"changes": [{"action": "add", "collection": "domains", "document": {"domain": "sip.example"}},
                         {"action": "remove", "collection": "partners", "key": "nobody.example"}]}
            """#
        #expect(try await self.api.send("POST", "/v1/changes", wrong).status == 404)
        #expect(try await self.api.send("POST", "/v1/changes", Self.set, headers: ["If-Match": "\"4\""]).status == 412)
        #expect(await self.api.engine.version == 0)
    }

    static let noChanges = [
        "{}", #"{"changes": []}"#, #"{"changes": [{}]}"#,
        #"{"changes": [{"action": "add", "collection": "tokens", "document": {}}]}"#,
        #"{"changes": [{"action": "change", "collection": "partners", "document": {}}]}"#,
        #"{"changes": [{"action": "remove", "collection": "settings"}]}"#,
        #"{"changes": [{"action": "remove", "collection": "partners", "key": "a.example", "force": true}]}"#,
        #"{"changes": [{"action": "remove", "collection": "partners", "key": "a.example"}], "dry-run": true}"#,
        #"{"changes": [{"action": "drop", "collection": "partners", "key": "a.example"}]}"#,
    ]

    @Test("What is no change is refused, with what would be one", arguments: noChanges)
    func malformed(_ body: String) async throws {
        let answer = try await self.api.send("POST", "/v1/changes", body)
        #expect(answer.status == 400 && answer.body["detail"]?.text?.contains("change") == true)
    }

    @Test("Each change needs the role that it alone would need; who tries more is in the audit log")
    func roles() async throws {
        #expect(try await self.api.send("POST", "/v1/domains", #"{"domain":"sip.example"}"#).status == 201)
        let user =
            #"{"changes": [{"action": "add", "collection": "users", "document": {"address": "juliet@sip.example"}}]}"#
        #expect(try await self.api.send("POST", "/v1/changes", user, token: self.api.operating).status == 200)
        let partner =
            #"{"changes": [{"action": "add", "collection": "partners", "document": {"domain": "a.example"}}]}"#
        #expect(try await self.api.send("POST", "/v1/changes", partner, token: self.api.operating).status == 403)
        #expect(try await self.api.send("POST", "/v1/changes", user, token: self.api.viewer).status == 403)
        let audit = try await self.api.send("GET", "/v1/audit").body["items"]?.elements ?? []
        let refused = audit.filter { $0["action"]?.text == "refused" }.compactMap { $0["reason"]?.text }
        #expect(refused.contains("POST /v1/changes with POST /v1/partners needs the role admin"))
    }
}
