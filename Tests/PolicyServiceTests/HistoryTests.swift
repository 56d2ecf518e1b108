import Foundation
import Policy
import TestSupport
import Testing

@testable import PolicyService

@Suite("The history of the configuration")
struct HistoryTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI() }

    /// Five versions: a domain and a partner; the partner changed; a user and settings; the partner gone; a route.
    private func fill() async throws {
        let all = #"{"domains":[{"domain":"sip.example"}],"partners":[{"domain":"a.example","sasl":"optional"}]}"#
        _ = try await self.api.send("PUT", "/v1/configuration?reason=first", all)
        _ = try await self.api.send("PATCH", "/v1/partners/a.example", #"{"partner-type":"federated"}"#)
        let more = #"{"users":[{"address":"juliet@sip.example"}],"settings":{"connection-limit":7}}"#
        _ = try await self.api.send("PUT", "/v1/configuration", more)
        _ = try await self.api.send("DELETE", "/v1/partners/a.example")
        _ = try await self.api.send("POST", "/v1/routes", #"{"domain":"sip.example","next-hop":"b.example"}"#)
    }

    @Test("The commits are listed, the newest first, in pages, with who, why and what")
    func list() async throws {
        try await self.fill()
        let page = try await self.api.send("GET", "/v1/configuration/versions?limit=2")
        #expect(page.headers["etag"] == "\"5\"")
        #expect(page.body["items"]?.elements?.compactMap { $0["version"]?.integer } == [5, 4])
        #expect(page.body["next"]?.integer == 4)
        let rest = try await self.api.send("GET", "/v1/configuration/versions?before=4")
        #expect(rest.body["items"]?.elements?.compactMap { $0["version"]?.integer } == [3, 2, 1])
        let first = try #require(rest.body["items"]?.elements?.last)
        #expect(first["author"]?.text == "root" && first["reason"]?.text == "first")
        #expect(first["changes"] == DocumentValue(texts: ["add domain sip.example", "add partner a.example"]))
    }

    @Test("Every version can be shown as it was, and leads to the next by what is shown as the difference")
    func everyVersion() async throws {
        try await self.fill()
        var seen: [DocumentValue] = []
        for version in 0...5 {
            let shown = try await self.api.send("GET", "/v1/configuration/versions/\(version)")
            #expect(shown.status == 200 && shown.headers["etag"] == "\"\(version)\"")
            seen.append(shown.body)
        }
        #expect(seen[5] == (try await self.api.send("GET", "/v1/configuration")).body)
        #expect(seen[0]["domains"] == .list([]))
        #expect(seen[1]["partners"]?.elements?.first?["partner-type"]?.text == "public-unverified")
        #expect(seen[2]["partners"]?.elements?.first?["partner-type"]?.text == "federated")
        #expect(seen[3]["settings"]?["connection-limit"]?.integer == 7)
        #expect(seen[2]["settings"]?["connection-limit"]?.integer == 1_000)
        #expect(seen[4]["partners"] == .list([]) && seen[4]["routes"] == .list([]))
        let forth = try await self.api.send("GET", "/v1/configuration/versions/2/changes?to=4")
        let objects = forth.body["changes"]?.elements?.compactMap { $0["object"]?.text }
        #expect(objects == ["settings", "partner a.example", "user juliet@sip.example"])
        let back = try await self.api.send("GET", "/v1/configuration/versions/4/changes?to=2")
        #expect(back.body["changes"]?.elements?.compactMap { $0["action"]?.text } == ["change", "add", "remove"])
        let now = try await self.api.send("GET", "/v1/configuration/versions/4/changes")
        #expect(now.body["to"]?.integer == 5 && now.body["changes"]?.elements?.count == 1)
    }

    @Test(
        "A version is restored by a new commit; a dry run shows it, a stale base is refused, what is there already changes nothing"
    )
    func restore() async throws {
        try await self.fill()
        let dry = try await self.api.send("POST", "/v1/configuration/versions/2/restore?dry-run=true", "")
        #expect(dry.body["changes"]?.elements?.count == 4)
        #expect(await self.api.engine.version == 5)
        let stale = try await self.api.send(
            "POST",
            "/v1/configuration/versions/2/restore",
            "",
            headers: ["If-Match": "\"4\""]
        )
        #expect(stale.status == 412 && stale.body["version"]?.integer == 5)
        let done = try await self.api.send("POST", "/v1/configuration/versions/2/restore", "")
        #expect(done.status == 200 && done.body["version"]?.integer == 6)
        let shown = try await self.api.send("GET", "/v1/configuration/versions/2")
        #expect(shown.body == (try await self.api.send("GET", "/v1/configuration")).body)
        let audit = try await self.api.send("GET", "/v1/audit?limit=1")
        #expect(audit.body["items"]?.elements?.first?["reason"]?.text == "restored version 2")
        let again = try await self.api.send("POST", "/v1/configuration/versions/2/restore", "")
        #expect(again.body["version"]?.integer == 6 && again.body["changes"] == .list([]))
    }

    @Test("What is no version is said to be none", arguments: ["6", "-1", "x", "99999999999999999999"])
    func noVersion(_ text: String) async throws {
        try await self.fill()
        let answer = try await self.api.send("GET", "/v1/configuration/versions/\(text)")
        #expect(answer.status == 404 || answer.status == 400)
        #expect(answer.headers["content-type"] == "application/problem+json")
    }
}
