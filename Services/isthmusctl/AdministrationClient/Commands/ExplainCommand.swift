import ArgumentParser
import Policy

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Whether something may cross the gateway, and every rule that decided it.",
        discussion: """
            Nothing is sent: the gateway answers as its edges would decide now. One of the addresses is of a domain of yours; \
            for a stream, domains are enough. The exit status is 0 when it may cross and 2 when it is refused.

            isthmusctl explain --from romeo@example.net --to juliet@sip.example.com
            isthmusctl explain --from juliet@sip.example.com --to romeo@example.net --kind presence
            """
    )

    @Option(help: ArgumentHelp("Who sends.", valueName: "address")) var from: String
    @Option(help: ArgumentHelp("Who is to get it.", valueName: "address")) var to: String
    @Option(help: ArgumentHelp("im, presence, subscription, composition or stream.", valueName: "kind")) var kind = "im"
    @Option(
        help: ArgumentHelp("inbound or outbound; if not given, it is seen from the addresses.", valueName: "direction")
    )
    var direction: String?
    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        let answer = try await self.connection.client().get(
            "explain",
            query: [("from", self.from), ("to", self.to), ("kind", self.kind), ("direction", self.direction)]
        )
        try Printer.show(answer, as: self.display.output) { Self.text(of: $0) }
        if answer["allowed"]?.flag != true { throw ExitCode(2) }
    }

    static func text(of answer: DocumentValue) -> String {
        func text(_ name: String) -> String { answer[name]?.text ?? "" }
        let steps = answer["steps"]?.elements ?? []
        let rows = steps.filter { $0["outcome"]?.text != "not-reached" }.map { step -> DocumentValue in
            step.merging(["=": .text(step["outcome"]?.text == "refused" ? "✗" : "✓")])
        }
        let table = Table.list(rows, columns: ["=", "rule", "text"]).split(separator: "\n").dropFirst()
        let path = (answer["path"]?.elements ?? []).map { "→ \($0.summary)" }
        let remedy = text("remedy").isEmpty ? [] : ["", text("remedy")]
        return
            (["\(text("kind")) \(text("direction")), \(text("from")) → \(text("to"))", ""]
            + table.map { "  \($0)" } + ["", text("verdict")] + path + remedy).joined(separator: "\n")
    }
}
