import ArgumentParser
import Policy

struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "The records that partners need to find the gateway.",
        subcommands: [Plan.self, Apply.self, Zone.self]
    )

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows what would have to change in DNS.")

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
                """
        )

        @Option(help: ArgumentHelp("The checksum of the plan that was reviewed.", valueName: "checksum")) var checksum:
            String?
        @Flag(help: "Carry out a plan that deletes much.") var force = false
        @Flag(help: "Only show the plan.") var dryRun = false
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            var checksum = self.checksum
            if checksum == nil || self.dryRun {
                let plan = try await client.get("dns", "plan")
                print(text(of: plan))
                guard !self.dryRun, plan["changes"]?.elements?.isEmpty == false else { return }
                checksum = checksum ?? plan["checksum"]?.text
            }
            let wish: DocumentValue = ["checksum": .text(checksum ?? ""), "force": .flag(self.force)]
            let result = try await client.send(.post, ["dns", "apply"], wish).document
            print(result["text"]?.text ?? "")
            if result["verified"]?.flag == false { throw ExitCode.failure }
        }
    }

    struct Zone: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the records as a zone file, for DNS that is edited by hand."
        )

        @OptionGroup var connection: Connection

        func run() async throws {
            print(try await self.connection.client().get("dns", "zone")["zone"]?.text ?? "", terminator: "")
        }
    }

    private static func text(of plan: DocumentValue) -> String {
        let warnings = plan["warnings"]?.elements?.map { "warning: \($0.summary)" } ?? []
        let checksum = plan["checksum"]?.text.map { ["checksum: \($0)"] } ?? []
        return ([plan["text"]?.text ?? ""] + warnings + checksum).joined(separator: "\n")
    }
}
