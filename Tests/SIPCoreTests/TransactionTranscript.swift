import TestSupport
import Testing

/// The life of a transaction, over a transport that is reliable or not.
struct TransactionTranscript<Event: Sendable, Action: Sendable>: Sendable, CustomTestStringConvertible {
    let name: String
    let isReliable: Bool
    let steps: [Step<Event, Action>]

    var testDescription: String { self.name }
}
