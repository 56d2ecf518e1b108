import TLS
import Wire

/// Makes and checks dialback keys ([XEP-0185 §3](https://xmpp.org/extensions/xep-0185.html#proto)).
///
/// ```
/// key = HMAC-SHA256(SHA256(secret), receiving " " originating " " stream-id)
/// ```
///
/// with both hashes in lower-case hexadecimal. The space between the parts makes the input unambiguous only as long as no
/// part holds one, so requests with such parts are refused.
struct KeyMaker: Sendable {
    /// Why a request is not looked at.
    enum Mistake: Error, Equatable, CustomStringConvertible {
        case emptyPart, tooLong, space

        var description: String {
            switch self {
            case .emptyPart: "a domain or the stream id is empty"
            case .tooLong: "a domain or the stream id is too long"
            case .space: "a domain or the stream id holds a space"
            }
        }
    }

    /// Longer than any domain name and any stream id in use.
    private static let maximumPartLength = 1023

    /// The hashes of the secrets, the current one first.
    private let hashes: [[UInt8]]

    /// - Parameters:
    ///   - current: The secret that keys are made with.
    ///   - previous: A secret that keys were made with until now; they stay valid.
    init(current: [UInt8], previous: [UInt8]?) {
        self.hashes = ([current] + (previous.map { [$0] } ?? [])).map { Array(SHA256Hash.hexadecimal(of: $0).utf8) }
    }

    /// The key of an outbound stream.
    func key(for request: DialbackKeyRequest) throws -> String {
        let input = try Self.input(request.receiving, request.originating, request.streamID)
        return try MessageAuthentication.hexadecimal(key: self.hashes[0], message: input)
    }

    /// Whether a key was made by us, with one of the live secrets.
    ///
    /// Every secret is tried, also when an earlier one matches: the time says nothing about which it was.
    func isValid(_ request: DialbackVerifyRequest) throws -> Bool {
        let input = try Self.input(request.receiving, request.originating, request.streamID)
        let given = Array(request.key.utf8)
        var isValid = false
        for hash in self.hashes {
            let key = try MessageAuthentication.hexadecimal(key: hash, message: input)
            let isEqual = MessageAuthentication.areEqual(Array(key.utf8), given)
            isValid = isValid || isEqual
        }
        return isValid
    }

    private static func input(_ parts: String...) throws(Mistake) -> [UInt8] {
        for part in parts {
            guard !part.isEmpty else { throw .emptyPart }
            guard part.utf8.count <= Self.maximumPartLength else { throw .tooLong }
            guard !part.utf8.contains(UInt8(ascii: " ")) else { throw .space }
        }
        return Array(parts.joined(separator: " ").utf8)
    }
}
