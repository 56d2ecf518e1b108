/// One DNS resource record.
public struct DNSRecord: Equatable, Hashable, Sendable {
    /// The owner name, without the last dot.
    public var name: String
    /// `SRV`, `A`, `AAAA`, `TXT`, `TLSA`.
    public var type: String
    public var ttl: UInt32
    /// The data in presentation format.
    public var data: String

    public init(name: String, type: String, ttl: UInt32, data: String) {
        self.name = name
        self.type = type
        self.ttl = ttl
        self.data = data
    }
}

/// One record to add or to delete.
public struct DNSChange: Equatable, Hashable, Sendable {
    public enum Action: String, Equatable, Hashable, Sendable, CaseIterable { case add, delete }

    public var action: Action
    public var record: DNSRecord

    public init(_ action: Action, _ record: DNSRecord) {
        self.action = action
        self.record = record
    }
}

/// The difference between what should be and what is.
public struct DNSPlan: Equatable, Sendable {
    /// Names exactly this plan, for ``DNSApplyRequest``.
    public var checksum: String
    public var changes: [DNSChange]
    /// All records that should be.
    public var desired: [DNSRecord]
    /// The plan for people.
    public var text: String
    /// What to mind, in words: drift, a large deletion.
    public var warnings: [String]
    /// Whether it deletes so much that it has to be forced.
    public var needsForce: Bool

    public init(
        checksum: String,
        changes: [DNSChange],
        desired: [DNSRecord],
        text: String,
        warnings: [String] = [],
        needsForce: Bool = false
    ) {
        self.checksum = checksum
        self.changes = changes
        self.desired = desired
        self.text = text
        self.warnings = warnings
        self.needsForce = needsForce
    }
}

/// Does exactly the plan that was reviewed.
public struct DNSApplyRequest: Equatable, Sendable {
    public var checksum: String
    /// Whether a large deletion is meant.
    public var force: Bool

    public init(checksum: String, force: Bool = false) {
        self.checksum = checksum
        self.force = force
    }
}

/// What came of a plan.
public struct DNSResult: Equatable, Sendable {
    /// How many changes were made.
    public var applied: Int
    /// Whether reading back showed what should be.
    public var isVerified: Bool
    /// The same for people.
    public var text: String

    public init(applied: Int, isVerified: Bool, text: String) {
        self.applied = applied
        self.isVerified = isVerified
        self.text = text
    }
}
