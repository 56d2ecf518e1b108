import Foundation
import Policy
import Testing

@testable import PolicyService

@Suite("Very large commits")
struct LargeCommitTests {
    private static let count = 1_200
    private static let file =
        "address,display-name\n"
        + (0..<count).map { "u\($0)@sip.example,User \($0)" }.joined(separator: "\n") + "\n"

    @Test("A commit of thousands of users is answered in numbers, with the first of them; all can be had")
    func bounded() async throws {
        let api = try await RunningAPI()
        #expect(try await api.send("POST", "/v1/domains", #"{"domain":"sip.example"}"#).status == 201)
        let preview = try await api.send("POST", "/v1/transfer/users?dry-run=true", Self.file)
        #expect(preview.body["change-count"] == .integer(Self.count))
        let committed = try await api.send("POST", "/v1/transfer/users", Self.file).body
        #expect(committed["change-count"] == .integer(Self.count))
        #expect(committed["changes"]?.elements?.count == ChangeReport.limit)
        #expect(committed["next"] == .integer(ChangeReport.limit))
        let summary = committed["summary"]?.elements?.first
        #expect(summary?["kind"] == .text("user") && summary?["added"] == .integer(Self.count))
        #expect(summary?["changed"] == .integer(0) && summary?["removed"] == .integer(0))

        let undone = try await api.send("POST", "/v1/configuration/versions/1/restore?dry-run=true&full=1").body
        #expect(undone["changes"]?.elements?.count == Self.count && undone["next"] == .null)
        #expect(try await api.send("GET", "/v1/configuration/versions/1/changes?full=yes").status == 400)
    }

    @Test("What differs between two versions is read page by page; each entry of the audit log has its first changes")
    func pages() async throws {
        let api = try await RunningAPI()
        #expect(try await api.send("POST", "/v1/domains", #"{"domain":"sip.example"}"#).status == 201)
        #expect(try await api.send("POST", "/v1/transfer/users", Self.file).status == 200)
        var (objects, next) = (Set<String>(), Optional(0))
        while let after = next {
            let path = "/v1/configuration/versions/1/changes?to=2&limit=1000&after=\(after)"
            let page = try await api.send("GET", path).body
            objects.formUnion((page["changes"]?.elements ?? []).compactMap { $0["object"]?.text })
            #expect(page["change-count"] == .integer(Self.count))
            next = page["next"]?.integer
        }
        #expect(objects.count == Self.count)
        let entry = try await api.send("GET", "/v1/audit?limit=1").body["items"]?.elements?.first
        #expect(entry?["change-count"] == .integer(Self.count))
        #expect(entry?["changes"]?.elements?.count == ChangeReport.limitInLists)
        let whole = try await api.send("GET", "/v1/audit?limit=1&full=1").body["items"]?.elements?.first
        #expect(whole?["changes"]?.elements?.count == Self.count)
    }

    @Test("Whoever is searched is found, wherever in the list, and page by page")
    func search() async throws {
        let api = try await RunningAPI()
        #expect(try await api.send("POST", "/v1/domains", #"{"domain":"sip.example"}"#).status == 201)
        #expect(try await api.send("POST", "/v1/transfer/users", Self.file).status == 200)
        func found(_ query: String) async throws -> (items: [String], next: String?) {
            let page = try await api.send("GET", "/v1/users?\(query)").body
            return ((page["items"]?.elements ?? []).compactMap { $0["address"]?.text }, page["next"]?.text)
        }
        #expect(try await found("search=USER%201199").items == ["u1199@sip.example"])
        var (all, next) = try await found("search=user%20119&limit=4")
        #expect(all.count == 4 && next == all.last)
        while let after = next {
            let page = try await found("search=user%20119&limit=4&after=\(after)")
            all += page.items
            next = page.next
        }
        // “9” sorts before “@”.
        let expected = ((0..<10).map { "119\($0)" } + ["119"]).map { "u\($0)@sip.example" }
        #expect(all == expected)
        #expect(try await found("search=nobody").items.isEmpty)
        #expect(try await found("after=u1199@sip.example&limit=1").items == ["u119@sip.example"])
    }

    @Test("Of thousands of mistakes the first are told, and how many there are")
    func mistakes() async throws {
        let api = try await RunningAPI()
        let answer = try await api.send("POST", "/v1/transfer/users", Self.file)
        #expect(answer.status == 422 && answer.body["mistake-count"] == .integer(Self.count))
        #expect(answer.body["mistakes"]?.elements?.count == Problem.shownMistakes)
    }
}
