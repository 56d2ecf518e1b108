import Hummingbird
import Policy
import Wire

/// What is looked at and not changed: streams, subscriptions, who did what.
extension ConsoleRoutes {
    /// A list of the API, as a table.
    private struct Listing: Sendable {
        let path: String
        let title: String
        let introduction: String
        let columns: [String]
        let empty: String
        /// What may be asked for: a parameter of the API, its label, and the words it takes; none: any text.
        var searches: [(name: String, label: String, words: [String])] = []
        /// The parameter with which the API goes on.
        var pager: String?
    }

    private static let listings = [
        Listing(
            path: "streams",
            title: "Live streams",
            introduction: "What is open now at each edge, and how the peer has proven who it is.",
            columns: [
                "domains", "state", "security", "authentication", "peer", "established-at", "messages",
            ],
            empty:
                "No stream is open. Streams are opened when somebody writes; test a partner to see whether one could be."
        ),
        Listing(
            path: "subscriptions",
            title: "Presence subscriptions",
            introduction: "Who watches whom across the gateway. They survive a restart of any service.",
            columns: ["watcher", "presentity", "direction", "state", "refreshed-at"],
            empty: "Nobody watches anybody across the gateway.",
            searches: [
                ("watcher", "Who watches", []), ("presentity", "Whom", []),
                ("direction", "Direction", SubscriptionRecord.Direction.allCases.map(\.rawValue)),
            ],
            pager: "cursor"
        ),
        Listing(
            path: "audit",
            title: "Audit log",
            introduction: "Who did what, when and why; refused attempts as well.",
            columns: ["number", "time", "author", "action", "version", "reason", "changes"],
            empty: "Nobody has done anything yet.",
            pager: "before"
        ),
    ]

    func addRecords(to group: RouterGroup<APIContext>) {
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
        guard answer.isSuccess || !listing.searches.isEmpty else { return visit.problem(answer) }
        let items = answer.document["items"]?.elements ?? []
        let unanswered = (answer.document["unanswered"]?.elements ?? []).map(\.summary).joined(separator: "; ")
        var blocks: [ConsoleBlock] = []
        if !listing.searches.isEmpty {
            let inputs = listing.searches.map { search in
                search.words.isEmpty
                    ? ConsoleInput(name: search.name, label: search.label, value: visit.query(search.name) ?? "")
                    : .choice(search.name, search.label, any: "any", search.words, visit.query(search.name))
            }
            blocks.append(.search(inputs, button: "Show"))
        }
        blocks.append(
            .table(
                ConsoleTable(
                    caption: listing.title,
                    columns: ConsoleWords.columns(listing.columns),
                    rows: items.map { item in
                        listing.columns.map { column in
                            Self.cell(of: item, column) ?? Self.cell(item[column], of: column)
                        }
                    },
                    empty: listing.empty
                )
            )
        )
        if let pager = listing.pager, let next = answer.document["next"], next != .null {
            blocks.append(Self.next(listing.path, pager, next, visit, keeping: listing.searches.map(\.name)))
        }
        return visit.render(
            listing.title,
            listing.path,
            introduction: listing.introduction,
            problem: answer.isSuccess
                ? (unanswered.isEmpty ? nil : "Not all edges have answered: \(unanswered)") : answer.words,
            status: answer.isSuccess ? .ok : answer.status,
            blocks
        )
    }

    /// The link to what comes next, with what was asked for.
    static func next(
        _ path: String,
        _ pager: String,
        _ next: DocumentValue,
        _ visit: ConsoleVisit,
        keeping names: [String]
    ) -> ConsoleBlock {
        let kept = names.compactMap { name in visit.query(name).map { "&\(name)=\($0.inQuery)" } }.joined()
        return .links([("Older ones", "\(Self.root)/\(path)?\(pager)=\(next.summary.inQuery)\(kept)", false)])
    }

    /// What is put together from several members of a stream, or of an entry of the audit log.
    private static func cell(of item: DocumentValue, _ column: String) -> ConsoleCell? {
        switch column {
        case "peer":
            return ConsoleCell("\(item["peer"]?.text ?? "") at \(item["edge"]?.text ?? "")")
        case "security":
            // The version of TLS; the cipher is in `isthmusctl stream show`.
            let text = item["security"]?.text ?? ""
            return text.hasPrefix("TLS") ? ConsoleCell(String(text.prefix { $0 != " " })) : nil
        case "messages":
            return ConsoleCell("\(item["received"]?.summary ?? "") in, \(item["sent"]?.summary ?? "") out")
        case "domains":
            let (ours, theirs) = (item["local-domains"]?.summary ?? "", item["remote-domains"]?.summary ?? "")
            return ConsoleCell(
                item["direction"]?.text == LiveStream.Direction.outbound.rawValue
                    ? "\(ours) → \(theirs)" : "\(theirs) → \(ours)"
            )
        case "changes":
            return ConsoleCell(
                Self.listed((item["changes"]?.elements ?? []).compactMap { $0["object"]?.text }, of: item)
            )
        default: return nil
        }
    }

    private static func cell(_ value: DocumentValue?, of column: String) -> ConsoleCell {
        let text = value?.summary ?? ""
        switch (column, text) {
        case ("time", _), ("established-at", _), ("refreshed-at", _): return ConsoleCell(time: value)
        case ("version", _) where !text.isEmpty:
            return ConsoleCell(text, href: "\(Self.root)/history/\(text.inQuery)")
        case ("state", "established"), ("state", "active"), ("authentication", "sasl-external"),
            ("authentication", "mutual-tls"):
            return ConsoleCell(ConsoleWords.spoken(text), tone: .good)
        case ("state", _): return ConsoleCell(text, tone: .quiet)
        case ("security", "tcp"), ("authentication", "none"), ("action", "refused"):
            return ConsoleCell(ConsoleWords.value(text, of: column), tone: .warning)
        case ("authentication", _): return ConsoleCell(ConsoleWords.spoken(text))
        case (_, _): return ConsoleCell(ConsoleWords.value(text, of: column))
        }
    }
}
