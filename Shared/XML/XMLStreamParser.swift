internal import CXMLCollector

/// Reads an XML stream as bytes come in: its root's start, then one whole element after the other
/// ([RFC 6120 §4](https://www.rfc-editor.org/rfc/rfc6120#section-4)).
///
/// Nothing of an element is shown before its last byte has come, and what has come is bounded by ``XMLLimits``.
public struct XMLStreamParser: ~Copyable {
    /// What was read.
    public enum Item: Equatable, Sendable {
        /// The root has begun. `namespaces` are the declarations on it by prefix, the default one's being empty.
        case opened(XMLElement, namespaces: [String: String])
        /// An element directly below the root is complete.
        ///
        /// `isLast`: no byte of this read came after it. What follows a request to change the layer below (STARTTLS) in
        /// the same read was not meant for this stream.
        case element(XMLElement, isLast: Bool)
        /// White space between elements: a sign of life.
        case whitespace
        /// The root has ended.
        case closed
        /// This is no longer a stream; nothing comes after it.
        case failed(XMLError)
    }

    private let collector: XMLCollector
    private var builder = XMLTreeBuilder()
    private var namespaces: [String: String] = [:]
    private var hasFailed = false

    public init(limits: XMLLimits, vocabulary: XMLVocabulary = .basic) throws(XMLError) {
        self.collector = try XMLCollector(vocabulary: vocabulary, limits: limits, isStream: true)
    }

    /// Begins a new stream on the same connection; nothing of the old one is kept.
    public mutating func restart(limits: XMLLimits) {
        self.builder.reset()
        self.namespaces = [:]
        self.hasFailed = (try? self.collector.restart(limits: limits)) == nil
    }

    /// Bytes that reading takes now; see ``XMLLimits/memory``.
    public var memory: Int { self.collector.memory }

    /// Changes the limits of the stream that is being read: a peer is trusted with more once it is known.
    public mutating func setLimits(_ limits: XMLLimits) { self.collector.setLimits(limits) }

    /// Counts ``XMLLimits/streamBytes`` from here: what has come was of use, though the peer is still unknown.
    public mutating func renewStreamBytes() { self.collector.renewStreamBytes() }

    /// Reads `bytes` and appends what they complete to `items`.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, into items: inout [Item]) {
        guard !self.hasFailed else { return }
        let failure = self.collector.feed(bytes, isFinal: false)
        defer { self.collector.rest() }
        let tokens = self.collector.tokens
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            switch Int(token.kind) {
            case XMLC_NAMESPACE:
                self.namespaces[tokens.rawName(token)] = tokens.value(token)
                index += 1
            case XMLC_START where token.depth == 1:
                items.append(
                    .opened(XMLTreeBuilder.element(tokens, at: &index), namespaces: self.namespaces)
                )
            case XMLC_START:
                self.builder.start(tokens, at: &index)
            case XMLC_TEXT where token.depth == 1:
                guard tokens.isWhitespace(token) else { return self.fail(.notWellFormed, &items) }
                items.append(.whitespace)
                index += 1
            case XMLC_TEXT:
                self.builder.text(tokens.value(token))
                index += 1
            case XMLC_END where token.depth == 1:
                items.append(.closed)
                index += 1
            default:
                if let element = self.builder.end() {
                    items.append(.element(element, isLast: Int(token.end) == bytes.count && failure == nil))
                }
                index += 1
            }
        }
        if let failure { self.fail(failure, &items) }
    }

    private mutating func fail(_ error: XMLError, _ items: inout [Item]) {
        self.hasFailed = true
        self.builder.reset()
        items.append(.failed(error))
    }
}

extension XMLStreamParser {
    /// Reads `bytes` and returns what they complete.
    public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Item] {
        var items: [Item] = []
        let bytes = Array(bytes)
        bytes.withUnsafeBytes { self.feed($0, into: &items) }
        return items
    }
}
