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

        @Argument(help: "The file.") var file: String
        @Flag(help: "Replace the file if it is there.") var force = false
        @OptionGroup var connection: Connection

        func run() async throws {
            guard self.force || !FileManager.default.fileExists(atPath: self.file) else {
                throw ClientError.badFile(path: self.file, reason: "it is there already; --force replaces it")
            }
            let data = try await self.connection.client().bytes(["backup"])
            let summary = try BackupSummary(data, path: "the answer")
            let draft = self.file + ".new"
            try? FileManager.default.removeItem(atPath: draft)
            // Beside the file and then in its place: it is never there half.
            guard
                FileManager.default.createFile(
                    atPath: draft,
                    contents: data,
                    attributes: [.posixPermissions: 0o600]
                ), rename(draft, self.file) == 0
            else { throw ClientError.badFile(path: self.file, reason: "it cannot be written") }
            print(summary.text)
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a file is a whole backup, and what is in it; no gateway is asked.",
            discussion: "isthmusctl backup verify isthmus-2026-01-31.backup",
            aliases: ["show"]
        )

        @Argument(help: "The file.") var file: String

        func run() throws { print(try BackupSummary(path: self.file).text) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the backups in a folder.",
            discussion: "isthmusctl backup list /var/backups/isthmus"
        )

        @Argument(help: "The folder.") var folder = "."

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
            print(Table.list(rows, columns: ["file", "created-at", "program", "version"]))
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

        @Argument(help: "The file.") var file: String
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
                ["backup", "restore"],
                query: self.deed.query + [("force", version > 0 ? "true" : nil)]
            )
            guard !self.deed.dryRun else { return Printer.outcome(answer) }
            print(
                "Restored \(answer["rows"]?.summary ?? "?") rows; the configuration is at version \(answer["version"]?.summary ?? "?")."
            )
        }

        private func ask(_ summary: BackupSummary, _ version: Int) throws {
            guard isatty(STDIN_FILENO) == 1 else {
                throw ClientError.badFile(
                    path: self.file,
                    reason: "it would replace the configuration at version \(version); --force does it"
                )
            }
            print(summary.text)
            print("Replace the configuration at version \(version)? [y/N] ", terminator: "")
            guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else { throw ExitCode(1) }
        }
    }
}
