import ArgumentParser
import Policy

struct SettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "What holds for the whole gateway.",
        subcommands: [Show.self, Set.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the settings.",
            discussion: "isthmusctl settings show"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            try Printer.object(try await self.connection.client().get("settings"), as: self.display.output)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes settings; the others stay as they are.",
            discussion: "isthmusctl settings set --keep-alive-interval 120 --blocked-domain \"*.example.org\" --dry-run"
        )

        @OptionGroup var fields: SettingsFields
        @OptionGroup var change: Change
        @OptionGroup var connection: Connection

        func run() async throws {
            guard !self.fields.members.isEmpty || !self.fields.listChanges.isEmpty else {
                throw ValidationError("Say what to change; `isthmusctl settings set --help` lists the options.")
            }
            let client = try self.connection.client()
            var (members, base) = (self.fields.members, self.change.base)
            if !self.fields.listChanges.isEmpty {
                // What is added to and taken from is the list as it is now: the version makes sure that it still is.
                let present = try await client.send(.get, ["settings"])
                members += try self.fields.changedLists(of: present.document)
                base = base ?? present.version
            }
            let answer = try await client.send(
                .patch,
                ["settings"],
                query: self.change.query,
                .object(members),
                base: base
            )
            try Printer.outcome(answer.document, as: self.change.display.output)
        }
    }
}

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Makes the configuration what a YAML file says.",
        discussion: """
            A section that is in the file (settings, domains, partners, users, routes, hosts) replaces the present one: what \
            it does not list is removed. A section that is not in the file is left alone. Applying a file twice changes \
            nothing the second time.

            isthmusctl apply -f isthmus.yaml --dry-run
            """
    )

    @Option(name: .shortAndLong, help: "The file; - for standard input.", completion: .file())
    var file: String
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws { try await Self.apply(self.file, self.change, self.connection) }

    static func apply(_ file: String, _ change: Change, _ connection: Connection) async throws {
        let text = try InputFile.text(of: file)
        let document = try YAMLDocument.read(text, path: file)
        let client = try connection.client()
        let answer: APIClient.Answer
        do {
            answer = try await client.send(
                .put,
                ["configuration"],
                query: change.query,
                document,
                base: change.base
            )
        } catch ClientError.refused(let refusal) where !refusal.mistakes.isEmpty {
            throw ClientError.refused(YAMLPlaces(text).located(refusal))
        }
        try Printer.outcome(answer.document, as: change.display.output)
    }
}

/// `config import`: the same as `apply`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "The same as `apply -f`: makes the configuration what a YAML file says.",
        discussion: "isthmusctl config import isthmus.yaml --base 41"
    )

    @Argument(help: "The file; - for standard input.") var file: String
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws { try await ApplyCommand.apply(self.file, self.change, self.connection) }
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints the whole configuration, for `apply`.",
        discussion: "isthmusctl export > isthmus.yaml"
    )

    @OptionGroup var connection: Connection

    @Option(name: .shortAndLong, help: "yaml or json.")
    var output: Display.Format = .yaml

    func run() async throws {
        let answer = try await self.connection.client().send(.get, ["configuration"])
        let document = answer.document
        if self.output != .json, let version = answer.version {
            print("# Version \(version). `apply --base \(version)` is refused if somebody changes it before you do.")
        }
        try Printer.show(document, as: self.output == .table ? .yaml : self.output) { $0.json() }
    }
}
