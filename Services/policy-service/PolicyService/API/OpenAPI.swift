import Hummingbird
import Policy

/// The API as an [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.0) document, made from ``APICatalogue`` and from the
/// objects' own documents, so that it cannot say anything else than they do.
enum OpenAPI {
    static func document(version: String) -> DocumentValue {
        [
            "openapi": .text("3.1.0"),
            "info": [
                "title": .text("Isthmus"), "version": .text(version),
                "description": .text(
                    "Administers an Isthmus gateway. Every request needs a token; changes can be previewed."
                ),
            ],
            "security": .list([["token": .list([])]]),
            "paths": .object(self.paths),
            "components": [
                "securitySchemes": ["token": ["type": .text("http"), "scheme": .text("bearer")]],
                "schemas": .object(self.schemas),
            ],
        ]
    }

    private static var paths: [DocumentValue.Member] {
        let grouped = Dictionary(grouping: APICatalogue.entries, by: \.path)
        return grouped.keys.sorted().map { path in
            let entries = (grouped[path] ?? []).sorted { $0.method.rawValue < $1.method.rawValue }
            return .init(path, .object(entries.map { .init($0.method.rawValue.lowercased(), self.operation($0)) }))
        }
    }

    private static func operation(_ entry: APICatalogue.Entry) -> DocumentValue {
        var members: [DocumentValue.Member] = [
            .init("summary", .text(entry.summary)),
            .init("x-role", .text(entry.role.rawValue)),
        ]
        var parameters = entry.query.map { self.parameter($0, in: "query", isRequired: false) }
        if entry.path.contains("{key}") { parameters.append(self.parameter("key", in: "path", isRequired: true)) }
        if entry.query.contains("base") {
            parameters.append(self.parameter("If-Match", in: "header", isRequired: false))
        }
        if !parameters.isEmpty { members.append(.init("parameters", .list(parameters))) }
        if let body = entry.body {
            members.append(.init("requestBody", ["required": .flag(true), "content": self.content(body)]))
        }
        let answer: DocumentValue = [
            "description": .text("What was asked for."),
            "content": entry.answer.map(self.content) ?? ["application/json": ["schema": ["type": .text("object")]]],
        ]
        let problem: DocumentValue = [
            "description": .text("What was wrong, with every mistake."),
            "content": ["application/problem+json": ["schema": self.reference("Problem")]],
        ]
        var responses: [DocumentValue.Member] = [.init(entry.creates ? "201" : "200", answer)]
        // A preview creates nothing.
        if entry.creates { responses.append(.init("200", answer)) }
        if entry.query.contains("base") { responses.append(.init("412", self.stale)) }
        members.append(.init("responses", .object(responses + [.init("default", problem)])))
        return .object(members)
    }

    /// The precondition of `If-Match` or `base` does not hold.
    private static let stale: DocumentValue = [
        "description": .text(
            "The configuration has another version than the one that was named; nothing was changed. `version` is the present one."
        ),
        "content": ["application/problem+json": ["schema": Self.reference("Problem")]],
    ]

    private static func parameter(_ name: String, in place: String, isRequired: Bool) -> DocumentValue {
        [
            "name": .text(name), "in": .text(place), "required": .flag(isRequired),
            "schema": ["type": .text(["limit", "before", "base"].contains(name) ? "integer" : "string")],
        ]
    }

    private static func content(_ schema: String) -> DocumentValue {
        ["application/json": ["schema": self.reference(schema)]]
    }

    private static func reference(_ schema: String) -> DocumentValue {
        ["$ref": .text("#/components/schemas/\(schema)")]
    }

    // MARK: Schemas

    private static var schemas: [DocumentValue.Member] {
        let route = StaticRoute(id: "r1", domain: "sip.example.com", nextHop: "a.example", port: 5061, transport: .tls)
        let change = ObjectChange(object: "partner example.org", before: nil, after: .object([]))
        return [
            .init("Partner", self.schema(of: Partner(domain: "example.org").document)),
            .init("Domain", self.schema(of: LocalDomain(domain: "sip.example.com").document)),
            .init("User", self.schema(of: UserRecord(address: "juliet@sip.example.com").document)),
            .init("Route", self.schema(of: route.document)),
            .init("Host", self.schema(of: HostAuthorization(host: "192.0.2.10").document)),
            .init("Settings", self.schema(of: GatewaySettings().document)),
            .init(
                "Changes",
                self.schema(of: [
                    "changes": .list([
                        [
                            "action": .text("change"), "collection": .text("partners"), "key": .text("example.org"),
                            "document": ["tls": .text("optional")],
                        ]
                    ])
                ])
            ),
            .init(
                "Outcome",
                self.schema(of: [
                    "version": .integer(1), "dry-run": .flag(false), "change-count": .integer(1),
                    "summary": .list([
                        [
                            "kind": .text("partner"), "added": .integer(1), "changed": .integer(0),
                            "removed": .integer(0),
                        ]
                    ]),
                    "changes": .list([change.document]), "next": .null, "warning-count": .integer(0),
                    "warnings": .list([]),
                ])
            ),
            .init(
                "Problem",
                self.schema(of: Problem(status: .preconditionFailed, title: "somebody was first", version: 7).document)
            ),
        ]
    }

    /// The schema of which a document is an example.
    private static func schema(of example: DocumentValue) -> DocumentValue {
        switch example {
        case .null: [:]
        case .flag(let flag): ["type": .text("boolean"), "examples": .list([.flag(flag)])]
        case .integer(let integer): ["type": .text("integer"), "examples": .list([.integer(integer)])]
        case .text(let text): ["type": .text("string"), "examples": .list([.text(text)])]
        case .list(let elements):
            ["type": .text("array"), "items": elements.first.map(self.schema) ?? .object([])]
        case .object(let members):
            [
                "type": .text("object"),
                "properties": .object(members.map { .init($0.name, self.schema(of: $0.value)) }),
            ]
        }
    }
}
