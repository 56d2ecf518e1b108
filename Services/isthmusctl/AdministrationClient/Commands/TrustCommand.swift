import ArgumentParser
import Foundation
import Policy

/// The trust store.
struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "The certification authorities whose certificates peers may have.",
        subcommands: [List.self, Add.self, AddRevocationList.self, Remove.self]
    )

    /// Sends authorities or their revocation lists to cert-service, or asks what they would change.
    private static func bring(_ members: Members, _ deed: Deed, _ connection: Connection, done: String) async throws {
        let wish = DocumentValue.object(members.members)
        let answer = try await connection.client().send(.post, ["trust-roots"], query: deed.query, wish)
        try Printer.outcome(answer.document, of: deed) { _ in done }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the trusted authorities.",
            discussion: "isthmusctl certificate trust list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("trust-roots")["items"]?.elements ?? []
            try Printer.list(
                items,
                as: self.display.output,
                columns: ["id", "subject", "uses", "not-after", "fingerprint"]
            )
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trusts the authorities of a file, PEM or DER.",
            discussion: "isthmusctl certificate trust add partner-ca.pem --use xmpp --reason \"CA of example.net\""
        )

        @Argument(help: "The file.") var file: String
        @Option(help: ArgumentHelp("Only for xmpp or sip; may be repeated.", valueName: "use")) var use: [String] = []
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            var members = Members()
            members.add("data", try contents(of: self.file).documentText)
            members.add("uses", self.use)
            try await TrustCommand.bring(
                members,
                self.deed,
                self.connection,
                done: "Trusted; `isthmusctl certificate trust list` shows all."
            )
        }
    }

    struct AddRevocationList: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-crl",
            abstract: "Takes the revocation list of a trusted authority from a file, PEM or DER.",
            discussion: "isthmusctl certificate trust add-crl partner-ca.crl"
        )

        @Argument(help: "The file.") var file: String
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            var members = Members()
            members.add("data", try contents(of: self.file).documentText)
            try await TrustCommand.bring(members, self.deed, self.connection, done: "Taken; the edges are told.")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trusts an authority no longer.",
            discussion: "isthmusctl certificate trust remove 9c01 --dry-run"
        )

        @Argument(help: "Its id.") var id: String
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let answer = try await client.send(.delete, ["trust-roots", self.id], query: self.deed.query)
            try Printer.outcome(answer.document, of: self.deed) { _ in "\(self.id) is no longer trusted." }
        }
    }
}
