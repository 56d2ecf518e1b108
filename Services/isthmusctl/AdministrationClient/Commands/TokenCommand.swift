import ArgumentParser
import Policy

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "API tokens: who may administer.",
        subcommands: [List.self, Add.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the tokens by name; a token itself is shown once only."
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("tokens")["items"]?.elements ?? []
            try Printer.list(items, as: self.display.output, columns: ["name", "role", "created-at"])
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a token and prints it, this once.")

        @Argument(help: "Who will hold it; the name appears in the audit log.") var name: String
        @Option(help: ArgumentHelp("viewer (the default), operator or admin.", valueName: "role")) var role = "viewer"
        @OptionGroup var connection: Connection

        func run() async throws {
            let wish: DocumentValue = ["name": .text(self.name), "role": .text(self.role)]
            let answer = try await self.connection.client().send(.post, ["tokens"], wish)
            print(answer.document["token"]?.text ?? "")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a token worthless, at once.")

        @Argument(help: "Its name.") var name: String
        @OptionGroup var connection: Connection

        func run() async throws {
            _ = try await self.connection.client().send(.delete, ["tokens", self.name])
            print("The token “\(self.name)” is no longer good for anything.")
        }
    }
}
