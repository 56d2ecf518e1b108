import ArgumentParser
import Foundation
import Policy

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Backups of policy-service: configuration, users, tokens, subscriptions, refusals, audit log.",
        discussion: """
            A backup is consistent although the service goes on, and the same whatever the store: it also carries an \
            installation from SQLite to PostgreSQL and back. The keys and certificates of cert-service, the dialback secret, \
            the key of DNS updates and the keys of the bus are not in it: back up those volumes by themselves. It holds \
            names of users and the hashes of API tokens: keep it as safe as the store. The role admin is needed.
            """,
        subcommands: [Create.self, Verify.self, List.self, Restore.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a backup to a file that only you can read.",
            discussion: "isthmusctl backup create isthmus-2026-01-31.backup",
            aliases: ["add"]
        )

        @Argument(help: "The file.", completion: .file()) var file: String
        @Flag(help: "Replace the file if it is there.") var force = false
        @OptionGroup var connection: Connection

        func run() async throws {
            guard self.force || !FileManager.default.fileExists(atPath: self.file) else {
                throw ClientError.unwritable(path: self.file, reason: "it is there already; --force replaces it")
            }
            let data = try await self.connection.client().bytes(["backup"])
            let summary = try BackupSummary(data, path: "the answer")
            let draft = self.file + ".new"
            try? FileManager.default.removeItem(atPath: draft)
            // Beside the file and then in its place: it is never there half.
            try CertificateCommand.Export.write(data, to: draft)
            guard rename(draft, self.file) == 0 else {
                throw ClientError.unwritable(path: self.file, reason: String(cString: strerror(errno)))
            }
            print(summary.text)
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a file is a whole backup, and what is in it; no gateway is asked.",
            discussion: "isthmusctl backup verify isthmus-2026-01-31.backup",
            aliases: ["show"]
        )

        @Argument(help: "The file.", completion: .file()) var file: String
        @OptionGroup var display: Display

        func run() throws {
            let summary = try BackupSummary(path: self.file)
            try Printer.show(summary.document, as: self.display.output) { _ in summary.text }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the backups in a folder.",
            discussion: "isthmusctl backup list /var/backups/isthmus"
        )

        @Argument(help: "The folder.", completion: .directory) var folder = "."
        @OptionGroup var display: Display

        func run() throws {
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: self.folder).sorted()
            } catch {
                throw ClientError.unreadable(path: self.folder, reason: error.localizedDescription)
            }
            let rows = names.compactMap { name -> DocumentValue? in
                let path = URL(filePath: self.folder).appending(path: name).path
                guard let summary = try? BackupSummary(path: path) else { return nil }
                return [
                    "file": .text(name), "created-at": .text(summary.createdAt), "program": .text(summary.program),
                    "version": .text(summary.configurationVersion),
                ]
            }
            let columns = ["file", "created-at", "program", "version"]
            try Printer.list(rows, as: self.display.output, columns: columns)
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replaces all that policy-service keeps by a backup, while it runs.",
            discussion: """
                Live edges stay and take over what was restored. The tokens are those of the backup, and the one you use. \
                What is replaced is lost: take a backup of it first. With --dry-run it is shown, object by object.

                isthmusctl backup restore isthmus-2026-01-31.backup --dry-run
                """
        )

        @Argument(help: "The file.", completion: .file()) var file: String
        @Flag(help: "Replace a configuration that is there without asking.") var force = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let summary = try BackupSummary(path: self.file)
            let client = try self.connection.client()
            let version = try await client.get("status")["version"]?.integer ?? 0
            if version > 0, !self.force, !self.deed.dryRun { try self.ask(summary, version) }
            let data = try Data(contentsOf: URL(filePath: self.file))
            let answer = try await client.send(
                data,
                of: "application/jsonl",
                ["backup", "restore"],
                query: self.deed.query + [("force", version > 0 ? "true" : nil)]
            )
            try Printer.outcome(answer, of: self.deed) { done in
                "Restored \(done["rows"]?.summary ?? "?") rows; the configuration is at version \(done["version"]?.summary ?? "?")."
            }
        }

        private func ask(_ summary: BackupSummary, _ version: Int) throws {
            guard isatty(STDIN_FILENO) == 1 else {
                throw ClientError.unconfirmed(
                    "\(self.file) would replace the configuration at version \(version), with all users, tokens and records."
                )
            }
            print(summary.text)
            print("Replace the configuration at version \(version)? [y/N] ", terminator: "")
            guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
                StandardError.print("Nothing was replaced.")
                throw ExitCode(1)
            }
        }
    }
}
