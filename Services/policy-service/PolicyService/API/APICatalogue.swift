import Hummingbird

/// Every route of the API: what it does and who may use it.
///
/// The permissions and the OpenAPI document are both made from it; a test compares it with the routes there are.
enum APICatalogue {
    struct Entry: Sendable {
        let method: HTTPRequest.Method
        /// As the router writes it: `/v1/partners/{key}`.
        let path: String
        let summary: String
        let role: TokenRecord.Role
        var query: [String] = []
        /// The name of the schema of the body, or its media type where it is no JSON.
        var body: String?
        /// The name of the schema of the answer, or its media type where it is no JSON.
        var answer: String
        /// The status of the answer when it is done.
        var status = HTTPResponse.Status.ok
    }

    /// The route that a request has reached.
    static func entry(for method: HTTPRequest.Method, _ path: String) -> Entry? {
        self.routes["\(method.rawValue) \(path)"]
    }

    /// What a path can be asked for; empty where there is nothing.
    static func methods(at path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let methods = self.entries.filter { entry in
            let pattern = entry.path.split(separator: "/", omittingEmptySubsequences: false)
            guard pattern.count == parts.count else { return false }
            return zip(pattern, parts).allSatisfy { $0 == $1 || $0 == "{key}" && !$1.isEmpty }
        }.map(\.method)
        guard !methods.isEmpty else { return [] }
        return methods + (methods.contains(.get) ? [.head] : []) + [.options]
    }

    /// What a request asks for; nobody but an administrator gets where this catalogue does not lead.
    static func role(for method: HTTPRequest.Method, _ path: String?) -> TokenRecord.Role {
        // No route was found: anybody with a token may be told so, by a 404.
        guard let path else { return .viewer }
        return self.entry(for: method, path)?.role ?? .admin
    }

    private static let routes = Dictionary(entries.map { ("\($0.method.rawValue) \($0.path)", $0) }) { $1 }

    static let entries: [Entry] =
        objects("partners", "Partner", "XMPP federated partners", writer: .admin)
        + objects("domains", "Domain", "domains of ours", writer: .admin)
        + objects("users", "User", "users of our domains", writer: .operator)
        + objects("routes", "Route", "static routes", writer: .admin)
        + objects("hosts", "Host", "host authorization", writer: .admin)
        + configuration + records + certificates + tools

    private static let change = ["dry-run", "reason", "base", "full"]

    private static func objects(
        _ name: String,
        _ schema: String,
        _ what: String,
        writer: TokenRecord.Role
    ) -> [Entry] {
        let (all, one) = ("/v1/\(name)", "/v1/\(name)/{key}")
        return [
            Entry(
                method: .get,
                path: all,
                summary: "Lists \(what).",
                role: .viewer,
                query: ["limit", "after", "search"],
                answer: "\(schema)List"
            ),
            Entry(
                method: .post,
                path: all,
                summary: "Adds one to \(what).",
                role: writer,
                query: self.change,
                body: schema,
                answer: "Outcome",
                status: .created
            ),
            Entry(method: .get, path: one, summary: "Shows one of \(what).", role: .viewer, answer: schema),
            Entry(
                method: .put,
                path: one,
                summary: "Replaces one of \(what), or adds it.",
                role: writer,
                query: self.change,
                body: schema,
                answer: "Outcome"
            ),
            Entry(
                method: .patch,
                path: one,
                summary: "Changes the fields that are sent.",
                role: writer,
                query: self.change,
                body: schema,
                answer: "Outcome"
            ),
            Entry(
                method: .delete,
                path: one,
                summary: "Removes one of \(what).",
                role: writer,
                query: self.change,
                answer: "Outcome"
            ),
        ]
    }
}
