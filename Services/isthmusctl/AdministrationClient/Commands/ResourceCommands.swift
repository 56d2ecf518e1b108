import ArgumentParser
import Policy

/// `list`: lists objects of a kind.
struct ListCommand<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: "Lists all \(R.path).",
            discussion: "isthmusctl \(R.noun) list"
        )
    }

    @Option(help: ArgumentHelp("Only those with this text in a field.", valueName: "text")) var search: String?
    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        let client = try self.connection.client()
        let items = try await client.items(of: [R.path], query: [("search", self.search)], cursor: "after")
        try Printer.list(items, as: self.display.output, columns: R.columns)
    }
}

/// `show`: shows one.
struct ShowCommand<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: "Shows one \(R.noun).",
            discussion: "isthmusctl \(R.noun) show \(R.example.key)"
        )
    }

    @Argument(
        help: ArgumentHelp("Which \(R.noun).", valueName: R.keyField),
        completion: NameCompletion.objects(at: R.path, named: R.keyField)
    )
    var key: String
    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        let client = try self.connection.client()
        let object = try await R.ofOne(self.key) { try await client.get(R.path, self.key) }
        try Printer.object(object, as: self.display.output)
    }
}

/// `add`: adds one.
struct AddCommand<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "add",
            abstract: "Adds a \(R.noun).",
            discussion: "isthmusctl \(R.noun) add \(R.example.key) \(R.example.added)"
        )
    }

    @Argument(help: ArgumentHelp("The new \(R.noun).", valueName: R.keyField)) var key: String
    @OptionGroup var fields: R.Fields
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws {
        var document = DocumentValue.object([.init(R.keyField, .text(self.key))] + self.fields.members)
        for list in self.fields.listChanges where !list.added.isEmpty {
            document = document.merging(.object([.init(list.field, DocumentValue(texts: list.added))]))
        }
        let client = try self.connection.client()
        let answer = try await client.send(
            .post,
            [R.path],
            query: self.change.query,
            document,
            base: self.change.base
        )
        try Printer.outcome(answer.document, as: self.change.display.output)
    }
}

/// `set`: changes fields of one.
struct SetCommand<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "set",
            abstract: "Changes fields of a \(R.noun); the others stay as they are.",
            discussion: "isthmusctl \(R.noun) set \(R.example.key) \(R.example.changed)"
        )
    }

    @Argument(
        help: ArgumentHelp("Which \(R.noun).", valueName: R.keyField),
        completion: NameCompletion.objects(at: R.path, named: R.keyField)
    )
    var key: String
    @OptionGroup var fields: R.Fields
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws {
        let client = try self.connection.client()
        var members = self.fields.members
        var base = self.change.base
        let lists = self.fields.listChanges.filter { !$0.added.isEmpty || !$0.removed.isEmpty }
        if !lists.isEmpty {
            // What is added to and taken from is the list as it is now: the version makes sure that it still is.
            let present = try await R.ofOne(self.key, offersToAdd: true) {
                try await client.send(.get, [R.path, self.key])
            }
            base = base ?? present.version
            for list in lists {
                let old = present.document[list.field]?.elements?.compactMap(\.text) ?? []
                let kept = old.filter { !list.removed.contains($0) && !list.added.contains($0) }
                members.append(.init(list.field, DocumentValue(texts: kept + list.added)))
            }
        }
        guard !members.isEmpty else {
            throw ValidationError("Say what to change; `isthmusctl \(R.noun) set --help` lists the options.")
        }
        let (wish, version) = (DocumentValue.object(members), base)
        let answer = try await R.ofOne(self.key, offersToAdd: R.self != RouteResource.self) {
            try await client.send(.patch, [R.path, self.key], query: self.change.query, wish, base: version)
        }
        try Printer.outcome(answer.document, as: self.change.display.output)
    }
}

/// `remove`: removes one.
struct RemoveCommand<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "remove",
            abstract: "Removes a \(R.noun).",
            discussion: "isthmusctl \(R.noun) remove \(R.example.key) --dry-run"
        )
    }

    @Argument(
        help: ArgumentHelp("Which \(R.noun).", valueName: R.keyField),
        completion: NameCompletion.objects(at: R.path, named: R.keyField)
    )
    var key: String
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws {
        let client = try self.connection.client()
        let answer = try await R.ofOne(self.key) {
            try await client.send(.delete, [R.path, self.key], query: self.change.query, base: self.change.base)
        }
        try Printer.outcome(answer.document, as: self.change.display.output)
    }
}

struct PartnerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partner",
        abstract: "XMPP federated partners.",
        subcommands: subcommands(PartnerResource.self)
    )
}

struct DomainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain",
        abstract: "The SIP domains whose XMPP face this gateway is.",
        subcommands: subcommands(DomainResource.self) + [AlignCommand.self]
    )
}

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Users of our domains: where they live, and whether they may federate.",
        subcommands: subcommands(UserResource.self) + [UserImportCommand.self, UserExportCommand.self]
    )
}

struct HostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "Host authorization: the SIP servers we take requests from.",
        subcommands: subcommands(HostResource.self)
    )
}

struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Static routes: which SIP server serves which addresses.",
        subcommands: [
            ListCommand<RouteResource>.self, ShowCommand<RouteResource>.self, AddRouteCommand.self,
            SetCommand<RouteResource>.self, RemoveCommand<RouteResource>.self, RouteStatusCommand.self,
        ]
    )
}

/// Unlike the others a route is named by policy-service: what is given is its domain.
struct AddRouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a static route.",
        discussion: "isthmusctl route add example.com --next-hop pool.example.com --transport tls --port 5061"
    )

    @Argument(help: "The domain, or *.domain for all below it.") var domain: String
    @OptionGroup var fields: RouteFields
    @OptionGroup var change: Change
    @OptionGroup var connection: Connection

    func run() async throws {
        let document = DocumentValue.object([.init("domain", .text(self.domain))] + self.fields.members)
        let client = try self.connection.client()
        let answer = try await client.send(
            .post,
            ["routes"],
            query: self.change.query,
            document,
            base: self.change.base
        )
        try Printer.outcome(answer.document, as: self.change.display.output)
    }
}

private func subcommands<R: Resource>(_: R.Type) -> [any ParsableCommand.Type] {
    [
        ListCommand<R>.self, ShowCommand<R>.self, AddCommand<R>.self, SetCommand<R>.self, RemoveCommand<R>.self,
    ]
}
