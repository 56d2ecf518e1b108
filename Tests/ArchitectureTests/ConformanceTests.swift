import Foundation
import Testing

/// The tables in docs/conformance: a clause that is claimed names code and a test that exist, and a gap has its reason.
///
/// A row is `| clause | status | code | test |`; status is `done`, `partial`, `later` or `not`. For `partial`, `later` and `not` the last cell is
/// the reason.
@Suite("Conformance tables")
struct ConformanceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let table: String
        let clause: String
        let status: String
        let code: String
        let evidence: String

        var testDescription: String { "\(self.table): \(self.clause)" }
    }

    static let rows: [Row] = Repository.files(below: "docs/conformance", endingIn: ".md").flatMap { file in
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line -> Row? in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 6, ["done", "partial", "later", "not"].contains(cells[2]) else { return nil }
            return Row(
                table: file.lastPathComponent,
                clause: cells[1],
                status: cells[2],
                code: cells[3],
                evidence: cells[4]
            )
        }
    }

    @Test("There are tables")
    func tablesExist() {
        #expect(
            Set(Self.rows.map(\.table)) == ["xmpp.md", "sip.md", "interworking.md", "seeds.md", "acme.md", "dns.md"]
        )
    }

    @Test("A claim names code and a test that exist; a gap has a reason", arguments: rows)
    func rowHolds(_ row: Row) throws {
        let names = row.code.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
        switch row.status {
        case "done", "partial":
            #expect(!names.isEmpty, "\(row.clause) names no code")
            for name in names {
                let path = Repository.root.appending(path: name).path
                #expect(FileManager.default.fileExists(atPath: path), "\(name) does not exist")
            }
            let tests = row.evidence.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
            #expect(!tests.isEmpty, "\(row.clause) names no test")
            for test in tests { #expect(Self.testNames.contains(test), "no test or suite is called \(test)") }
        default:
            #expect(row.evidence.count > 10, "\(row.clause) has no reason")
        }
    }

    /// The names of all suites, test types and test functions in the tree.
    static let testNames: Set<String> = {
        var names: Set<String> = []
        for file in Repository.files(below: "Tests", endingIn: ".swift") {
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            names.formUnion(text.matches(of: #/(?:func|struct|enum|actor|class) (\w+)/#).map { String($0.output.1) })
        }
        return names
    }()
}
