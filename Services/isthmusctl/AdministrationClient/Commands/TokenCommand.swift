import ArgumentParser
import Policy

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "API tokens: who may administer.",
        subcommands: [List.self, Show.self, Add.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the tokens by name; a token itself is shown once only.",
            discussion: "isthmusctl token list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("tokens")["items"]?.elements ?? []
            try Printer.list(items, as: self.display.output, columns: ["name", "role", "created-at"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows who holds a token, with which role and since when; never the token.",
            discussion: "isthmusctl token show alice"
        )

        @Argument(help: "Its name, as the list has it.") var name: String
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("tokens")["items"]?.elements ?? []
            try Printer.one(
                items.first { $0["name"]?.text == self.name },
                "token \(self.name)",
                as: self.display.output
            )
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token and prints it, this once.",
            discussion: "isthmusctl token add alice --role operator"
        )

        @Argument(help: "Who will hold it; the name appears in the audit log.") var name: String
        @Option(help: ArgumentHelp("viewer (the default), operator or admin.", valueName: "role")) var role = "viewer"
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let wish: DocumentValue = ["name": .text(self.name), "role": .text(self.role)]
            let answer = try await self.connection.client().send(.post, ["tokens"], query: self.deed.query, wish)
            try Printer.outcome(answer.document, of: self.deed) { $0["token"]?.text ?? "" }
            if !self.deed.dryRun {
                StandardError.progress(
                    "It is shown this once. Keep it in a file that only its holder can read (chmod 600)."
                )
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token worthless, at once.",
            discussion: "isthmusctl token remove alice --reason \"has left\""
        )

        @Argument(help: "Its name.") var name: String
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let answer = try await client.send(.delete, ["tokens", self.name], query: self.deed.query)
            try Printer.outcome(answer.document, of: self.deed) { _ in
                "The token “\(self.name)” is no longer good for anything."
            }
        }
    }
}
