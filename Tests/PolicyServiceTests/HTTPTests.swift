import Hummingbird
import Policy
import Testing

@testable import PolicyService

@Suite("The API as HTTP")
struct HTTPTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI() }

    @Test("HEAD is GET without the body: the same status and the same tag")
    func head() async throws {
        for path in ["/v1/partners", "/v1/nowhere", "/console"] {
            let get = try await self.api.send("GET", path)
            let head = try await self.api.send("HEAD", path)
            #expect(head.status == get.status && head.headers["etag"] == get.headers["etag"], "\(path)")
        }
        #expect(try await self.api.send("HEAD", "/v1/partners", token: "").status == 401)
        #expect(try await self.api.send("HEAD", "/v1/openapi.json").headers["content-length"] != "0")
    }

    @Test("OPTIONS says what a path has; another method is told so, and nothing is done")
    func options() async throws {
        let options = try await self.api.send("OPTIONS", "/v1/settings", token: self.api.viewer)
        #expect(options.status == 204 && options.headers["allow"] == "GET, PUT, PATCH, HEAD, OPTIONS")
        for (method, path) in [("DELETE", "/v1/settings"), ("PATCH", "/v1/status"), ("POST", "/v1/partners/a.example")]
        {
            let answer = try await self.api.send(method, path, method == "DELETE" ? nil : "{}")
            #expect(answer.status == 405 && answer.headers["allow"]?.contains("GET") == true, "\(method) \(path)")
            #expect(answer.body["detail"]?.text?.hasPrefix("there is no \(method) here") == true)
        }
        #expect(try await self.api.send("OPTIONS", "/v1/nowhere").status == 404)
        #expect(try await self.api.send("OPTIONS", "/v1/settings", token: "").status == 401, "strangers learn nothing")
        #expect(try await self.api.send("DELETE", "/v1/settings", token: "").status == 401)
        #expect(await self.api.engine.version == 0)
    }

    static let types: [(path: String, type: String, isTaken: Bool)] = [
        ("/v1/hosts", "application/json; charset=utf-8", true), ("/v1/hosts", "application/merge-patch+json", true),
        ("/v1/hosts", "application/x-www-form-urlencoded", true), ("/v1/hosts", "text/csv", false),
        ("/v1/transfer/users", "text/csv; charset=utf-8", true), ("/v1/transfer/users", "application/json", false),
        ("/v1/backup/restore", "application/json", false),
    ]

    @Test("What is sent as something else than a route takes is refused, with what it takes", arguments: types)
    func mediaTypes(_ path: String, type: String, isTaken: Bool) async throws {
        let body = path.contains("transfer") ? "address\n" : #"{"host":"a.example"}"#
        let answer = try await self.api.send("POST", path, body, headers: ["Content-Type": type])
        #expect((answer.status != 415) == isTaken, "\(answer.status)")
        guard !isTaken else { return }
        #expect(answer.body["detail"]?.text?.contains("Content-Type: ") == true)
        #expect(await self.api.engine.version == 0)
    }

    static let problems: [(method: String, path: String, body: String?, type: String?, status: Int)] = [
        ("GET", "/v1/nowhere", nil, nil, 404), ("DELETE", "/v1/settings", nil, nil, 405),
        ("POST", "/v1/hosts", String(repeating: "x", count: Request.objectLimit + 1), nil, 413),
        ("POST", "/v1/hosts", "{}", "text/html", 415), ("POST", "/v1/hosts", "{", nil, 400),
        ("POST", "/v1/hosts", "{}", nil, 422), ("GET", "/v1/certificates", nil, nil, 502),
    ]

    @Test("Every problem has its type, title, status, detail and instance, whoever found it", arguments: problems)
    func problem(_ method: String, path: String, body: String?, type: String?, status: Int) async throws {
        let headers = type.map { ["Content-Type": $0] } ?? [:]
        let answer = try await self.api.send(method, path, body, headers: headers)
        #expect(answer.status == status && answer.headers["content-type"] == "application/problem+json")
        #expect(answer.body["status"]?.integer == status)
        let trace = try #require(answer.headers["isthmus-trace-id"])
        #expect(answer.body["instance"]?.text == "urn:isthmus:trace:\(trace)")
        let kind = status == 422 ? "urn:isthmus:problem:mistakes" : "about:blank"
        #expect(answer.body["type"]?.text == kind)
        for name in ["title", "detail"] { #expect(answer.body[name]?.text?.isEmpty == false, "\(name)") }
    }

    @Test("The release is told with every answer, to those who have a token")
    func version() async throws {
        #expect(try await self.api.send("GET", "/v1/status").headers["isthmus-version"] == "0")
        #expect(try await self.api.send("GET", "/v1/nowhere").headers["isthmus-version"] == "0")
        #expect(try await self.api.send("GET", "/v1/status", token: "").headers["isthmus-version"] == nil)
    }

    @Test("A parameter that a route does not have is refused by its name, with those that it has")
    func query() async throws {
        let answer = try await self.api.send("POST", "/v1/hosts?dry_run=true", #"{"host":"a.example"}"#)
        #expect(answer.status == 400)
        let detail = answer.body["detail"]?.text ?? ""
        #expect(detail.contains("“dry_run”") && detail.contains("dry-run, reason, base, full"), "\(detail)")
        #expect(try await self.api.send("GET", "/v1/status?x=").body["detail"]?.text?.contains("no parameters") == true)
        #expect(await self.api.engine.version == 0)
    }
}
