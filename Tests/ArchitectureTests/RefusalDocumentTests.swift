import Foundation
import Testing

@Suite("The list of refusals for administrators")
struct RefusalDocumentTests {
    @Test("Each reason that there is has one row, with what it means and what to do; and no other has")
    func rows() throws {
        let source = try Repository.text(of: "Shared/Messaging/RefusalReason.swift")
        let reasons = source.matches(of: /case [a-zA-Z]+ = "([a-z-]+)"/).map { String($0.output.1) }
        #expect(reasons.count > 30)
        let rows = try Repository.text(of: "docs/operations/refusals.md").split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        #expect(rows.map { $0[0].filter { $0 != "`" } }.sorted() == reasons.sorted())
        for row in rows { #expect(row.count == 3 && row.allSatisfy { $0.count > 3 }, "\(row)") }
    }
}
