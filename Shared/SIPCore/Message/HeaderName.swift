/// The name of a header field; compact forms and letter case are resolved
/// ([RFC 3261 §7.3.3](https://www.rfc-editor.org/rfc/rfc3261#section-7.3.3)).
public struct HeaderName: Hashable, Sendable {
    /// Which of the names we know, counted from 1; 0 for all others.
    private let number: UInt8
    /// The name in lower case, in its long form.
    let key: String
    /// The name as we write it.
    public let text: String

    public init(_ name: String) {
        if let known = Array(name.utf8).withUnsafeBufferPointer({ Self.known($0.span) }) {
            self = known
        } else {
            self.number = 0
            self.key = name.asciiLowercased
            self.text = name
        }
    }

    private init(standard text: String, _ number: UInt8) {
        self.number = number
        self.text = text
        self.key = text.asciiLowercased
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.number == right.number && (left.number != 0 || left.key == right.key)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(self.key) }

    public static let via = HeaderName(standard: "Via", 1)
    public static let from = HeaderName(standard: "From", 2)
    public static let to = HeaderName(standard: "To", 3)
    public static let callID = HeaderName(standard: "Call-ID", 4)
    public static let cSeq = HeaderName(standard: "CSeq", 5)
    public static let contact = HeaderName(standard: "Contact", 6)
    public static let maxForwards = HeaderName(standard: "Max-Forwards", 7)
    public static let contentType = HeaderName(standard: "Content-Type", 8)
    public static let contentLength = HeaderName(standard: "Content-Length", 9)
    public static let contentEncoding = HeaderName(standard: "Content-Encoding", 10)
    public static let contentLanguage = HeaderName(standard: "Content-Language", 11)
    public static let subject = HeaderName(standard: "Subject", 12)
    public static let date = HeaderName(standard: "Date", 13)
    public static let expires = HeaderName(standard: "Expires", 14)
    public static let minExpires = HeaderName(standard: "Min-Expires", 15)
    public static let event = HeaderName(standard: "Event", 16)
    public static let allowEvents = HeaderName(standard: "Allow-Events", 17)
    public static let subscriptionState = HeaderName(standard: "Subscription-State", 18)
    public static let accept = HeaderName(standard: "Accept", 19)
    public static let acceptEncoding = HeaderName(standard: "Accept-Encoding", 20)
    public static let allow = HeaderName(standard: "Allow", 21)
    public static let supported = HeaderName(standard: "Supported", 22)
    public static let require = HeaderName(standard: "Require", 23)
    public static let proxyRequire = HeaderName(standard: "Proxy-Require", 24)
    public static let unsupported = HeaderName(standard: "Unsupported", 25)
    public static let route = HeaderName(standard: "Route", 26)
    public static let recordRoute = HeaderName(standard: "Record-Route", 27)
    public static let retryAfter = HeaderName(standard: "Retry-After", 28)
    public static let warning = HeaderName(standard: "Warning", 29)
    public static let reason = HeaderName(standard: "Reason", 30)
    public static let server = HeaderName(standard: "Server", 31)
    public static let userAgent = HeaderName(standard: "User-Agent", 32)
    public static let referTo = HeaderName(standard: "Refer-To", 33)

    /// Those that may stand once only; a message with two of one is refused, for two readers could choose differently.
    static let single: [HeaderName] = [
        .from, .to, .callID, .cSeq, .maxForwards, .contentType, .contentLength, .subject, .date, .expires, .minExpires,
        .event, .subscriptionState, .retryAfter,
    ]

    /// A bit of its own for each name of ``single``, 0 for all others.
    var singleBit: UInt64 { Self.singleMask & (1 << UInt64(self.number)) & ~1 }

    private static let singleMask = Self.single.reduce(UInt64(0)) { $0 | 1 << UInt64($1.number) }
}

// MARK: - Names in bytes

extension HeaderName {
    /// The name that these bytes spell, whatever their case; `nil` for one we have no name for.
    static func known(_ bytes: Span<UInt8>) -> HeaderName? {
        guard bytes.count < self.spellings.count else { return nil }
        for spelling in self.spellings[bytes.count] where spelling.matches(bytes) { return spelling.name }
        return nil
    }

    private struct Spelling {
        let bytes: [UInt8]
        let name: HeaderName

        func matches(_ other: Span<UInt8>) -> Bool {
            for index in 0..<other.count {
                let byte = other[index]
                guard (byte.isSIPAlpha ? byte | 0x20 : byte) == self.bytes[index] else { return false }
            }
            return true
        }
    }

    /// All spellings by their length.
    private static let spellings: [[Spelling]] = {
        let standard: [HeaderName] = [
            .via, .from, .to, .callID, .cSeq, .contact, .maxForwards, .contentType, .contentLength, .contentEncoding,
            .contentLanguage, .subject, .date, .expires, .minExpires, .event, .allowEvents, .subscriptionState, .accept,
            .acceptEncoding, .allow, .supported, .require, .proxyRequire, .unsupported, .route, .recordRoute,
            .retryAfter, .warning, .reason, .server, .userAgent, .referTo,
        ]
        let compact: [(String, HeaderName)] = [
            ("v", .via), ("f", .from), ("t", .to), ("i", .callID), ("m", .contact), ("c", .contentType),
            ("l", .contentLength), ("e", .contentEncoding), ("s", .subject), ("o", .event), ("u", .allowEvents),
            ("k", .supported), ("r", .referTo),
        ]
        let all = standard.map { ($0.key, $0) } + compact
        var byLength: [[Spelling]] = Array(repeating: [], count: 1 + (all.map(\.0.utf8.count).max() ?? 0))
        for (key, name) in all { byLength[key.utf8.count].append(Spelling(bytes: Array(key.utf8), name: name)) }
        return byLength
    }()
}

extension HeaderName: CustomStringConvertible {
    public var description: String { self.text }
}
