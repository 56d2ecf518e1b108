import ArgumentParser
import Policy

struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "The records that partners need to find the gateway.",
        subcommands: [List.self, Show.self, Plan.self, Apply.self, Zone.self]
    )

    private static let columns = ["name", "type", "ttl", "data"]

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the records that should be in DNS, whether they are there already or not.",
            discussion: "isthmusctl dns list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let desired = try await self.connection.client().get("dns", "plan")["desired"]?.elements ?? []
            try Printer.list(desired, as: self.display.output, columns: columns)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the records that a name, or a domain and all below it, should have.",
            discussion: "isthmusctl dns show example.com"
        )

        @Argument(help: "A name, or a domain of yours.") var name: String
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let name = Self.plain(self.name)
            let desired = try await self.connection.client().get("dns", "plan")["desired"]?.elements ?? []
            let found = desired.filter { record in
                let own = Self.plain(record["name"]?.text ?? "")
                return own == name || own.hasSuffix(".\(name)")
            }
            try Printer.one(
                found.isEmpty ? nil : .list(found),
                "record that \(self.name) should have; `dns list` shows all",
                as: self.display.output
            ) { Table.list($0.elements ?? [], columns: columns) }
        }

        /// In small letters, without the dot of the root.
        private static func plain(_ name: String) -> String {
            let small = name.lowercased()
            return small.hasSuffix(".") ? String(small.dropLast()) : small
        }
    }

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what would have to change in DNS.",
            discussion: "isthmusctl dns plan"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let plan = try await self.connection.client().get("dns", "plan")
            try Printer.show(plan, as: self.display.output) { text(of: $0) }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes DNS as the plan says, and reads it back.",
            discussion: """
                With --checksum exactly the plan of that checksum is carried out, or nothing when it is no longer the plan. \
                Without it the present plan is printed and carried out.

                isthmusctl dns apply --checksum 5d41 --reason "cut-over"
                """
        )

        @Option(help: ArgumentHelp("The checksum of the plan that was reviewed.", valueName: "checksum")) var checksum:
            String?
        @Flag(help: "Carry out a plan that deletes much.") var force = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            var checksum = self.checksum
            if checksum == nil || self.deed.dryRun {
                let plan = try await client.get("dns", "plan")
                print(text(of: plan))
                guard !self.deed.dryRun, plan["changes"]?.elements?.isEmpty == false else { return }
                checksum = checksum ?? plan["checksum"]?.text
            }
            let wish: DocumentValue = ["checksum": .text(checksum ?? ""), "force": .flag(self.force)]
            let result = try await client.send(.post, ["dns", "apply"], query: self.deed.query, wish).document
            print(result["text"]?.text ?? "")
            if result["verified"]?.flag == false { throw ExitCode.failure }
        }
    }

    struct Zone: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the records as a zone file, for DNS that is edited by hand.",
            discussion: "isthmusctl dns zone > example.com.zone"
        )

        @OptionGroup var connection: Connection

        func run() async throws {
            print(try await self.connection.client().get("dns", "zone")["zone"]?.text ?? "", terminator: "")
        }
    }

    private static func text(of plan: DocumentValue) -> String {
        let warnings = plan["warnings"]?.elements?.map { "warning: \($0.summary)" } ?? []
        var lines = (plan["text"]?.text ?? "").split(separator: "\n").map { String($0) } + warnings
        if plan["changes"]?.elements?.isEmpty == false, let checksum = plan["checksum"]?.text {
            lines.append("Exactly this, and nothing else: isthmusctl dns apply --checksum \(checksum)")
        }
        return lines.joined(separator: "\n")
    }
}
