import ArgumentParser
import Policy

/// What Lync calls the external access policy: `EnableXmppAccess`, global, of a site, of a user.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Who may federate: xmpp-access of the gateway, its domains, its users.",
        discussion: """
            The narrowest scope that says something has the last word: a user, else the user's domain, else the gateway, which says no \
            until you change it. The same is reached by --xmpp-access of `settings set`, `domain set` and `user set`.
            """,
        subcommands: [List.self, Show.self, Set.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the scopes that say something.",
            discussion: "isthmusctl policy list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let configuration = try await self.connection.client().get("configuration")
            try Printer.list(Scope.rows(configuration), as: self.display.output, columns: ["scope", "xmpp-access"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what holds for a user or a domain, and which scope says so.",
            discussion: "isthmusctl policy show juliet@example.com"
        )

        @Argument(help: "user@domain, a domain of yours, or global.") var scope: Scope
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let client = try self.connection.client()
            if let domain = self.scope.domain {
                _ = try await DomainResource.ofOne(domain) { try await client.get("domains", domain) }
            }
            var decided: (Scope, Bool)?
            for scope in self.scope.andWider where decided == nil {
                decided = try await scope.access(client).map { (scope, $0) }
            }
            let answer: DocumentValue = [
                "scope": .text(self.scope.name), "xmpp-access": .flag(decided?.1 ?? false),
                "decided-by": .text(decided?.0.name ?? Scope.global.name),
            ]
            try Printer.object(answer, as: self.display.output)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets the users of a scope federate, or does not.",
            discussion: """
                A user who is not in the directory is added to it.

                isthmusctl policy set example.com --xmpp-access true
                """
        )

        @Argument(help: "user@domain, a domain of yours, or global.") var scope: Scope
        @Option(help: ArgumentHelp("true, false, or inherit: as the wider scope says.", valueName: "access"))
        var xmppAccess: Access
        @OptionGroup var change: Change
        @OptionGroup var connection: Connection

        func run() async throws {
            try await self.scope.set(self.xmppAccess, self.change, self.connection.client())
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes back what a scope says: the wider one decides; for the gateway that is no.",
            discussion: "isthmusctl policy remove juliet@example.com"
        )

        @Argument(help: "user@domain, a domain of yours, or global.") var scope: Scope
        @OptionGroup var change: Change
        @OptionGroup var connection: Connection

        func run() async throws {
            try await self.scope.set(.inherit, self.change, self.connection.client())
        }
    }

    /// Whom a policy is about.
    enum Scope: ExpressibleByArgument, Equatable {
        case global
        case domain(String)
        case user(String)

        init?(argument: String) {
            let text = argument.lowercased()
            self = text == "global" ? .global : text.contains("@") ? .user(text) : .domain(text)
        }

        var name: String {
            switch self {
            case .global: "global"
            case .domain(let name), .user(let name): name
            }
        }

        /// The domain that it is, or that it is in.
        var domain: String? {
            switch self {
            case .global: nil
            case .domain(let name): name
            case .user(let address): String(address.split(separator: "@").last ?? "")
            }
        }

        /// The scope and those that decide when it says nothing.
        var andWider: [Scope] {
            switch self {
            case .global: [self]
            case .domain: [self, .global]
            case .user(let address): [self, .domain(String(address.split(separator: "@").last ?? "")), .global]
            }
        }

        func access(in configuration: DocumentValue) -> Bool? {
            switch self {
            case .global: configuration["settings"]?["xmpp-access"]?.flag
            case .domain(let name): Self.entry(name, configuration["domains"], "domain")?["xmpp-access"]?.flag
            case .user(let name): Self.entry(name, configuration["users"], "address")?["xmpp-access"]?.flag
            }
        }

        /// What the scope says by itself; nil when it says nothing, or is not there.
        func access(_ client: APIClient) async throws -> Bool? {
            let path =
                switch self {
                case .global: ["settings"]
                case .domain(let name): ["domains", name]
                case .user(let name): ["users", name]
                }
            return try await Self.found(path, client)?["xmpp-access"]?.flag
        }

        /// An object; nil when there is none.
        private static func found(_ path: [String], _ client: APIClient) async throws -> DocumentValue? {
            do {
                return try await client.send(.get, path).document
            } catch ClientError.refused(let refusal) where refusal.status == 404 {
                return nil
            }
        }

        private static func entry(_ name: String, _ list: DocumentValue?, _ key: String) -> DocumentValue? {
            list?.elements?.first { $0[key]?.text == name }
        }

        static func rows(_ configuration: DocumentValue) -> [DocumentValue] {
            let scopes =
                [Scope.global]
                + (configuration["domains"]?.elements ?? []).compactMap { $0["domain"]?.text }.map(Scope.domain)
            let wide = scopes.compactMap { scope -> DocumentValue? in
                scope.access(in: configuration).map { ["scope": .text(scope.name), "xmpp-access": .flag($0)] }
            }
            let users = (configuration["users"]?.elements ?? []).compactMap { user -> DocumentValue? in
                guard let access = user["xmpp-access"]?.flag else { return nil }
                return ["scope": .text(user["address"]?.text ?? ""), "xmpp-access": .flag(access)]
            }
            return wide + users
        }

        func set(_ access: Access, _ change: Change, _ client: APIClient) async throws {
            var members = Members()
            members.add("xmpp-access", self == .global && access == .inherit ? .false : access)
            let document = DocumentValue.object(members.members)
            let answer: APIClient.Answer
            switch self {
            case .global:
                answer = try await client.send(.patch, ["settings"], query: change.query, document, base: change.base)
            case .domain(let name):
                answer = try await client.send(
                    .patch,
                    ["domains", name],
                    query: change.query,
                    document,
                    base: change.base
                )
            case .user(let name):
                answer =
                    try await Self.found(["users", name], client) != nil
                    ? try await client.send(.patch, ["users", name], query: change.query, document, base: change.base)
                    : try await client.send(
                        .post,
                        ["users"],
                        query: change.query,
                        document.merging(["address": .text(name)]),
                        base: change.base
                    )
            }
            try Printer.outcome(answer.document, as: change.display.output)
        }
    }
}
