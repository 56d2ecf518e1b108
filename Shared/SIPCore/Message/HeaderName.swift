/// The name of a header field; compact forms and letter case are resolved
/// ([RFC 3261 §7.3.3](https://www.rfc-editor.org/rfc/rfc3261#section-7.3.3)).
public struct HeaderName: Hashable, Sendable {
    /// A name that is none of those we know.
    private final class Other: Sendable {
        /// As it was written.
        let text: String
        /// In lower case.
        let key: String

        init(_ text: String) {
            self.text = text
            self.key = text.asciiLowercased
        }
    }

    /// Which of the names we know, its place in ``texts``; 0 for all others.
    private let number: UInt8
    private let other: Other?

    public init(_ name: String) {
        if let known = Array(name.utf8).withUnsafeBufferPointer({ Self.known($0.span) }) {
            self = known
        } else {
            self.number = 0
            self.other = Other(name)
        }
    }

    private init(number: UInt8) {
        self.number = number
        self.other = nil
    }

    /// The name as we write it.
    public var text: String { self.other?.text ?? Self.texts[Int(self.number)] }

    public static func == (left: Self, right: Self) -> Bool {
        left.number == right.number && (left.number != 0 || left.other?.key == right.other?.key)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.number)
        if self.number == 0 { hasher.combine(self.other?.key) }
    }

    public static var via: HeaderName { HeaderName(number: 1) }
    public static var from: HeaderName { HeaderName(number: 2) }
    public static var to: HeaderName { HeaderName(number: 3) }
    public static var callID: HeaderName { HeaderName(number: 4) }
    public static var cSeq: HeaderName { HeaderName(number: 5) }
    public static var contact: HeaderName { HeaderName(number: 6) }
    public static var maxForwards: HeaderName { HeaderName(number: 7) }
    public static var contentType: HeaderName { HeaderName(number: 8) }
    public static var contentLength: HeaderName { HeaderName(number: 9) }
    public static var contentEncoding: HeaderName { HeaderName(number: 10) }
    public static var contentLanguage: HeaderName { HeaderName(number: 11) }
    public static var subject: HeaderName { HeaderName(number: 12) }
    public static var date: HeaderName { HeaderName(number: 13) }
    public static var expires: HeaderName { HeaderName(number: 14) }
    public static var minExpires: HeaderName { HeaderName(number: 15) }
    public static var event: HeaderName { HeaderName(number: 16) }
    public static var allowEvents: HeaderName { HeaderName(number: 17) }
    public static var subscriptionState: HeaderName { HeaderName(number: 18) }
    public static var accept: HeaderName { HeaderName(number: 19) }
    public static var acceptEncoding: HeaderName { HeaderName(number: 20) }
    public static var allow: HeaderName { HeaderName(number: 21) }
    public static var supported: HeaderName { HeaderName(number: 22) }
    public static var require: HeaderName { HeaderName(number: 23) }
    public static var proxyRequire: HeaderName { HeaderName(number: 24) }
    public static var unsupported: HeaderName { HeaderName(number: 25) }
    public static var route: HeaderName { HeaderName(number: 26) }
    public static var recordRoute: HeaderName { HeaderName(number: 27) }
    public static var retryAfter: HeaderName { HeaderName(number: 28) }
    public static var warning: HeaderName { HeaderName(number: 29) }
    public static var reason: HeaderName { HeaderName(number: 30) }
    public static var server: HeaderName { HeaderName(number: 31) }
    public static var userAgent: HeaderName { HeaderName(number: 32) }
    public static var referTo: HeaderName { HeaderName(number: 33) }

    private static let texts = [
        "",
        "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Type", "Content-Length",
        "Content-Encoding", "Content-Language", "Subject", "Date", "Expires", "Min-Expires", "Event", "Allow-Events",
        "Subscription-State", "Accept", "Accept-Encoding", "Allow", "Supported", "Require", "Proxy-Require",
        "Unsupported", "Route", "Record-Route", "Retry-After", "Warning", "Reason", "Server", "User-Agent", "Refer-To",
    ]

    /// Those that may stand once only; a message with two of one is refused, for two readers could choose differently.
    static let single: [HeaderName] = [
        .from, .to, .callID, .cSeq, .maxForwards, .contentType, .contentLength, .subject, .date, .expires, .minExpires,
        .event, .subscriptionState, .retryAfter,
    ]

    /// Those that stand once in every message.
    static let mandatory: [HeaderName] = [.from, .to, .callID, .cSeq]

    /// Whether its value is a number of seconds or hops, and nothing else.
    var isNumber: Bool { self == .maxForwards || self == .expires || self == .minExpires }

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
        let standard = (1..<HeaderName.texts.count).map { HeaderName(number: UInt8($0)) }
        let compact: [(String, HeaderName)] = [
            ("v", .via), ("f", .from), ("t", .to), ("i", .callID), ("m", .contact), ("c", .contentType),
            ("l", .contentLength), ("e", .contentEncoding), ("s", .subject), ("o", .event), ("u", .allowEvents),
            ("k", .supported), ("r", .referTo),
        ]
        let all = standard.map { ($0.text.asciiLowercased, $0) } + compact
        var byLength: [[Spelling]] = Array(repeating: [], count: 1 + (all.map(\.0.utf8.count).max() ?? 0))
        for (key, name) in all { byLength[key.utf8.count].append(Spelling(bytes: Array(key.utf8), name: name)) }
        return byLength
    }()
}

extension HeaderName: CustomStringConvertible {
    public var description: String { self.text }
}
