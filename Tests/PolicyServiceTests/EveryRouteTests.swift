import Foundation
import Hummingbird
import Policy
import TestSupport
import Testing

@testable import PolicyService

@Suite("Every route of the API")
struct EveryRouteTests {
    @Test(
        "Each role may do what the catalogue says it may, and nothing else; what it tried in vain is in the audit log"
    )
    func roles() async throws {
        let all = try await EveryRoute()
        for entry in APICatalogue.entries {
            for (role, token) in [
                (TokenRecord.Role.viewer, all.api.viewer), (.operator, all.api.operating), (.admin, all.api.admin),
            ] {
                try await all.restore()
                let may = role.covers(entry.role)
                let answer = try await all.api.send(
                    entry.method.rawValue,
                    all.path(entry),
                    try await all.body(entry),
                    token: token
                )
                let expected = may ? entry.status.code : 403
                #expect(answer.status == expected, "\(role) \(entry.method) \(entry.path): \(answer.body.json())")
            }
        }
        let refused = try await all.api.send("GET", "/v1/audit?limit=1000").body["items"]?.elements?.filter {
            $0["action"]?.text == "refused"
        }
        #expect(refused?.isEmpty == false)
    }

    @Test("What a route answers, and what its dry run does, is of the schema that the OpenAPI document gives for it")
    func schemas() async throws {
        let all = try await EveryRoute()
        let document = try await all.api.send("GET", "/v1/openapi.json").body
        var answers: [DocumentValue] = []
        for entry in APICatalogue.entries {
            let operation = document["paths"]?[entry.path]?[entry.method.rawValue.lowercased()]
            for isDryRun in entry.query.contains("dry-run") ? [true, false] : [false] {
                try await all.restore()
                var path = all.path(entry)
                if isDryRun { path += (path.contains("?") ? "&" : "?") + "dry-run=true" }
                let body = try await all.body(entry)
                let answer = try await all.api.send(entry.method.rawValue, path, body)
                let what = "\(entry.method) \(path), \(answer.status)"
                let content = operation?["responses"]?["\(answer.status)"]?["content"]
                let type = answer.headers["content-type"]?.prefix { $0 != ";" } ?? ""
                let schema = try #require(content?[String(type)]?["schema"], "\(what) \(type): \(answer.body.json())")
                if answer.body != .null {
                    answers.append(["what": .text(what), "schema": schema, "body": answer.body])
                }
                guard let sent = body, sent.hasPrefix("{"), !entry.path.hasPrefix("/v1/backup") else { continue }
                let wanted = operation?["requestBody"]?["content"]?["application/json"]?["schema"]
                guard let wanted else { continue }
                answers.append([
                    "what": .text("what is sent: \(what)"), "schema": wanted, "body": try DocumentValue(json: sent),
                ])
            }
        }
        // What goes wrong has its schema as well.
        for (path, body) in [("/v1/partners", #"{"tls":"x"}"#), ("/v1/partners?base=1000", #"{"domain":"a.example"}"#)]
        {
            let problem = try await all.api.send("POST", path, body).body
            answers.append([
                "what": .text(path), "schema": ["$ref": .text("#/components/schemas/Problem")], "body": problem,
            ])
        }
        #expect(answers.count > APICatalogue.entries.count)
        let file = try all.api.scratch.write(
            DocumentValue.object([.init("document", document), .init("answers", .list(answers))]).json(),
            to: "answers.json"
        )
        let check = try await ChildProcess.run("/usr/bin/python3", ["-c", Self.validation, file.path])
        #expect(check.status == 0 && check.output.isEmpty, "\(check.output)")
    }

    /// Prints whatever is no JSON schema, and whatever an answer has that its schema does not allow.
    private static let validation = """
        import json, sys
        from jsonschema import Draft202012Validator as Validator
        case = json.load(open(sys.argv[1]))
        components = case["document"]["components"]
        for name, schema in components["schemas"].items():
            Validator.check_schema(schema)
        for answer in case["answers"]:
            for error in Validator(dict(answer["schema"], components=components)).iter_errors(answer["body"]):
                print(answer["what"], "/".join(map(str, error.absolute_path)), error.message)
        """

    @Test("The OpenAPI document is whole: ids are unique, references lead somewhere, every parameter has its meaning")
    func document() throws {
        let document = OpenAPI.document(version: "1")
        let schemas = Set(document["components"]?["schemas"]?.members?.map(\.name) ?? [])
        #expect(schemas.count > 60)
        let text = document.json()
        for reference in text.matches(of: /#\/components\/schemas\/([A-Za-z]+)"/) {
            #expect(schemas.contains(String(reference.output.1)), "\(reference.output.1)")
        }
        var ids: [String] = []
        for path in document["paths"]?.members ?? [] {
            for operation in path.value.members ?? [] {
                ids.append(operation.value["operationId"]?.text ?? "")
                let parameters = operation.value["parameters"]?.elements ?? []
                let inPath = parameters.filter { $0["in"]?.text == "path" }
                #expect(inPath.compactMap { $0["name"]?.text } == (path.name.contains("{key}") ? ["key"] : []))
                #expect(inPath.allSatisfy { $0["required"]?.flag == true })
                for parameter in parameters {
                    #expect(parameter["description"]?.text?.hasSuffix(".") == true, "\(path.name) \(parameter.json())")
                }
                let responses = operation.value["responses"]?.members ?? []
                #expect(responses.count > 1 && responses.allSatisfy { $0.value["description"]?.text != nil })
            }
        }
        #expect(Set(ids).count == ids.count && !ids.contains(""))
        for name in schemas where !text.contains("schemas/\(name)\"") {
            Issue.record("no route uses the schema \(name)")
        }
    }
}
