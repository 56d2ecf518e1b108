import Policy

/// One step of a test: what was looked at, what was found, and what to do about it.
struct TestStep: Equatable, Sendable {
    enum Outcome: String, Equatable, Sendable, CaseIterable {
        case good
        /// It works, but mind this.
        case warning
        case bad
        /// A step before it failed, or it is not asked for.
        case skipped
    }

    var name: String
    var outcome: Outcome
    var text: String
    var remedy: String

    init(_ name: String, _ outcome: Outcome, _ text: String, remedy: String = "") {
        (self.name, self.outcome, self.text, self.remedy) = (name, outcome, text, remedy)
    }

    var document: DocumentValue {
        [
            "step": .text(self.name), "outcome": .text(self.outcome.rawValue), "text": .text(self.text),
            "remedy": .text(self.remedy),
        ]
    }
}

/// What a test came to.
struct TestReport: Equatable, Sendable {
    var subject: String
    var steps: [TestStep]

    /// Whether nothing is bad.
    var passed: Bool { !self.steps.contains { $0.outcome == .bad } }

    var document: DocumentValue {
        [
            "subject": .text(self.subject), "passed": .flag(self.passed), "steps": .list(self.steps.map(\.document)),
        ]
    }
}
