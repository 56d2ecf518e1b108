import Foundation

/// The table of results in docs/conformance/interworking.md: it has what a run saw, and a run that sees something else fails.
struct ConformanceReport {
    private static let marks = (begin: "<!-- scenes begin -->\n", end: "<!-- scenes end -->")
    private static let document = ConformanceSuiteTests.repository.appending(path: "docs/conformance/interworking.md")

    /// Rows of each scene, by its name.
    private var rows: [String: [String]] = [:]

    /// Adds what was seen in a scene.
    mutating func add(_ scene: ConformanceScene, _ observations: ConformanceStage.Observations) {
        for expectation in scene.expectations {
            let seen = observations[expectation.label] ?? []
            let perRow = max(1, seen.count / scene.rows.count)
            var text = seen.prefix(perRow).joined(separator: ", then ")
            let others = scene.rows.count - 1
            if others > 0 {
                text += ", and as much in the \(others == 1 ? "other row" : "\(others) other rows") of the scene"
            }
            if let difference = expectation.difference { text += ". **Differs**: \(Self.words(difference))" }
            let link = "https://www.rfc-editor.org/rfc/rfc\(scene.standard)#section-\(scene.section)"
            self.rows[scene.name, default: []].append(
                "| [RFC \(scene.standard) §\(scene.section)](\(link)) \(expectation.label) | `\(scene.name)` | "
                    + "\(Self.cell(Self.words(expectation.text))) | \(Self.cell(text)) |"
            )
        }
    }

    /// What is no code: its tags are not to be taken for those of a page.
    private static func words(_ text: String) -> String { text.replacing("<", with: "&lt;") }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private var table: String {
        let scenes = self.rows.sorted { $0.key.compare($1.key, options: .numeric) == .orderedAscending }
        let lines = ["| example | scene | printed there | seen here |", "|---|---|---|---|"] + scenes.flatMap(\.value)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What differs between the document and the run, row by row; with `ISTHMUS_RECORD_SCENES` it is written instead.
    func differences() throws -> [String] {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        guard let begin = text.firstRange(of: Self.marks.begin), let end = text.firstRange(of: Self.marks.end) else {
            throw SceneError(description: "docs/conformance/interworking.md has no place for the scenes")
        }
        if ProcessInfo.processInfo.environment["ISTHMUS_RECORD_SCENES"] != nil {
            let written = text[..<begin.upperBound] + self.table + text[end.lowerBound...]
            try String(written).write(to: Self.document, atomically: true, encoding: .utf8)
            return []
        }
        let listed = text[begin.upperBound..<end.lowerBound].split(separator: "\n").map(String.init)
        let seen = self.table.split(separator: "\n").map(String.init)
        return seen.filter { !listed.contains($0) }.map { "not listed: \($0)" }
            + listed.filter { !seen.contains($0) }.map { "not seen: \($0)" }
    }
}
