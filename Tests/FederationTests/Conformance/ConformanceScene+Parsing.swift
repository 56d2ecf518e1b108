import Foundation

extension ConformanceScene {
    /// Reads a file of the suite.
    init(contentsOf file: URL) throws {
        let text = try String(contentsOf: file, encoding: .utf8)
        try self.init(parsing: text, name: file.deletingPathExtension().lastPathComponent)
    }

    /// Reads a scene: its title, lines `Key: value`, then steps with their messages indented by four spaces.
    init(parsing text: String, name: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var reader = Reader(name: name)
        for (number, line) in lines.enumerated() { try reader.take(line, number + 1) }
        reader.endBlock()
        guard let standard = reader.standard, let section = reader.section, !reader.steps.isEmpty else {
            throw SceneError(description: "\(name): a scene needs a standard, a section and steps")
        }
        self.init(
            name: name,
            title: reader.title,
            standard: standard,
            section: section,
            people: reader.people,
            needsSessions: reader.needsSessions,
            expectations: reader.expectations,
            steps: reader.steps,
            rows: reader.rows.isEmpty ? [[:]] : reader.rows
        )
        let labels = Set(self.steps.flatMap(\.labels))
        guard labels == Set(self.expectations.map(\.label)) else {
            throw SceneError(description: "\(name): what is played and what is expected differ in their labels")
        }
    }

    /// Takes the lines of a file one by one.
    private struct Reader {
        let name: String
        var title = ""
        var standard: String?
        var section: String?
        var people: [Person] = []
        var needsSessions = false
        var expectations: [Expectation] = []
        var steps: [Step] = []
        var rows: [[String: String]] = []
        private var columns: [String]?
        private var heading: (person: String, verb: Step.Verb, labels: [String], line: Int)?
        private var block: [String] = []

        init(name: String) { self.name = name }

        private static let indentation = "    "

        mutating func take(_ line: String, _ number: Int) throws {
            if line.hasPrefix(Self.indentation) || (line.isEmpty && self.heading != nil) {
                let content = String(line.dropFirst(Self.indentation.count))
                if self.columns != nil { return self.takeRow(content) }
                return self.block.append(content)
            }
            self.endBlock()
            if line.isEmpty || line.hasPrefix("#") { return }
            if self.title.isEmpty { return self.title = line }
            if line == "For each" { return self.columns = [] }
            if try self.takeStep(line, number) { return }
            try self.takeHeader(line, number)
        }

        /// Ends what a step says.
        mutating func endBlock() {
            guard let heading = self.heading else { return }
            while self.block.last?.isEmpty == true { self.block.removeLast() }
            self.steps.append(
                Step(
                    person: heading.person,
                    verb: heading.verb,
                    labels: heading.labels,
                    text: self.block.joined(separator: "\n"),
                    line: heading.line
                )
            )
            self.heading = nil
            self.block = []
        }

        /// The first line of a table has the names of its columns in braces.
        private mutating func takeRow(_ line: String) {
            let cells = line.split(separator: " ").map(String.init)
            guard let columns = self.columns, !cells.isEmpty else { return }
            guard !columns.isEmpty else {
                return self.columns = cells.map { String($0.dropFirst().dropLast()) }
            }
            self.rows.append(Dictionary(zip(columns, cells)) { $1 })
        }

        /// `juliet sends (Example 1, Example 2)`.
        private mutating func takeStep(_ line: String, _ number: Int) throws -> Bool {
            guard let match = line.wholeMatch(of: /([^ ]+) (\w+)(?: \(([^)]*)\))?/),
                self.people.contains(where: { $0.name == match.output.1 })
            else { return false }
            guard let verb = Step.Verb(rawValue: String(match.output.2)) else {
                throw SceneError(description: "\(self.name):\(number): nobody can “\(match.output.2)”")
            }
            let labels = match.output.3.map { $0.split(separator: ", ").map(String.init) } ?? []
            self.heading = (String(match.output.1), verb, labels, number)
            return true
        }

        private mutating func takeHeader(_ line: String, _ number: Int) throws {
            guard let colon = line.firstRange(of: ": ") else {
                throw SceneError(description: "\(self.name):\(number): what is “\(line)”?")
            }
            let (key, value) = (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
            switch key {
            case "Standard":
                guard let match = value.wholeMatch(of: /RFC (\d+), section ([\d.]+)/) else {
                    throw SceneError(description: "\(self.name):\(number): a standard is “RFC 1, section 2”")
                }
                (self.standard, self.section) = (String(match.output.1), String(match.output.2))
            case "Needs" where value == "sessions": self.needsSessions = true
            case "XMPP", "SIP": try self.takePerson(value, Person.Side(rawValue: key), number)
            case _ where key.hasPrefix("Differs "):
                let label = String(key.dropFirst("Differs ".count))
                guard let index = self.expectations.firstIndex(where: { $0.label == label }) else {
                    throw SceneError(description: "\(self.name):\(number): nothing is expected of \(label)")
                }
                self.expectations[index].difference = value
            case _ where key.wholeMatch(of: /(Example|Table|Section|Note) [\d.]+[a-z]?/) != nil:
                self.expectations.append(Expectation(label: key, text: value))
            default: throw SceneError(description: "\(self.name):\(number): “\(key)” is not known")
            }
        }

        /// `juliet/balcony`, or with a user part of its own `juliet = m\26m/balcony`.
        private mutating func takePerson(_ text: String, _ side: Person.Side?, _ number: Int) throws {
            guard let side, let match = text.wholeMatch(of: /([\w']+)(?: = ([^ \/]+))?(?:\/(.+))?/) else {
                throw SceneError(description: "\(self.name):\(number): who is “\(text)”?")
            }
            self.people.append(
                Person(
                    name: String(match.output.1),
                    side: side,
                    user: match.output.2.map(String.init),
                    device: match.output.3.map(String.init)
                )
            )
        }
    }
}
