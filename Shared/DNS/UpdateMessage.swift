/// A dynamic update of one zone: all of it is done, or nothing ([RFC 2136](https://www.rfc-editor.org/rfc/rfc2136)).
public struct UpdateMessage: Equatable, Sendable {
    /// What must hold for the server to do the update (RFC 2136 §2.4).
    public enum Prerequisite: Equatable, Sendable {
        /// The set of records of this name and type is exactly this one; not empty (§2.4.2).
        case recordSetIs([UpdateRecord])
        /// There is no record of this name and type (§2.4.3).
        case noRecordSet(name: String, type: String)
    }

    /// What is to be done (RFC 2136 §2.5).
    public enum Change: Equatable, Sendable {
        case add(UpdateRecord)
        case delete(UpdateRecord)
    }

    public let zone: String
    public var prerequisites: [Prerequisite]
    public var changes: [Change]

    public init(zone: String, prerequisites: [Prerequisite] = [], changes: [Change]) {
        self.zone = zone
        self.prerequisites = prerequisites
        self.changes = changes
    }
}
