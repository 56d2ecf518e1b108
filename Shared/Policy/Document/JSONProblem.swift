/// Where a text is no JSON as we take it, and why.
public struct JSONProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    /// In bytes, from 1.
    public var column: Int
    /// A sentence without its full stop.
    public var reason: String

    public var description: String { "line \(self.line), column \(self.column): \(self.reason)" }
}
