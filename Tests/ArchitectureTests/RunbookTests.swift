import Foundation
import Testing

/// Whoever is called at night finds each warning and each error in the runbook of the service that said it.
@Suite("Runbooks")
struct RunbookTests {
    /// What a service says at these levels: the first texts of the call, without those that have values in them.
    private static func messages(_ source: String) -> [String] {
        source.matches(of: #/logger\.(?:warning|error|critical)\(([^\[]*?)(?:metadata:|\n\s*\)|\)\n)/#).flatMap {
            call in
            String(call.output.1).matches(of: #/"([^"\\]+)"/#).map { String($0.output.1) }
        }
    }

    @Test("Each warning and error has a row", arguments: ["cert-service", "dns-publisher"])
    func rows(_ service: String) throws {
        let pages = try [service, "README"].map {
            try String(contentsOf: Repository.root.appending(path: "docs/runbooks/\($0).md"), encoding: .utf8)
        }
        var messages: Set<String> = []
        for file in Repository.files(below: "Services/\(service)", endingIn: ".swift") {
            messages.formUnion(Self.messages(try String(contentsOf: file, encoding: .utf8)))
        }
        #expect(messages.count >= 3)
        for message in messages.sorted() {
            #expect(
                pages.contains { $0.contains("`\(message)") },
                "“\(message)” has no row in docs/runbooks/\(service).md"
            )
        }
    }

    @Test("What all edges say has a row in one of the runbooks")
    func edges() throws {
        let pages = try Repository.files(below: "docs/runbooks", endingIn: ".md")
            .map { try String(contentsOf: $0, encoding: .utf8) }
        var messages: Set<String> = []
        for file in Repository.files(below: "Shared/EdgeKit", endingIn: ".swift") {
            messages.formUnion(Self.messages(try String(contentsOf: file, encoding: .utf8)))
        }
        #expect(messages.count >= 3)
        for message in messages.sorted() {
            #expect(pages.contains { $0.contains("`\(message)") }, "“\(message)” has no row in docs/runbooks")
        }
    }
}
