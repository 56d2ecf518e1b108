internal import Messaging
internal import Presence
internal import SIPCore

/// What the body of a MESSAGE says, whatever it was wrapped in.
enum MessageContent: Equatable {
    case text(Text)
    case composition(Composition)
    case receipt(DeliveryReceipt)
    case nothing(IgnoreReason)

    struct Text: Equatable {
        var bodies: [LocalizedText]
        var subject: [LocalizedText] = []
        /// In milliseconds since 1970.
        var sentAt: Int64?
        /// What its sender wants to be told of it.
        var reference: IMDNReference?

        /// Whether its sender wants to hear that it has arrived.
        var wantsReceipt: Bool { self.reference?.wanted.contains(.delivered) == true }
    }
}

/// Why a body cannot be read: to be answered with `status`.
struct ContentError: Error, Equatable {
    let status: Int
    let text: String

    static func unsupported(_ type: String) -> ContentError {
        ContentError(status: 415, text: "Content of type \(ErrorText.bounded(type)) is not supported.")
    }

    static let charset = ContentError(status: 415, text: "The character encoding is not supported.")
    static let undecodable = ContentError(status: 488, text: "The text is not in the character encoding it declares.")
    static let forbiddenCharacters = ContentError(status: 488, text: "The text has characters that XML forbids.")
    static let malformed = ContentError(status: 400, text: "The body is not what its content type promises.")
    static let tooLarge = ContentError(
        status: 413,
        text: "The text is longer than \(InterworkingLimits.messageText) bytes."
    )
}

extension MessageContent {
    /// CPIM within multipart within CPIM: whoever nests deeper has no message to send.
    static let maximumDepth = 4

    /// Reads a body of the given type.
    ///
    /// `language` is the `Content-Language` that came with it, `thread` the conversation it is part of.
    static func read(
        _ body: ArraySlice<UInt8>,
        type: MediaType,
        language: String?,
        thread: String?,
        depth: Int = 0
    ) throws(ContentError) -> MessageContent {
        switch type.essence {
        case "text/plain":
            return try self.text(body, type: type, language: language) { $0 }
        case "text/html":
            return try self.text(body, type: type, language: language, HTMLText.reduce)
        case "text/rtf", "application/rtf":
            return try self.text(body, type: type, language: language, RTFText.reduce)
        case IsComposing.mediaType:
            guard let composition = IsComposing.read(Array(body), thread: thread) else { throw .malformed }
            return .composition(composition)
        case IMDN.mediaType:
            switch IMDN.read(Array(body)) {
            case .receipt(let receipt): return .receipt(receipt)
            case .intermediate: return .nothing(.intermediateNotification)
            case nil: throw .malformed
            }
        case "message/cpim":
            guard depth < self.maximumDepth else { throw .malformed }
            return try self.cpim(body, thread: thread, depth: depth)
        case "multipart/alternative", "multipart/mixed", "multipart/related":
            guard depth < self.maximumDepth, let boundary = type.parameter("boundary"),
                let parts = Multipart.parts(of: body, boundary: boundary)
            else { throw .malformed }
            return try self.multipart(parts, type: type, language: language, thread: thread, depth: depth)
        default:
            throw .unsupported(type.essence)
        }
    }

    private static func text(
        _ body: ArraySlice<UInt8>,
        type: MediaType,
        language: String?,
        _ reduce: (String) -> String?
    ) throws(ContentError) -> MessageContent {
        let name = type.parameter("charset")
        guard let charset = Charset(declared: name) else { throw .charset }
        guard let decoded = charset.decode(body, name: name) else { throw .undecodable }
        guard let reduced = reduce(decoded) else { throw .malformed }
        let text = LineEnds.normalized(reduced)
        guard XMLText.isAllowed(text) else { throw .forbiddenCharacters }
        guard text.utf8.count <= InterworkingLimits.messageText else { throw .tooLarge }
        guard !text.isEmpty else { return .nothing(.noContent) }
        return .text(Text(bodies: [LocalizedText(text, language: language)]))
    }

    private static func cpim(
        _ body: ArraySlice<UInt8>,
        thread: String?,
        depth: Int
    ) throws(ContentError) -> MessageContent {
        guard let message = CPIMMessage(parsing: body) else { throw .malformed }
        let content = try self.read(message.content, language: nil, thread: thread, depth: depth + 1)
        guard case .text(var text) = content else { return content }
        if let subject = message.header("Subject"), XMLText.isAllowed(subject.value),
            let value = HeaderText.bounded(HeaderText.oneLine(subject.value))
        {
            text.subject = [LocalizedText(value, language: subject.language)]
        }
        let time = message.header("DateTime")?.value
        text.sentAt = time.flatMap { Timestamp.parse($0) }
        if let id = HeaderText.bounded(message.imdn("Message-ID")), XMLText.isAllowed(id) {
            let dispositions = message.imdn("Disposition-Notification")
            text.reference = IMDNReference(messageID: id, sentAt: time, dispositions: dispositions)
        }
        return .text(text)
    }

    /// Alternatives: the text in each language, plain text before HTML.
    ///
    /// Otherwise: the first part that says something, for the others are its attachments.
    private static func multipart(
        _ parts: [MIMEEntity],
        type: MediaType,
        language: String?,
        thread: String?,
        depth: Int
    ) throws(ContentError) -> MessageContent {
        var texts: [LocalizedText] = []
        var firstError: ContentError?
        for preferred in [true, false] {
            for part in parts where (part.mediaType?.essence == "text/plain") == preferred {
                do {
                    let content = try self.read(part, language: language, thread: thread, depth: depth + 1)
                    guard case .text(let text) = content, type.essence == "multipart/alternative" else {
                        return content
                    }
                    for body in text.bodies where !texts.contains(where: { $0.language == body.language }) {
                        texts.append(body)
                    }
                } catch {
                    firstError = firstError ?? error
                }
            }
            if !texts.isEmpty { break }
        }
        guard texts.isEmpty else { return .text(Text(bodies: texts)) }
        throw firstError ?? .malformed
    }

    private static func read(
        _ part: MIMEEntity,
        language: String?,
        thread: String?,
        depth: Int
    ) throws(ContentError) -> MessageContent {
        guard let type = part.mediaType else { throw .malformed }
        if let encoding = part["Content-Transfer-Encoding"]?.lowercased(),
            !["7bit", "8bit", "binary"].contains(encoding)
        {
            throw .unsupported(type.essence + " in " + encoding)
        }
        return try self.read(
            part.body,
            type: type,
            language: LanguageTag.first(inHeader: part["Content-Language"]) ?? language,
            thread: thread,
            depth: depth
        )
    }
}

extension MIMEEntity {
    /// Its content type; `text/plain` by default ([RFC 2045 §5.2](https://www.rfc-editor.org/rfc/rfc2045#section-5.2)), `nil` if it
    /// is malformed.
    var mediaType: MediaType? { MediaType(parsing: self["Content-Type"] ?? "text/plain") }
}
