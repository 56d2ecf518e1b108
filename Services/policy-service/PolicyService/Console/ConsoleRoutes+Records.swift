import Hummingbird
import Policy

/// What is looked at and not changed: how the gateway fares, its streams, what it refused, who did what.
extension ConsoleRoutes {
    /// A list of the API, as a table.
    private struct Listing: Sendable {
        let path: String
        let title: String
        let introduction: String
        let columns: [String]
        /// What may be searched for: the parameter of the API, and its label.
        var searches: [(name: String, label: String)] = []
        /// The parameter with which the API goes on, and the member of its answer that says where.
        var pager: String?
    }

    private static let listings = [
        Listing(
            path: "certificates",
            title: "Certificates",
            introduction:
                "What the edges show, what was asked for, and until when. `isthmusctl certificate` makes and takes in.",
            columns: ["id", "friendly-name", "state", "uses", "names", "key", "not-after"]
        ),
        Listing(
            path: "streams",
            title: "Live streams and connections",
            introduction: "What is open now at each edge, and how the peer has proven who it is.",
            columns: [
                "edge", "direction", "local-domains", "remote-domains", "peer", "security", "authentication", "state",
                "received", "sent",
            ]
        ),
        Listing(
            path: "subscriptions",
            title: "Presence subscriptions",
            introduction: "Who watches whom across the gateway; they survive a restart of any service.",
            columns: ["direction", "watcher", "presentity", "state", "refreshed-at"],
            pager: "cursor"
        ),
        Listing(
            path: "refusals",
            title: "Refusals",
            introduction: "What was refused, and why. The message id finds it in the logs of all services.",
            columns: ["time", "service", "subject", "from", "to", "peer", "reason", "answer", "text", "message-id"],
            searches: [("party", "Address or domain"), ("reason", "Reason"), ("message-id", "Message id")],
            pager: "before"
        ),
        Listing(
            path: "audit",
            title: "Audit log",
            introduction: "Who did what, when and why.",
            columns: ["number", "time", "author", "action", "version", "reason", "changes"],
            pager: "before"
        ),
    ]

    func addRecords(to group: RouterGroup<APIContext>) {
        group.get { request, context in try await self.signedIn(request, context) { try await Self.overview($0) } }
        for listing in Self.listings {
            group.get("\(listing.path)") { request, context in
                try await self.signedIn(request, context) { try await Self.show(listing, $0) }
            }
        }
    }

    private static func show(_ listing: Listing, _ visit: ConsoleVisit) async throws -> Response {
        var query = listing.searches.map { ($0.name, visit.query($0.name)) }
        if let pager = listing.pager { query.append((pager, visit.query(pager))) }
        let answer = try await visit.api.get([listing.path], query)
        guard answer.isSuccess else { return visit.problem(answer) }
        let items = answer.document["items"]?.elements ?? []
        let unanswered = (answer.document["unanswered"]?.elements ?? []).map(\.summary).joined(separator: "; ")
        var values: [String: Any] = [
            "introduction": listing.introduction, "columns": listing.columns, "isEmpty": items.isEmpty,
            "rows": items.map { item in Self.row(listing.columns.map { (Self.text(item[$0]), nil) }) },
            "hasSearch": !listing.searches.isEmpty,
            "searches": listing.searches.map {
                ["name": $0.name, "label": $0.label, "value": visit.query($0.name) ?? ""]
            },
        ]
        if let pager = listing.pager, let next = answer.document["next"], next != .null {
            let kept = listing.searches.compactMap { search in
                visit.query(search.name).map { "&\(search.name)=\($0.inQuery)" }
            }
            values["next"] = "\(Self.root)/\(listing.path)?\(pager)=\(next.summary.inQuery)" + kept.joined()
        }
        let problem = unanswered.isEmpty ? nil : "Not all edges have answered: \(unanswered)"
        return visit.render("table", visit.frame(listing.title, listing.path, problem: problem), values)
    }

    /// A list of changes is told by the objects it is about.
    private static func text(_ value: DocumentValue?) -> String {
        guard let elements = value?.elements, elements.contains(where: { $0["object"] != nil }) else {
            return value?.summary ?? ""
        }
        return elements.compactMap { $0["object"]?.text }.joined(separator: ", ")
    }

    private static func overview(_ visit: ConsoleVisit) async throws -> Response {
        let status = try await visit.api.get(["status"])
        guard status.isSuccess else { return visit.problem(status) }
        let edges = try await visit.api.get(["edges"]).document["items"]?.elements ?? []
        let refusals = try await visit.api.get(["refusals"], [("limit", "5")]).document["items"]?.elements ?? []
        let counts = status.document["counts"]?.members ?? []
        let facts: [(String, String)] =
            [
                ("configuration", "version \(status.document["version"]?.summary ?? "")"),
                ("program", status.document["program"]?.summary ?? ""),
            ] + counts.map { ($0.name, $0.value.summary) }
        return visit.render(
            "overview",
            visit.frame("Overview"),
            [
                "facts": facts.map { ["label": $0.0, "value": $0.1] },
                "edges": edges.map { edge in
                    [
                        "instance": edge["instance"]?.text ?? "",
                        "kind": (edge["kind"]?.text ?? "") + (edge["draining"]?.flag == true ? ", draining" : ""),
                        "heard": edge["last-heard"]?.summary ?? "",
                        "policy": edge["policy-current"]?.flag == true ? "up to date" : "behind",
                    ]
                },
                "findings": (status.document["findings"]?.elements ?? []).map(\.texts),
                "refusals": refusals.map(\.texts),
            ]
        )
    }
}
