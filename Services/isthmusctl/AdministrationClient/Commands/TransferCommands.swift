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
            who are not in the file stay, unless --remove-others says otherwise.
            """
    )

    @Argument(help: "The file; - for standard input.") var file: String
    @Option(help: ArgumentHelp("Where the users live, if the file does not say: sip or xmpp.", valueName: "side"))
    var home: String?
    @Flag(help: "Remove the users who are not in the file.") var removeOthers = false
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws {
        let listed: [DocumentValue]
        do {
            listed = try UserList.read(try InputFile.text(of: self.file))
        } catch let error as ContactListError {
            throw ClientError.badFile(path: self.file, reason: error.description)
        }
        let client = try self.connection.client()
        let present = try await client.send(.get, ["configuration"])
        let users = present.document["users"]?.elements ?? []
        var known = Dictionary(users.compactMap { user in user["address"]?.text.map { ($0, user) } }) { $1 }
        if self.removeOthers { known = known.filter { key, _ in listed.contains { $0["address"]?.text == key } } }
        for user in listed {
            let address = user["address"]?.text?.lowercased() ?? ""
            var entry = known[address] ?? ["address": .text(address)]
            if let home, user["home"] == nil { entry = entry.merging(["home": .text(home)]) }
            known[address] = entry.merging(user).merging(["address": .text(address)])
        }
        let wanted = known.sorted { $0.key < $1.key }.map(\.value)
        let answer = try await client.send(
            .put,
            ["configuration"],
            query: self.change.query,
            ["users": .list(wanted)],
            base: self.change.base ?? present.version
        )
        Printer.outcome(answer.document)
    }
}

struct UserExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints all users as CSV, for `user import`."
    )

    @OptionGroup var connection: Connection

    func run() async throws {
        let users = try await self.connection.client().items(of: ["users"], cursor: "after")
        print(UserList.csv(users), terminator: "")
    }
}

struct ContactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact",
        abstract: "Contact lists in the format of Cisco's Bulk Administration Tool.",
        discussion: """
            The gateway keeps no contact lists: your servers do. It knows who watches whom across it, and can check and rename \
            the lists that are carried from one server to another.
            """,
        subcommands: [Export.self, Check.self, Rename.self]
    )

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the contacts that your users watch across the gateway."
        )

        @Option(help: ArgumentHelp("The group the contacts are put into.", valueName: "name")) var group = "General"
        @OptionGroup var connection: Connection

        func run() async throws {
            let records = try await self.connection.client().items(
                of: ["subscriptions"],
                query: [("direction", "sip-to-xmpp")],
                cursor: "cursor"
            )
            let entries = records.compactMap { record -> ContactList.Entry? in
                let watcher = record["watcher"]?.text?.split(separator: "@") ?? []
                let contact = record["presentity"]?.text?.split(separator: "@") ?? []
                guard watcher.count == 2, contact.count == 2 else { return nil }
                return ContactList.Entry(
                    user: String(watcher[0]),
                    userDomain: String(watcher[1]),
                    contact: String(contact[0]),
                    contactDomain: String(contact[1]),
                    group: self.group
                )
            }
            print(ContactList(entries: entries).csv, terminator: "")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the addresses of a contact list are those that the gateway knows.",
            discussion: """
                A list works after a migration only when its addresses are the same on both sides. Each owner, and each contact \
                of a domain of yours, must be in the directory; other contacts must be of a partner. The exit status is 2 when \
                something does not fit.
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
                    : "\(problems.count) problems in \(list.entries.count) entries."
            )
            if !problems.isEmpty { throw ExitCode(2) }
        }
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a contact list with new addresses.",
            discussion: "The file of new addresses begins with the line “Contact ID, New Contact ID”."
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
        do {
            guard path != "-" else {
                return String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self)
            }
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw ClientError.unreadable(path: path, reason: error.localizedDescription)
        }
    }
}
