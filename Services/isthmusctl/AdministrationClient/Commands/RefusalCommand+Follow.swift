import ArgumentParser
import Foundation
import Policy

extension RefusalCommand {
    /// `refusal follow`: as `tail -f` does a log.
    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints refusals as they happen, until Ctrl-C.",
            discussion: """
                A line for each; with -o json a JSON document for each. While policy-service does not answer it goes on asking, and \
                what was refused meanwhile is told then.

                isthmusctl refusal follow --partner example.net
                """
        )

        @OptionGroup var filters: RefusalFilters
        @Option(help: "End after so many.") var limit: Int?
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        private static let interval = Duration.seconds(1)
        private static let page = 100

        func run() async throws {
            let client = try self.connection.client()
            let query = self.filters.query
            var last =
                try await client.get("refusals", query: [("limit", "1")])["items"]?.elements?.first?["number"]?
                .integer ?? 0
            var left = self.limit ?? .max
            var isAnswering = true
            StandardError.progress("Waiting for refusals; Ctrl-C ends it.")
            while left > 0 {
                do {
                    let fresh = try await Self.after(last, client, query)
                    isAnswering = true
                    for refusal in fresh.prefix(left) { try self.show(refusal) }
                    left -= min(left, fresh.count)
                    last = fresh.last?["number"]?.integer ?? last
                } catch ClientError.unreachable(let base, let reason) {
                    if isAnswering {
                        StandardError.print("\(base.absoluteString) does not answer (\(reason)); still asking.")
                    }
                    isAnswering = false
                }
                if left > 0 { try await Task.sleep(for: Self.interval) }
            }
        }

        /// Those that came after the number `last`, the oldest first.
        private static func after(
            _ last: Int,
            _ client: APIClient,
            _ query: [(String, String?)]
        ) async throws -> [DocumentValue] {
            var found: [DocumentValue] = []
            var before: String?
            while true {
                let bounds = [("before", before), ("limit", "\(Self.page)")]
                let items = try await client.get("refusals", query: query + bounds)["items"]?.elements ?? []
                let fresh = items.filter { ($0["number"]?.integer ?? 0) > last }
                found += fresh
                guard fresh.count == Self.page, let oldest = fresh.last?["number"] else { return found.reversed() }
                before = oldest.summary
            }
        }

        private func show(_ refusal: DocumentValue) throws {
            switch self.display.output {
            case .table: print(Self.line(refusal))
            case .json: print(refusal.json())
            case .yaml: print("---\n" + (try YAMLDocument.write(refusal)), terminator: "")
            }
            StandardOutput.flush()
        }

        static func line(_ refusal: DocumentValue) -> String {
            func text(_ name: String) -> String { refusal[name]?.summary ?? "" }
            let rule = text("rule").isEmpty ? "" : " (\(text("rule")))"
            let who = [text("from"), text("remote-domain"), text("peer"), "?"].first { !$0.isEmpty } ?? "?"
            let whom = [text("to"), text("local-domain"), "?"].first { !$0.isEmpty } ?? "?"
            return Table.cleaned(
                lines:
                    "\(text("number"))  \(text("time"))  \(text("subject")) \(who) → \(whom): \(text("reason"))\(rule)"
            )
        }
    }
}
