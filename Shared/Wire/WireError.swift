/// Why bytes from another service could not be understood.
public enum WireError: Error, Equatable, Sendable {
    /// The bytes are not a message of this type, or a text in it is not UTF-8, or a required part is missing.
    case malformed(String)
    /// A field holds a value this version does not know.
    case unknownValue(String)
}
