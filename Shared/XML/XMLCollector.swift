internal import CXMLCollector

/// The C collector, owned: bytes in, flat tokens out.
struct XMLCollector: ~Copyable {
    private let collector: OpaquePointer
    let vocabulary: XMLVocabulary

    init(vocabulary: XMLVocabulary, limits: XMLLimits, isStream: Bool) throws(XMLError) {
        guard let table = vocabulary.table, let collector = xmlc_create(table, limits.forCollector, isStream) else {
            throw .tooLarge(.memory)
        }
        self.collector = collector
        self.vocabulary = vocabulary
    }

    deinit { xmlc_free(self.collector) }

    func restart(limits: XMLLimits) throws(XMLError) {
        guard xmlc_restart(self.collector, limits.forCollector) else { throw .tooLarge(.memory) }
    }

    func setLimits(_ limits: XMLLimits) { xmlc_set_limits(self.collector, limits.forCollector) }

    func renewStreamBytes() { xmlc_renew_stream_bytes(self.collector) }

    /// Parses `bytes`; the tokens before a failure are there all the same.
    func feed(_ bytes: UnsafeRawBufferPointer, isFinal: Bool) -> XMLError? {
        let status = xmlc_feed(
            self.collector,
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            bytes.count,
            isFinal
        )
        return XMLError(status: Int(status))
    }

    /// Forgets the tokens of the last feed, and where they were.
    func rest() { xmlc_rest(self.collector) }

    /// Bytes held now: expat's, the tokens' and their texts'.
    var memory: Int { xmlc_memory(self.collector) }

    /// The tokens of the last feed.
    var tokens: XMLTokens {
        XMLTokens(
            tokens: UnsafeBufferPointer(start: xmlc_tokens(self.collector), count: xmlc_token_count(self.collector)),
            arena: xmlc_arena(self.collector),
            names: self.vocabulary.names
        )
    }
}

/// The tokens of one feed; valid until the next.
struct XMLTokens {
    let tokens: UnsafeBufferPointer<xmlc_token>
    let arena: UnsafePointer<UInt8>?
    let names: [XMLVocabulary.Name]

    var count: Int { self.tokens.count }
    subscript(_ index: Int) -> xmlc_token { self.tokens[index] }

    func value(_ token: xmlc_token) -> String { self.string(token.value_offset, token.value_length) }

    /// The text of a token without a known name.
    func rawName(_ token: xmlc_token) -> String { self.string(token.name_offset, token.name_length) }

    func name(_ token: xmlc_token) -> XMLVocabulary.Name {
        if token.name != 0 { return self.names[Int(token.name) - 1] }
        let raw = self.rawName(token)
        guard let separator = raw.utf8.lastIndex(of: 1) else { return .init(namespace: "", name: raw) }
        return .init(namespace: String(raw[..<separator]), name: String(raw[raw.utf8.index(after: separator)...]))
    }

    /// The text of `token` is XML white space and nothing else.
    func isWhitespace(_ token: xmlc_token) -> Bool {
        guard let arena = self.arena else { return true }
        let bytes = UnsafeBufferPointer(start: arena + Int(token.value_offset), count: Int(token.value_length))
        return bytes.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    private func string(_ offset: UInt32, _ length: UInt32) -> String {
        guard let arena = self.arena, length > 0 else { return "" }
        return String(decoding: UnsafeBufferPointer(start: arena + Int(offset), count: Int(length)), as: UTF8.self)
    }
}

extension XMLLimits {
    var forCollector: xmlc_limits {
        xmlc_limits(
            bytes: UInt64(clamping: self.bytes),
            elements: UInt32(clamping: self.elements),
            attributes: UInt32(clamping: self.attributes),
            depth: UInt32(clamping: self.depth),
            text: UInt32(clamping: self.text),
            stream_bytes: self.streamBytes.map { UInt64(clamping: $0) } ?? UInt64.max,
            memory: UInt64(clamping: self.memory)
        )
    }
}

extension XMLError {
    init?(status: Int) {
        switch status {
        case XMLC_OK: return nil
        case XMLC_RESTRICTED: self = .restricted
        case XMLC_UNSUPPORTED_ENCODING: self = .unsupportedEncoding
        case XMLC_TOO_MANY_BYTES: self = .tooLarge(.bytes)
        case XMLC_TOO_MANY_ELEMENTS: self = .tooLarge(.elements)
        case XMLC_TOO_MANY_ATTRIBUTES: self = .tooLarge(.attributes)
        case XMLC_TOO_DEEP: self = .tooLarge(.depth)
        case XMLC_TEXT_TOO_LONG: self = .tooLarge(.text)
        case XMLC_STREAM_TOO_LONG: self = .tooLarge(.streamBytes)
        case XMLC_OUT_OF_MEMORY: self = .tooLarge(.memory)
        default: self = .notWellFormed
        }
    }
}
