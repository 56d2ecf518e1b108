import Messaging
import Policy
import Wire

extension TestStep {
    var document: DocumentValue {
        [
            "step": .text(self.name), "outcome": .text(self.outcome.rawValue), "text": .text(self.text),
            "remedy": .text(self.remedy), "reason": .text(self.reason?.rawValue ?? ""),
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
