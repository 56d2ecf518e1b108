import ArgumentParser
import Foundation
import Messaging
import Policy

struct RefusalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refusal",
        abstract: "What was refused, and why.",
        subcommands: [List.self, Show.self, Follow.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists refusals, the newest first.",
            discussion: "isthmusctl refusal list --since 2h --domain example.net"
        )

        @OptionGroup var filters: RefusalFilters
        @Option(help: ArgumentHelp("Not before: 30m, 2h, 7d ago, or 2026-01-31T12:00:00Z.", valueName: "time"))
        var since: String?
        @Option(help: ArgumentHelp("Before: likewise.", valueName: "time")) var until: String?
        @Option(help: "At most so many.") var limit = 50
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().items(
                of: ["refusals"],
                query: self.filters.query + [
                    ("since", try Moment.text(self.since)), ("until", try Moment.text(self.until)),
                ],
                cursor: "before",
                limit: self.limit
            )
            let columns = ["number", "time", "direction", "subject", "from", "to", "step", "reason", "rule", "answer"]
            try Printer.list(items, as: self.display.output, columns: columns)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Explains one refusal: what happened, which rule decided, and what to do about it.",
            discussion: "isthmusctl refusal show 17"
        )

        @Argument(help: ArgumentHelp("Its number in the list.", valueName: "number")) var number: Int
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let refusal = try await self.connection.client().get("refusals", String(self.number))
            try Printer.show(refusal, as: self.display.output) { RefusalExplanation($0).text }
        }
    }
}

/// Which refusals are meant.
struct RefusalFilters: ParsableArguments {
    @Option(help: ArgumentHelp("Only those of this partner.", valueName: "domain"))
    var partner: String?

    @Option(help: ArgumentHelp("Only those about this domain, ours or the other side's.", valueName: "domain"))
    var domain: String?

    @Option(
        help: ArgumentHelp("Only this reason: unknown-partner, no-route …", valueName: "reason"),
        completion: .list(RefusalReason.allCases.map(\.rawValue))
    )
    var reason: String?

    @Option(
        help: ArgumentHelp("inbound or outbound.", valueName: "direction"),
        completion: .list(["inbound", "outbound"])
    )
    var direction: String?

    @Option(help: ArgumentHelp("Only this message.", valueName: "id"))
    var messageID: String?

    @Option(help: ArgumentHelp("Only where this text is in from, to or peer.", valueName: "text"))
    var party: String?

    var query: [(String, String?)] {
        [
            ("partner", self.partner), ("domain", self.domain), ("reason", self.reason),
            ("direction", self.direction), ("message-id", self.messageID), ("party", self.party),
        ]
    }
}

/// A moment as people type it.
enum Moment {
    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    /// The moment for the API: so long ago, or as it was written.
    static func text(_ text: String?, now: Date = Date()) throws -> String? {
        guard let text else { return nil }
        guard let unit = text.last.flatMap({ Self.units[$0] }), let count = Double(text.dropLast()) else { return text }
        guard count.isFinite, (0...1e9).contains(count * unit) else {
            throw ValidationError("“\(text)” is too long ago.")
        }
        return (now - count * unit).formatted(.iso8601)
    }
}
