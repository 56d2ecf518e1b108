public import Messaging
public import Policy

/// Changes of the policy, in order: `isthmus.v1.PolicyDelta`.
public struct PolicyDelta: Equatable, Sendable {
    /// The life of policy-service's sequence these numbers belong to.
    public var epoch: String
    /// The number of the first change; the others follow without a gap.
    public var firstSequence: UInt64
    public var changes: [PolicyChange]

    public init(epoch: String, firstSequence: UInt64, changes: [PolicyChange]) {
        self.epoch = epoch
        self.firstSequence = firstSequence
        self.changes = changes
    }
}

/// What tells one subscription from another.
public struct SubscriptionKey: Equatable, Hashable, Sendable {
    public var direction: SubscriptionRecord.Direction
    /// Who watches; a bare address.
    public var watcher: Address
    /// Who is watched; a bare address.
    public var presentity: Address

    public init(direction: SubscriptionRecord.Direction, watcher: Address, presentity: Address) {
        self.direction = direction
        self.watcher = watcher
        self.presentity = presentity
    }
}

/// Asks for a page of the subscriptions.
public struct SubscriptionQuery: Equatable, Sendable {
    /// Only this direction; `nil` for both.
    public var direction: SubscriptionRecord.Direction?
    /// ``SubscriptionPage/nextCursor`` of the page before; `nil` for the first.
    public var cursor: String?
    public var limit: Int
    /// Only those of this watcher, a bare address; `nil` for all.
    public var watcher: Address?
    /// Only those who watch this bare address; `nil` for all.
    public var presentity: Address?

    public init(
        direction: SubscriptionRecord.Direction? = nil,
        cursor: String? = nil,
        limit: Int = 500,
        watcher: Address? = nil,
        presentity: Address? = nil
    ) {
        self.direction = direction
        self.cursor = cursor
        self.limit = limit
        self.watcher = watcher
        self.presentity = presentity
    }
}

/// A page of subscriptions.
public struct SubscriptionPage: Equatable, Sendable {
    public var records: [SubscriptionRecord]
    /// Where the next page begins; `nil` on the last.
    public var nextCursor: String?

    public init(records: [SubscriptionRecord], nextCursor: String? = nil) {
        self.records = records
        self.nextCursor = nextCursor
    }
}
