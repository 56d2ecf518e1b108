import Messaging
import Policy

/// Which refusals somebody wants to see.
struct RefusalFilter: Equatable, Sendable {
    var reason: RefusalReason?
    var messageID: MessageID?
    /// A text that occurs in `from`, `to` or `peer`.
    var party: String?

    init(reason: RefusalReason? = nil, messageID: MessageID? = nil, party: String? = nil) {
        self.reason = reason
        self.messageID = messageID
        self.party = party
    }
}

/// A refusal with its number.
struct StoredRefusal: Equatable, Sendable {
    /// Given by the store; rises.
    var number: Int
    var record: RefusalRecord
}
