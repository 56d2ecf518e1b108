/// How much a document, or one element directly below a stream's root, may hold.
public struct XMLLimits: Equatable, Hashable, Sendable {
    /// Bytes of a document, or of one top-level element of a stream.
    public var bytes: Int
    /// Elements in the same.
    public var elements: Int
    /// Attributes of one element.
    public var attributes: Int
    /// Elements inside one another; the root has depth 1.
    public var depth: Int
    /// Bytes of one run of text or one attribute value.
    public var text: Int
    /// Bytes of the whole stream; `nil` for any number, as it must be once the peer is authenticated.
    public var streamBytes: Int?

    public init(
        bytes: Int,
        elements: Int,
        attributes: Int,
        depth: Int,
        text: Int,
        streamBytes: Int? = nil
    ) {
        self.bytes = bytes
        self.elements = elements
        self.attributes = attributes
        self.depth = depth
        self.text = text
        self.streamBytes = streamBytes
    }

    /// For documents in the body of a SIP request: no real presence document comes near.
    public static let document = XMLLimits(bytes: 262_144, elements: 4096, attributes: 64, depth: 32, text: 65_536)
}
