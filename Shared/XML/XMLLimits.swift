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

    /// Bytes that reading it may take at a time, of what expat holds and of what it reports.
    ///
    /// An element of a few bytes inside a namespace of many is reported with all of them, and names that a peer makes up are
    /// remembered as long as the parser lives: without this, memory would be a product of two limits.
    public var memory: Int {
        let (product, isTooLarge) = self.bytes.multipliedReportingOverflow(by: Self.memoryPerByte)
        return isTooLarge ? .max : max(product, Self.leastMemory)
    }

    /// What honest stanzas of short elements need: a token of 28 bytes for each of them, in room that is doubled when it is full.
    private static let memoryPerByte = 16
    /// For a read of 64 KiB with many short stanzas, however small each may be.
    private static let leastMemory = 1_048_576

    /// For documents in the body of a SIP request: no real presence document comes near.
    public static let document = XMLLimits(bytes: 262_144, elements: 4096, attributes: 64, depth: 32, text: 65_536)
}
