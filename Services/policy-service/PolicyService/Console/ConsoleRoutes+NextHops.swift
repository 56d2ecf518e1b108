import Hummingbird
import Policy

/// Whether the servers that static routes lead to answer.
extension ConsoleRoutes {
    /// What every sip-edge sees of them; nothing where no edge is asked.
    static func nextHops(_ visit: ConsoleVisit) async throws -> [ConsoleBlock] {
        let answer = try await visit.api.get(["next-hops"])
        guard answer.isSuccess else { return [] }
        let rows = (answer.document["items"]?.elements ?? []).map { hop in
            let state = hop["state"]?.text ?? ""
            let tone: ConsoleTone = state == "up" ? .good : state == "down" ? .bad : .quiet
            return [
                ConsoleCell(hop["next-hop"]?.text ?? ""), ConsoleCell(ConsoleWords.spoken(state), tone: tone),
                ConsoleCell(hop["routes"]?.summary ?? ""), ConsoleCell(hop["connection"]?.text ?? ""),
                ConsoleCell(time: hop["last-answer"]), ConsoleCell(hop["last-error"]?.text ?? ""),
                ConsoleCell(hop["edge"]?.text ?? ""),
            ]
        }
        let unanswered = (answer.document["unanswered"]?.elements ?? []).map {
            ConsoleBlock.message(.warning, "Not all is shown: \($0.summary).")
        }
        return [
            .heading("Do the next hops answer?"),
            .table(
                ConsoleTable(
                    caption: "Next hops",
                    columns: ["Next hop", "State", "Routes", "Connection", "Last answer", "Last error", "Seen by"],
                    rows: rows,
                    empty: "No sip-edge has said anything of them yet."
                )
            ),
        ] + unanswered
    }
}
