/// A session description ([RFC 4566](https://www.rfc-editor.org/rfc/rfc4566)), as far as sessions of text messages need one:
/// its media lines, and of each what it accepts.
public struct SessionDescription: Equatable, Sendable {
    /// `m=message 5060 sip null`, for example.
    public struct Media: Equatable, Sendable {
        /// `message`, `audio` … in lower case.
        public var kind: String
        /// 0 when it is refused.
        public var port: UInt16
        /// As it is written: `sip`, `RTP/AVP`, `TCP/MSRP`.
        public var transport: String
        /// What follows the transport: formats, or Microsoft's `null` or URI.
        public var formats: [String]
        /// `a=accept-types`; `nil` when the offer does not say.
        public var acceptTypes: [String]?

        public init(kind: String, port: UInt16, transport: String, formats: [String], acceptTypes: [String]? = nil) {
            self.kind = kind
            self.port = port
            self.transport = transport
            self.formats = formats
            self.acceptTypes = acceptTypes
        }
    }

    /// Lines of a description; nobody who wants to write messages needs as many.
    public static let maximumLines = 512
    /// Media of a description, all of which an answer must repeat.
    public static let maximumMedia = 16
    /// Formats or types of one line.
    public static let maximumFormats = 64

    /// The address of `c=`, for us to say; a peer's counts for nothing, for messages go the way of the signalling.
    public var address: String
    public var media: [Media]

    public init(address: String, media: [Media]) {
        self.address = address
        self.media = media
    }

    /// Reads a description; `nil` for bytes that are none, or that hold more than anybody needs.
    public init?(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(maxSplits: Self.maximumLines, omittingEmptySubsequences: true) { $0.isNewline }
        guard lines.count <= Self.maximumLines, lines.first == "v=0" else { return nil }
        self.address = ""
        self.media = []
        for line in lines {
            // RFC 4566 §5: `<type>=<value>`, one letter, no space before the equals sign.
            guard line.utf8.count >= 2, line.utf8.dropFirst().first == UInt8(ascii: "=") else { return nil }
            let value = line.dropFirst(2)
            switch line.utf8.first {
            case UInt8(ascii: "c") where self.media.isEmpty:
                self.address = value.split(separator: " ").last.map(String.init) ?? ""
            case UInt8(ascii: "m"):
                guard let media = Media(line: value), self.media.count < Self.maximumMedia else { return nil }
                self.media.append(media)
            case UInt8(ascii: "a"):
                guard let last = self.media.indices.last else { break }
                self.media[last].readAttribute(value)
            default: break
            }
        }
    }

    /// The description as a body.
    public var bytes: [UInt8] {
        let kind = self.address.contains(":") ? "IP6" : "IP4"
        var text = "v=0\r\no=- 0 0 IN \(kind) \(self.address)\r\ns=session\r\nc=IN \(kind) \(self.address)\r\nt=0 0\r\n"
        for media in self.media {
            let formats = media.formats.map { " \($0)" }.joined()
            text += "m=\(media.kind) \(media.port) \(media.transport)\(formats)\r\n"
            if let types = media.acceptTypes, media.port != 0 {
                text += "a=accept-types:\(types.joined(separator: " "))\r\n"
            }
        }
        return Array(text.utf8)
    }
}

extension SessionDescription.Media {
    /// `message 5060 sip null`; a port may have a count behind it, as in `49170/2`.
    fileprivate init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3 + SessionDescription.maximumFormats)
        guard words.count >= 4, words.count <= 3 + SessionDescription.maximumFormats,
            let port = UInt16(words[1].prefix { $0 != "/" })
        else { return nil }
        self.init(
            kind: String(words[0]).asciiLowercased,
            port: port,
            transport: String(words[2]),
            formats: words[3...].map(String.init)
        )
    }

    fileprivate mutating func readAttribute(_ value: Substring) {
        let name = "accept-types:"
        guard value.prefix(name.count).lowercased() == name else { return }
        let types = value.dropFirst(name.count).split(separator: " ", maxSplits: SessionDescription.maximumFormats)
        self.acceptTypes = types.prefix(SessionDescription.maximumFormats).map { String($0).asciiLowercased }
    }
}
