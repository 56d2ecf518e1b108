import ArgumentParser
import Policy

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Whether something may cross the gateway, and every rule that decided it.",
        discussion: """
            Nothing is sent: the gateway answers as its edges would decide now. One of the addresses is of a domain of yours; \
            for a stream, domains are enough. What was last refused between the two is shown below, with the rule that decided: a \
            certificate or a server that does not answer is found by trying, not by asking the policy. The exit status is 0 when it may \
            cross by the policy and 2 when it is refused.

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
        let client = try self.connection.client()
        let answer = try await client.get(
            "explain",
            query: [("from", self.from), ("to", self.to), ("kind", self.kind), ("direction", self.direction)]
        )
        let last = try await Self.lastRefusal(between: answer, client)
        let all = answer.merging(["last-refusal": last ?? .null])
        try Printer.show(all, as: self.display.output) { document in
            let last = last.map { "\n\nLast refused between them\n\n" + RefusalExplanation($0).text } ?? ""
            return Self.text(of: document) + last
        }
        if answer["allowed"]?.flag != true { throw ExitCode(2) }
    }

    /// How many of the last refusals are looked through.
    private static let lookedThrough = 100

    /// The newest refusal between the two, or between their domains where it names nobody.
    private static func lastRefusal(between answer: DocumentValue, _ client: APIClient) async throws -> DocumentValue? {
        func domain(_ address: String) -> String { address.split(separator: "@").last.map { String($0) } ?? "" }
        let (from, to) = (answer["from"]?.text ?? "", answer["to"]?.text ?? "")
        let items = try await client.items(
            of: ["refusals"],
            query: [("domain", domain(to))],
            cursor: "before",
            limit: Self.lookedThrough
        )
        let domains = Set([domain(from), domain(to)])
        return items.first { refusal in
            func party(_ name: String) -> String {
                var text = (refusal[name]?.text ?? "").prefix { $0 != "/" && $0 != ";" }
                for scheme in ["sip:", "sips:", "xmpp:"] where text.hasPrefix(scheme) {
                    text = text.dropFirst(scheme.count)
                }
                return String(text)
            }
            guard Set([refusal["local-domain"]?.text ?? "", refusal["remote-domain"]?.text ?? ""]) == domains else {
                return false
            }
            return [(party("from"), from), (party("to"), to)].allSatisfy { said, asked in
                !said.contains("@") || said == asked
            }
        }
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
