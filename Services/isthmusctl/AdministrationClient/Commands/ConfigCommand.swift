import ArgumentParser
import Policy

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "The configuration as a whole: its history, exports, and the way back.",
        subcommands: [
            History.self, Show.self, Difference.self, Restore.self, ExportCommand.self, ImportCommand.self,
        ]
    )

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the commits, the newest first.",
            discussion: "isthmusctl config history --limit 10"
        )

        @Option(help: "At most so many.") var limit = 50
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let client = try self.connection.client()
            let items = try await client.items(of: ["configuration", "versions"], cursor: "before", limit: self.limit)
            try Printer.list(
                items,
                as: self.display.output,
                columns: ["version", "time", "author", "change-count", "changes", "reason"]
            )
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the configuration as it was at a version, for `apply`.",
            discussion: "isthmusctl config show 41 > before.yaml"
        )

        @Argument(help: "Which one; `config history` lists them.") var version: Int
        @OptionGroup var connection: Connection
        @Option(name: .shortAndLong, help: "yaml or json.") var output: Display.Format = .yaml

        func run() async throws {
            let document = try await self.connection.client().get("configuration", "versions", String(self.version))
            try Printer.show(document, as: self.output == .table ? .yaml : self.output) { $0.json() }
        }
    }

    struct Difference: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Shows what changed between two versions.",
            discussion: "isthmusctl config diff 41 44"
        )

        @Argument(help: "The first version.") var from: Int
        @Argument(help: "The second; if not given, the present one.") var to: Int?
        @Flag(help: "Print every change, however many there are; without it the first hundred.") var full = false
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let answer = try await self.connection.client().get(
                "configuration",
                "versions",
                String(self.from),
                "changes",
                query: [("to", self.to.map { String($0) }), ("full", self.full ? "1" : nil)]
            )
            try Printer.show(answer, as: self.display.output) { answer in
                let (from, to) = (answer["from"]?.summary ?? "", answer["to"]?.summary ?? "")
                let lines = Printer.lines(forChanges: answer)
                return lines.isEmpty
                    ? "Nothing differs between the versions \(from) and \(to)." : lines.joined(separator: "\n")
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the configuration what it was at a version.",
            discussion: """
                This is a new commit, checked as every other: nothing is lost, and the version after it can be restored as \
                well. Look first with --dry-run.

                isthmusctl config restore 41 --dry-run
                """
        )

        @Argument(help: "Which one; `config history` lists them.") var version: Int
        @OptionGroup var change: Change
        @OptionGroup var connection: Connection

        func run() async throws {
            let answer = try await self.connection.client().send(
                .post,
                ["configuration", "versions", String(self.version), "restore"],
                query: self.change.query,
                base: self.change.base
            )
            try Printer.outcome(answer.document, as: self.change.display.output)
        }
    }
}
