import ArgumentParser
import Policy

extension CertificateCommand {
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has the CA that issued a certificate by ACME revoke it.",
            discussion: """
                Peers that look at revocation lists refuse it from then on, so one that is in use is revoked with --force only; \
                another one with another key is then ordered at once. The CA is told the cause. Normally the key of the account \
                signs the request; --by-certificate-key has the key of the certificate sign it, for a CA that has lost the account.

                isthmusctl certificate revoke 7f3c --cause key-compromise --force --dry-run
                """
        )

        @Argument(help: "Its id.") var id: String
        @Option(
            help: ArgumentHelp(
                "unspecified, key-compromise, affiliation-changed, superseded, or cessation-of-operation.",
                valueName: "cause"
            )
        )
        var cause = "unspecified"
        @Flag(help: "The key of the certificate signs the request.") var byCertificateKey = false
        @Flag(help: "It is meant, although it is in use.") var force = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let wish: DocumentValue = [
                "cause": .text(self.cause), "by-certificate-key": .flag(self.byCertificateKey),
                "force": .flag(self.force),
            ]
            let client = try self.connection.client()
            let path = ["certificates", self.id, "revocation"]
            let record = try await client.send(.post, path, query: self.deed.query, wish).document
            try Printer.outcome(record, of: self.deed) { record in
                let isInUse = record["uses"]?.elements?.isEmpty == false
                return "Its CA has revoked \(self.id)."
                    + (isInUse ? "\nAnother one is ordered in its place: isthmusctl certificate list" : "")
            }
        }
    }

    struct AccountCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "account",
            abstract: "The account at the CA that is asked by ACME.",
            subcommands: [Show.self, RotateKey.self, Deactivate.self]
        )

        private static func show(_ account: DocumentValue) -> String {
            ["directory", "address", "status", "contacts", "thumbprint"]
                .map { "\($0): \(account[$0]?.summary ?? "")" }.joined(separator: "\n")
        }

        struct Show: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Shows the account; asks the CA.",
                discussion: "isthmusctl certificate account show"
            )

            @OptionGroup var connection: Connection
            @OptionGroup var display: Display

            func run() async throws {
                let account = try await self.connection.client().get("acme-account")
                try Printer.show(account, as: self.display.output) { AccountCommand.show($0) }
            }
        }

        struct RotateKey: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "rotate-key",
                abstract: "Gives the account another key; orders and certificates stay.",
                discussion: "isthmusctl certificate account rotate-key --reason \"an administrator has left\""
            )

            @OptionGroup var deed: Deed
            @OptionGroup var connection: Connection

            func run() async throws {
                let client = try self.connection.client()
                let answer = try await client.send(.post, ["acme-account", "key"], query: self.deed.query)
                try Printer.outcome(answer.document, of: self.deed) {
                    "The account has another key.\n" + AccountCommand.show($0)
                }
            }
        }

        struct Deactivate: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Ends the account, for good; certificates stay valid.",
                discussion: """
                    The next order or renewal makes another account, as long as a CA is configured.

                    isthmusctl certificate account deactivate --dry-run
                    """
            )

            @OptionGroup var deed: Deed
            @Flag(help: "Yes, I mean it.") var yes = false
            @OptionGroup var connection: Connection

            func run() async throws {
                guard self.yes || self.deed.dryRun else {
                    throw ValidationError("An account that has ended cannot be taken up again; with --yes it is ended.")
                }
                let client = try self.connection.client()
                let answer = try await client.send(.delete, ["acme-account"], query: self.deed.query)
                try Printer.outcome(answer.document, of: self.deed) { _ in
                    "The account has ended. The next order or renewal makes another."
                }
            }
        }
    }
}
