/// The id of a message as the operator sees it: made by the edge that received the message, kept by all.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    public var description: String { self.rawValue }
}
