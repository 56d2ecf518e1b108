import ArgumentParser
import Policy

struct SubscriptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscription",
        abstract: "Presence subscriptions across the gateway.",
        subcommands: [List.self, Show.self]
    )

    fileprivate static let columns = ["direction", "watcher", "presentity", "state", "refreshed-at"]

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists who watches whom.",
            discussion: "isthmusctl subscription list --presentity juliet@example.com"
        )

        @Option(help: ArgumentHelp("xmpp-to-sip or sip-to-xmpp.", valueName: "direction")) var direction: String?
        @Option(help: ArgumentHelp("Only those by which this person watches others.", valueName: "address"))
        var watcher: String?
        @Option(help: ArgumentHelp("Only those by which others watch this person.", valueName: "address"))
        var presentity: String?
        @Option(help: "At most so many.") var limit = 1_000
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().items(
                of: ["subscriptions"],
                query: [
                    ("direction", self.direction), ("watcher", self.watcher), ("presentity", self.presentity),
                ],
                cursor: "cursor",
                limit: self.limit
            )
            try Printer.list(items, as: self.display.output, columns: SubscriptionCommand.columns)
        }
    }
}

extension SubscriptionCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows whom somebody watches across the gateway, and who watches them.",
            discussion: "isthmusctl subscription show juliet@example.com"
        )

        @Argument(help: "Whose; of either side.") var address: String
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let client = try self.connection.client()
            let watched = try await client.items(
                of: ["subscriptions"],
                query: [("watcher", self.address)],
                cursor: "cursor"
            )
            let watching = try await client.items(
                of: ["subscriptions"],
                query: [("presentity", self.address)],
                cursor: "cursor"
            )
            let items = watched + watching
            try Printer.one(
                items.isEmpty ? nil : .list(items),
                "subscription of \(self.address) or to them; `subscription list` shows all",
                as: self.display.output
            ) { Table.list($0.elements ?? [], columns: SubscriptionCommand.columns) }
        }
    }
}

struct EdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge",
        abstract: "The live edges.",
        subcommands: [List.self, Show.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the live edges and the policy they work by.",
            discussion: "isthmusctl edge list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("edges")["items"]?.elements ?? []
            let columns = [
                "instance", "kind", "endpoint", "draining", "policy-version", "policy-current", "certificates-version",
                "last-heard",
            ]
            try Printer.list(items, as: self.display.output, columns: columns)
        }
    }
}

extension EdgeCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows all that an edge says of itself.",
            discussion: "isthmusctl edge show 7f3c"
        )

        @Argument(help: "Its instance, as the list has it.") var instance: String
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("edges")["items"]?.elements ?? []
            let found = items.first { $0["instance"]?.text == self.instance }
            try Printer.one(found, "live edge \(self.instance)", as: self.display.output)
        }
    }
}

struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Live XMPP streams and SIP connections.",
        subcommands: [List.self, Show.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the live streams of all edges.",
            discussion: "isthmusctl stream list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let answer = try await self.connection.client().get("streams")
            let columns = [
                "id", "kind", "direction", "local-domains", "remote-domains", "peer", "security", "authentication",
                "state", "established-at", "received", "sent",
            ]
            try Printer.list(answer["items"]?.elements ?? [], as: self.display.output, columns: columns)
            for edge in answer["unanswered"]?.elements ?? [] {
                StandardError.print("Not all is shown: \(edge.summary).")
            }
        }
    }
}

extension StreamCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one stream or connection.",
            discussion: "isthmusctl stream show 7f3c"
        )

        @Argument(help: "Its id, as the list and the logs have it.") var id: String
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("streams")["items"]?.elements ?? []
            try Printer.one(
                items.first { $0["id"]?.text == self.id },
                "live stream \(self.id)",
                as: self.display.output
            )
        }
    }
}

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Who changed what, and when.",
        subcommands: [List.self, Show.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists what was done, the newest first.",
            discussion: "isthmusctl audit list --limit 20"
        )

        @Option(help: "At most so many.") var limit = 50
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let client = try self.connection.client()
            let items = try await client.items(of: ["audit"], cursor: "before", limit: self.limit)
            guard self.display.output == .table else {
                return try Printer.list(items, as: self.display.output, columns: [])
            }
            let rows = items.map { item in
                var changes = (item["changes"]?.elements ?? []).map { change in
                    "\(change["action"]?.text ?? "") \(change["object"]?.text ?? "")"
                }
                let rest = (item["change-count"]?.integer ?? changes.count) - changes.count
                if rest > 0 { changes.append("and \(rest) more") }
                return item.merging(["changes": .text(changes.joined(separator: ", "))])
            }
            print(Table.list(rows, columns: ["number", "time", "author", "action", "version", "changes", "reason"]))
        }
    }
}

extension AuditCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one entry, with every field that it changed.",
            discussion: "isthmusctl audit show 17"
        )

        @Argument(help: "Its number in the list.") var number: Int
        @Flag(help: "Print every change, however many there are.") var full = false
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get(
                "audit",
                query: [("before", String(self.number + 1)), ("limit", "1"), ("full", self.full ? "1" : nil)]
            )["items"]?.elements
            let found = items?.first.flatMap { $0["number"]?.integer == self.number ? $0 : nil }
            try Printer.one(found, "entry \(self.number) in the audit log", as: self.display.output) { entry in
                let facts = (entry.members ?? []).filter { !["changes", "change-count"].contains($0.name) }
                return ([Table.object(.object(facts))] + Printer.lines(forChanges: entry)).joined(separator: "\n")
            }
        }
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How the gateway fares, and what there is to say about its configuration.",
        discussion: "isthmusctl status"
    )

    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        let status = try await self.connection.client().get("status")
        guard self.display.output == .table else { return try Printer.object(status, as: self.display.output) }
        let findings = status["findings"]?.elements ?? []
        print(Table.object(.object((status.members ?? []).filter { $0.name != "findings" })))
        for finding in findings { print(Refusal.line(for: finding)) }
        if status["counts"]?["domains"]?.integer == 0 {
            print(
                "Nothing is configured yet: `isthmusctl domain add DOMAIN` is the beginning, `isthmusctl preflight DOMAIN` says what else."
            )
        }
    }
}
