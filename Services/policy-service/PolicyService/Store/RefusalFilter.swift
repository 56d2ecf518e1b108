import Messaging
import Policy

/// Which refusals somebody wants to see.
struct RefusalFilter: Equatable, Sendable {
    var reason: RefusalReason?
    var messageID: MessageID?
    /// A text that occurs in `from`, `to` or `peer`.
    var party: String?
    var direction: RefusalRecord.Direction?
    /// The primary domain of a partner.
    var partner: String?
    /// A domain, ours or the other side's.
    var domain: String?
    /// Not before this moment, in milliseconds since 1970.
    var since: Int64?
    /// Before this moment, in milliseconds since 1970.
    var until: Int64?

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
