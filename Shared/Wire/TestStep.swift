public import Messaging

/// One step of a test: what was looked at, what was found, and what to do about it: `isthmus.v1.TestStep`.
public struct TestStep: Equatable, Sendable {
    public enum Outcome: String, Equatable, Sendable, CaseIterable {
        case good
        /// It works, but mind this.
        case warning
        case bad
        /// A step before it failed, or it is not asked for.
        case skipped
    }

    public var name: String
    public var outcome: Outcome
    public var text: String
    /// What to do about it; empty when there is nothing to do.
    public var remedy: String
    /// The code under which traffic that meets the same is refused.
    public var reason: RefusalReason?

    public init(_ name: String, _ outcome: Outcome, _ text: String, remedy: String = "", reason: RefusalReason? = nil) {
        self.name = name
        self.outcome = outcome
        self.text = text
        self.remedy = remedy
        self.reason = reason
    }
}
