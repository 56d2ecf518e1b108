/// A secret that was read from a file.
///
/// It says nothing of itself when it is printed or logged.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The file's content without the line break at its end.
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The secret as text; nil when it is not UTF-8.
    public var text: String? { String(validating: self.bytes, as: UTF8.self) }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
}
