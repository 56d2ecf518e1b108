import HTTPTypes
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
        let words = entry.path.split(separator: "/").dropFirst().map { $0.filter { $0 != "{" && $0 != "}" } }
        var members: [DocumentValue.Member] = [
            .init("operationId", .text(([entry.method.rawValue.lowercased()] + words).joined(separator: "-"))),
            .init("tags", DocumentValue(texts: [words.first ?? ""])),
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
        members.append(.init("responses", .object(self.responses(entry))))
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
            "description": .text(self.meanings[name] ?? ""),
            "schema": ["type": .text(["limit", "before", "base"].contains(name) ? "integer" : "string")],
        ]
    }

    // MARK: Answers

    /// Every route answers in JSON, but for those that give or take a file.
    private static func responses(_ entry: APICatalogue.Entry) -> [DocumentValue.Member] {
        func answer(_ text: String, _ content: DocumentValue) -> DocumentValue {
            ["description": .text(text), "content": content]
        }
        let problem = answer(
            "What was wrong, with every mistake.",
            ["application/problem+json": ["schema": self.reference("Problem")]]
        )
        let done = answer("It is done, or what was asked for.", self.content(entry.answer))
        var answers: [DocumentValue.Member] = []
        // A dry run is always a 200; what is no commit has a preview of its own form.
        if entry.query.contains("dry-run") {
            let hasOwn = ["Outcome", "ContactOutcome", "NewRequest"].contains(entry.answer)
            let preview = hasOwn ? entry.answer : "Preview"
            let schemas = entry.status == .ok ? Set([entry.answer, preview]) : [preview]
            let schema: DocumentValue =
                schemas.count == 1
                ? self.reference(preview) : ["anyOf": .list(schemas.sorted().map { self.reference($0) })]
            answers.append(.init("200", answer("It is done, or would be.", ["application/json": ["schema": schema]])))
            if entry.status != .ok { answers.append(.init("\(entry.status.code)", done)) }
        } else {
            answers.append(.init("\(entry.status.code)", done))
        }
        if entry.query.contains("base") { answers.append(.init("412", self.stale)) }
        return answers + [.init("default", problem)]
    }

    /// A schema by its name, or the media type of a file.
    private static func content(_ name: String) -> DocumentValue {
        name.contains("/")
            ? .object([.init(name, ["schema": ["type": .text("string")]])])
            : ["application/json": ["schema": self.reference(name)]]
    }

    // MARK: Parameters

    /// What each parameter means; a test sees to it that none is left out.
    static let meanings: [String: String] = [
        "key": "Which one: its domain, address, id, host, name or number.",
        "dry-run": "true: say what would change, and change nothing.",
        "reason": "Why, for the audit log; of refusals: only this reason.",
        "base": "The version that was looked at: nothing is changed when the configuration has another.",
        "If-Match": "The same as base, in quotes, as ETag gives it.",
        "full": "1: all changes, however many; without it the first.",
        "limit": "At most so many; there is more when the answer has a next.",
        "after": "What the answer before gave as next.",
        "before": "What the answer before gave as next.",
        "cursor": "What the answer before gave as next.",
        "search": "Only those with this text in a field.",
        "home": "Where users live whom the file does not place: sip or xmpp.",
        "remove-others": "true: what is not in the file is removed.",
        "group": "The group of contacts that are on no list.",
        "to": "Explain: who is to get it. Versions: the second of the two; without it the present one.",
        "from": "Who sends; of tests the domain of ours in whose name to call.",
        "edge": "Which edge walks: its instance, or all; without it the one that messages would take.",
        "kind": "im, presence, subscription, composition or stream.",
        "direction": "inbound or outbound; of subscriptions xmpp-to-sip or sip-to-xmpp.",
        "message-id": "Only this message.",
        "party": "Only where this text is in from, to or peer.",
        "partner": "Only those of this partner.",
        "domain": "Only those about this domain, ours or the other side's.",
        "since": "Not before this moment, such as 2026-01-31T12:00:00Z.",
        "until": "Before this moment.",
        "watcher": "Only those by which this person watches others.",
        "presentity": "Only those by which others watch this person.",
        "force": "true: replace a configuration that is there.",
        "name": "The gateway's name for SIP servers, if no certificate tells it.",
        "address": "The gateway's address, if no edge tells it.",
    ]
}
