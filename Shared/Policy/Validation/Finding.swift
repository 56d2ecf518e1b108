/// Something to say about a configuration: what is wrong, where, and what would be right.
public struct Finding: Equatable, Hashable, Sendable {
    public enum Severity: String, Equatable, Hashable, Sendable, CaseIterable, Codable {
        /// It cannot be committed.
        case mistake
        /// It can, but probably does not do what its author wants.
        case warning
    }

    public var severity: Severity
    /// What it is about: `partner example.org`, `settings`.
    public var object: String
    /// The field, by its name in documents and on the command line: `partner-type`.
    public var field: String
    public var value: String
    public var problem: String
    /// What would be right, or what to do.
    public var remedy: String

    public init(
        _ severity: Severity,
        _ object: String,
        _ field: String,
        value: String,
        problem: String,
        remedy: String
    ) {
        self.severity = severity
        self.object = object
        self.field = field
        self.value = value
        self.problem = problem
        self.remedy = remedy
    }
}

extension Finding: CustomStringConvertible {
    /// One line, as a colleague would say it.
    public var description: String {
        let value = self.value.isEmpty ? "" : " “\(self.value)”"
        return "\(self.object): \(self.field)\(value): \(self.problem); \(self.remedy)"
    }
}
