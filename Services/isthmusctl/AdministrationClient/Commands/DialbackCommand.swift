import ArgumentParser
import Policy

struct DialbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dialback",
        abstract: "The secret with which dialback keys are made (XEP-0220).",
        subcommands: [Show.self, Rotate.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows which secrets are live, since when and until when; never a secret.",
            discussion: "isthmusctl dialback show",
            aliases: ["list"]
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let status = try await self.connection.client().get("dialback")
            try Printer.show(status, as: self.display.output) { DialbackCommand.text(of: $0) }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new secret.",
            discussion: """
                Keys made with the old secret stay valid for the overlap, so no stream fails. When others know the secret, \
                --immediately makes their keys invalid at once; streams that are being established may then fail, and are \
                tried again.

                isthmusctl dialback rotate --reason "yearly"
                """
        )

        @Flag(help: "Keys of the old secret are invalid at once: it is known to others.") var immediately = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let wish: DocumentValue = ["immediately": .flag(self.immediately)]
            let answer = try await client.send(.post, ["dialback", "rotate"], query: self.deed.query, wish)
            try Printer.outcome(answer.document, of: self.deed) { DialbackCommand.text(of: $0) }
        }
    }

    /// The secrets as a table, and the rules for them.
    static func text(of status: DocumentValue) -> String {
        let rows = status["secrets"]?.elements ?? []
        let table = Table.list(rows, columns: ["id", "state", "created-at", "ends-at"])
        let overlap = status["overlap-seconds"]?.summary ?? ""
        let source =
            status["passphrase"]?.flag == true
            ? "The secret is a passphrase; it is replaced in the files it was given in."
            : "A replaced secret stays valid for \(overlap) s."
        let age = status["rotates-after-seconds"].flatMap { $0 == .null ? nil : $0.summary }
        return ([table, source] + (age.map { ["It is replaced every \($0) s."] } ?? [])).joined(separator: "\n")
    }
}
