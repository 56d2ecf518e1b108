/// A scene of the conformance suite: who is there, what one side says, what must be seen on the other.
///
/// It comes from a file of `Tests/Conformance`, whose README describes the language.
struct ConformanceScene: Sendable {
    /// Somebody on one of the two sides.
    struct Person: Sendable, Equatable {
        enum Side: String, Sendable { case xmpp = "XMPP", sip = "SIP" }

        let name: String
        let side: Side
        /// The user part of the address; fresh for each scene where the scene names none.
        let user: String?
        /// The XMPP resource.
        let device: String?
    }

    /// One thing that happens.
    struct Step: Sendable, Equatable {
        enum Verb: String, Sendable {
            case sends, receives, answers
            /// An XMPP user logs in, or out.
            case comes, leaves
        }

        let person: String
        let verb: Verb
        /// The examples, tables or sections of the standard that this step plays.
        let labels: [String]
        /// The message or the pattern for it.
        let text: String
        let line: Int
    }

    /// What a standard prints at one of its labels, and where we differ from it, why.
    struct Expectation: Sendable, Equatable {
        let label: String
        let text: String
        var difference: String?
    }

    let name: String
    let title: String
    /// `7572` of RFC 7572.
    let standard: String
    let section: String
    let people: [Person]
    /// Whether the SIP side takes messages in sessions only.
    let needsSessions: Bool
    let expectations: [Expectation]
    let steps: [Step]
    /// Values of placeholders, one set for each time the steps are played.
    let rows: [[String: String]]

    /// What a person can be called on: the steps in order, once for each row.
    var playedSteps: [Step] {
        self.rows.flatMap { row in
            self.steps.map { step in
                Step(
                    person: step.person,
                    verb: step.verb,
                    labels: step.labels,
                    text: row.reduce(step.text) { $0.replacing("{\($1.key)}", with: $1.value) },
                    line: step.line
                )
            }
        }
    }
}

/// What is wrong with a scene, or with what a gateway did in it.
struct SceneError: Error, CustomStringConvertible {
    let description: String
}
