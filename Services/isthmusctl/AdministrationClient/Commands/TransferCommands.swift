import ArgumentParser
import Foundation
import Policy

/// `user import`: many users in one commit.
struct UserImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Adds and changes users from a file, all in one commit.",
        discussion: """
            The file is what `user export` writes, or Microsoft's UserList.txt (a sip: address on a line), or a contact list of \
            Cisco's Bulk Administration Tool, of which the owners are taken. What a file does not tell stays as it is. Users \
            who are not in the file stay, unless --remove-others says otherwise. A file with a bad line is not taken at all, and \
            every bad line is named.

            isthmusctl user import users.csv --home xmpp --dry-run
            """
    )

    @Argument(help: "The file; - for standard input.") var file: String
    @Option(help: ArgumentHelp("Where the users live, if the file does not say: sip or xmpp.", valueName: "side"))
    var home: String?
    @Flag(help: "Remove the users who are not in the file.") var removeOthers = false
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws {
        let text = try InputFile.text(of: self.file)
        let answer = try await self.connection.client().send(
            Data(text.utf8),
            of: "text/csv",
            ["transfer", "users"],
            query: self.change.query + [
                ("home", self.home), ("remove-others", self.removeOthers ? "true" : nil),
                ("base", self.change.base.map { String($0) }),
            ]
        )
        try Printer.outcome(answer, as: self.change.display.output)
    }
}

struct UserExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints all users as CSV, for `user import`.",
        discussion: "isthmusctl user export > users.csv"
    )

    @OptionGroup var connection: Connection

    func run() async throws {
        let csv = try await self.connection.client().bytes(["transfer", "users"])
        print(String(decoding: csv, as: UTF8.self), terminator: "")
    }
}

struct ContactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact",
        abstract: "Contact lists in the format of Cisco's Bulk Administration Tool.",
        discussion: """
            Your servers have the lists of their users. For the move from one server to the other the gateway takes them in, checks and \
            renames them, and gives them out. From the lists that were brought in it also knows whom a user has added: contacts of \
            partners who are not verified may write to that user at once.
            """,
        subcommands: [Import.self, Export.self, Check.self, Rename.self]
    )

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Brings in contact lists, wholly or not at all.",
            discussion: """
                The owners must be of a domain of yours. Entries that are there already get the file's nickname and state; others stay, \
                unless --remove-others says otherwise. Every bad line is named, and then nothing of the file is taken.

                isthmusctl contact import contacts.csv --dry-run
                """
        )

        @Argument(help: "The list; - for standard input.") var file: String
        @Flag(help: "Remove what was brought in before and is not in the file.") var removeOthers = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let text = try InputFile.text(of: self.file)
            let answer = try await self.connection.client().send(
                Data(text.utf8),
                of: "text/csv",
                ["transfer", "contacts"],
                query: self.deed.query + [("remove-others", self.removeOthers ? "true" : nil)]
            )
            func number(_ name: String) -> String { answer[name]?.summary ?? "?" }
            try Printer.show(answer, as: self.deed.display.output) { _ in
                """
                \(number("entries")) entries: \(number("added")) new, \(number("changed")) changed, \(number("removed")) removed; \
                \(number("approvals")) say that a user has added a contact of another domain.
                """ + (self.deed.dryRun ? "\nThis was a dry run: nothing was changed." : "")
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Prints the lists that were brought in, and whom your users watch across the gateway beyond them.",
            discussion: "isthmusctl contact export > contacts.csv"
        )

        @Option(help: ArgumentHelp("The group of contacts that are on no list.", valueName: "name"))
        var group = "General"
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let csv = try await client.bytes(["transfer", "contacts"], query: [("group", self.group)])
            print(String(decoding: csv, as: UTF8.self), terminator: "")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the addresses of a contact list are those that the gateway knows.",
            discussion: """
                A list works after a migration only when its addresses are the same on both sides. Each owner, and each contact \
                of a domain of yours, must be in the directory; other contacts must be of a partner. The exit status is 2 when \
                something does not fit.

                isthmusctl contact check contacts.csv
                """
        )

        @Argument(help: "The list; - for standard input.") var file: String
        @OptionGroup var connection: Connection

        func run() async throws {
            let list = ContactList(csv: try InputFile.text(of: self.file))
            let configuration = try await self.connection.client().get("configuration")
            let problems = list.mistakes + Alignment(configuration).problems(of: list)
            for problem in problems { print(problem) }
            print(
                problems.isEmpty
                    ? "All \(list.entries.count) entries fit."
                    : "\(problems.count) \(problems.count == 1 ? "problem" : "problems") in \(list.entries.count) entries."
            )
            if !problems.isEmpty { throw ExitCode(2) }
        }
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a contact list with new addresses.",
            discussion: """
                The file of new addresses begins with the line “Contact ID, New Contact ID”.

                isthmusctl contact rename contacts.csv --renames names.csv
                """
        )

        @Argument(help: "The list; - for standard input.") var file: String
        @Option(help: ArgumentHelp("Old and new addresses.", valueName: "file")) var renames: String

        func run() throws {
            var list = ContactList(csv: try InputFile.text(of: self.file))
            guard list.mistakes.isEmpty else {
                throw ClientError.badFile(path: self.file, reason: list.mistakes.joined(separator: "; "))
            }
            do {
                let count = list.rename(try ContactList.renames(csv: try InputFile.text(of: self.renames)))
                print(list.csv, terminator: "")
                StandardError.print("\(count) addresses were changed.")
            } catch let error as ContactListError {
                throw ClientError.badFile(path: self.renames, reason: error.description)
            }
        }
    }
}

/// Compares addresses with what the gateway is configured for.
struct Alignment {
    private let domains: Set<String>
    private let partners: Set<String>
    /// The addresses of the directory, by the part before the @.
    private let addresses: [String: Set<String>]

    init(_ configuration: DocumentValue) {
        func texts(_ section: String, _ field: String) -> [String] {
            (configuration[section]?.elements ?? []).compactMap { $0[field]?.text }
        }
        let additional = (configuration["partners"]?.elements ?? []).flatMap {
            ($0["additional-domains"]?.elements ?? []).compactMap(\.text)
        }
        self.domains = Set(texts("domains", "domain"))
        self.partners = Set(texts("partners", "domain") + additional)
        self.addresses = Dictionary(
            grouping: texts("users", "address"),
            by: { String($0.prefix { $0 != "@" }) }
        ).mapValues { Set($0) }
    }

    func problems(of list: ContactList) -> [String] {
        var seen: Set<String> = []
        return list.entries.flatMap { entry in
            [
                self.problem(entry.userAddress, isOwner: true), self.problem(entry.contactAddress, isOwner: false),
            ].compactMap { $0 }
        }.filter { seen.insert($0).inserted }
    }

    private func problem(_ address: String, isOwner: Bool) -> String? {
        let name = String(address.prefix { $0 != "@" })
        let domain = String(address.dropFirst(name.count + 1))
        guard self.domains.contains(domain) else {
            if isOwner { return "\(address): \(domain) is none of the gateway's domains" }
            return self.partners.contains(domain)
                ? nil : "\(address): \(domain) is neither a domain of the gateway nor a partner's"
        }
        let known = self.addresses[name] ?? []
        guard !known.contains(address) else { return nil }
        let others = known.isEmpty ? "" : "; there is \(known.sorted().joined(separator: ", "))"
        return "\(address): it is not in the directory\(others)"
    }
}

/// A file that a command reads, or standard input.
enum InputFile {
    static func text(of path: String) throws -> String {
        let data = path == "-" ? try FileHandle.standardInput.readToEnd() ?? Data() : try contents(of: path)
        guard let text = String(data: data, encoding: .utf8) else {
            throw ClientError.badFile(path: path == "-" ? "standard input" : path, reason: "it is not UTF-8")
        }
        return text
    }
}
