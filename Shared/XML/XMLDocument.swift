internal import CXMLCollector

/// Reads a whole document, as in the body of a SIP request.
public enum XMLDocument {
    /// The root element of the document in `bytes`.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: XMLLimits = .document,
        vocabulary: XMLVocabulary = .basic
    ) throws(XMLError) -> XMLElement {
        let collector = try XMLCollector(vocabulary: vocabulary, limits: limits, isStream: false)
        if let failure = collector.feed(bytes, isFinal: true) { throw failure }
        let tokens = collector.tokens
        var builder = XMLTreeBuilder()
        var root: XMLElement?
        var index = 0
        while index < tokens.count {
            switch Int(tokens[index].kind) {
            case XMLC_START:
                builder.start(tokens, at: &index)
                continue
            case XMLC_TEXT:
                builder.text(tokens.value(tokens[index]))
            case XMLC_END:
                root = builder.end()
            default:
                break
            }
            index += 1
        }
        guard let root else { throw .incomplete }
        return root
    }

    /// The root element of the document in `bytes`.
    public static func parse(
        _ bytes: [UInt8],
        limits: XMLLimits = .document,
        vocabulary: XMLVocabulary = .basic
    ) throws(XMLError) -> XMLElement {
        var result = Result<XMLElement, XMLError>.failure(.incomplete)
        bytes.withUnsafeBytes { buffer in
            result = Result { () throws(XMLError) in try self.parse(buffer, limits: limits, vocabulary: vocabulary) }
        }
        return try result.get()
    }
}
