import ArgumentParser
import Policy

/// `route status`: how the servers that static routes lead to fare.
struct RouteStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows whether the next hops answer, as each sip-edge sees them.",
        discussion: "isthmusctl route status"
    )

    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        let answer = try await self.connection.client().get("next-hops")
        let columns = [
            "next-hop", "routes", "state", "connection", "last-probe", "last-answer", "last-error", "tried-last-until",
            "edge",
        ]
        try Printer.list(answer["items"]?.elements ?? [], as: self.display.output, columns: columns)
        for edge in answer["unanswered"]?.elements ?? [] {
            StandardError.print("Not all is shown: \(edge.summary).")
        }
    }
}
