import Foundation
import Hummingbird
import Policy
import TestSupport
import Testing

@testable import PolicyService

@Suite("Who may do what with the API")
struct AccessTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI() }

    @Test(
        "Each route is in the catalogue, and each entry of the catalogue is a route; the OpenAPI document has them all"
    )
    func catalogue() async throws {
        let routes = Set(self.api.routes.router().routes.map { "\($0.method.rawValue) \($0.path.description)" })
        let entries = APICatalogue.entries.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(entries) == routes)
        #expect(entries.count == Set(entries).count)
        let answer = try await self.api.send("GET", "/v1/openapi.json", token: self.api.viewer)
        #expect(answer.body["openapi"]?.text == "3.1.0")
        let paths = answer.body["paths"]?.members ?? []
        let documented = paths.flatMap { path in
            (path.value.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
        }
        #expect(Set(documented) == routes)
        let schemas = Set(answer.body["components"]?["schemas"]?.members?.map(\.name) ?? [])
        for entry in APICatalogue.entries where entry.query.contains("base") {
            let operation = answer.body["paths"]?[entry.path]?[entry.method.rawValue.lowercased()]
            #expect(
                operation?["responses"]?["412"] != nil
                    && (operation?["responses"]?["201"] != nil) == (entry.status == .created)
            )
            #expect(operation?["parameters"]?.elements?.contains { $0["name"] == .text("If-Match") } == true)
        }
        for entry in APICatalogue.entries {
            for name in [entry.body, entry.answer].compactMap(\.self) where !name.contains("/") {
                #expect(schemas.contains(name), "\(name)")
            }
        }
    }

    @Test("An operator does the daily work, and changes neither the policy's structure nor who may administer")
    func operators() async throws {
        _ = try await self.api.send("POST", "/v1/domains", #"{"domain":"sip.example"}"#)
        let user = try await self.api.send(
            "POST",
            "/v1/users",
            #"{"address":"juliet@sip.example"}"#,
            token: self.api.operating
        )
        #expect(user.status == 201)
        for entry in APICatalogue.entries where entry.role == .admin {
            let path = entry.path.replacing("{key}", with: "x")
            let method = entry.method.rawValue
            let body = method == "GET" ? nil : "{}"
            let answer = try await self.api.send(method, path, body, token: self.api.operating)
            #expect(answer.status == 403, "\(entry.method) \(path)")
        }
        #expect(!APICatalogue.entries.contains { $0.role == .operator && $0.path.contains("tokens") })
        #expect(await self.api.engine.version == 2)
    }

    /// Other spellings of paths that ask for an administrator, or for a token at all.
    static let spellings = [
        "/v1/%74okens", "/v1//tokens", "/v1/tokens/", "//v1/tokens", "/v1/users/../tokens", "/v1/users/%2e%2e/tokens",
        "/v1/users%2F..%2Ftokens", "/V1/tokens", "/v1/tokens?x=/v1/users", "/v1/./tokens", "/v1/tokens%00",
        "/v1/tokens;v1/users",
    ]

    @Test("No spelling of a path leads past the rules", arguments: spellings)
    func spelling(_ path: String) async throws {
        #expect(try await self.api.send("POST", path, #"{"name":"eve"}"#, token: "").status == 401)
        for token in [self.api.operating, self.api.viewer] {
            let answer = try await self.api.send("POST", path, #"{"name":"eve","role":"admin"}"#, token: token)
            #expect(answer.status == 403 || answer.status == 404, "\(path): \(answer.status)")
            #expect(answer.headers["content-type"] == "application/problem+json")
        }
        #expect(!self.api.routes.tokens.records.contains { $0.name == "eve" })
    }

    @Test("What is not there is not there for any role")
    func nowhere() async throws {
        for token in [self.api.viewer, self.api.operating, self.api.admin] {
            for method in ["GET", "POST"] {
                let answer = try await self.api.send(method, "/v1/nowhere", method == "GET" ? nil : "{}", token: token)
                #expect(answer.status == 404 && answer.headers["content-type"] == "application/problem+json")
            }
        }
    }

    @Test("Those without a good token are told to wait when they are many; a good one is always heard")
    func attempts() async throws {
        let api = try await RunningAPI(strangers: 3)
        for _ in 0..<3 { #expect(try await api.send("GET", "/v1/status", token: "guess").status == 401) }
        let late = try await api.send("GET", "/v1/status", token: "guess")
        #expect(late.status == 429 && late.headers["retry-after"] == "5")
        #expect(late.headers["content-type"] == "application/problem+json")
        #expect(try await api.send("GET", "/v1/status").status == 200)
        api.surroundings.advance(milliseconds: 200)
        #expect(try await api.send("GET", "/v1/status", token: "guess").status == 401)
        #expect(try await api.send("GET", "/v1/status", token: "guess").status == 429)
    }

    @Test("Who tries what the token does not allow is in the audit log, as far as it is not flooded by it")
    func auditedRefusals() async throws {
        for _ in 0..<40 { _ = try await self.api.send("DELETE", "/v1/partners/a.example", token: self.api.viewer) }
        let audit = try await self.api.send("GET", "/v1/audit?limit=100")
        let refused = (audit.body["items"]?.elements ?? []).filter { $0["action"]?.text == "refused" }
        #expect(refused.count == 30)
        #expect(refused.first?["author"]?.text == "guest")
        #expect(refused.first?["reason"]?.text == "DELETE /v1/partners/{key} needs the role admin")
    }
}
