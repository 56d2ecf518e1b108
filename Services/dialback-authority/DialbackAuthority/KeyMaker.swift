import TLS
package import Wire

/// Makes and checks dialback keys ([XEP-0185 §2](https://xmpp.org/extensions/xep-0185.html#algorithm)).
///
/// ```
/// key = HMAC-SHA256(SHA256(secret), receiving " " originating " " stream-id)
/// ```
///
/// with both hashes in lower-case hexadecimal. The space between the parts makes the input unambiguous only as long as no
/// part holds one, so requests with such parts are refused (CVE-2016-0756), and so are those with control characters, which some
/// layer might drop or cut at.
package struct KeyMaker: Sendable {
    /// Why a request is not looked at.
    enum Mistake: Error, Equatable, CustomStringConvertible {
        case emptyPart, tooLong, space, controlCharacter

        var description: String {
            switch self {
            case .emptyPart: "a domain or the stream id is empty"
            case .tooLong: "a domain or the stream id is too long"
            case .space: "a domain or the stream id holds a space"
            case .controlCharacter: "a domain or the stream id holds a control character"
            }
        }
    }

    /// With which secret a key was made.
    enum Origin: Equatable, Sendable { case current, previous }

    /// Longer than any domain name and any stream id in use.
    private static let maximumPartLength = 1023

    /// The hashes of the secrets, the current one first.
    private let hashes: [[UInt8]]

    /// - Parameters:
    ///   - current: The secret that keys are made with.
    ///   - previous: A secret that keys were made with until now; they stay valid.
    package init(current: [UInt8], previous: [UInt8]?) {
        self.hashes = ([current] + (previous.map { [$0] } ?? [])).map { Array(SHA256Hash.hexadecimal(of: $0).utf8) }
    }

    /// The key of an outbound stream.
    package func key(for request: DialbackKeyRequest) throws -> String {
        let input = try Self.input(request.receiving, request.originating, request.streamID)
        return try MessageAuthentication.hexadecimal(key: self.hashes[0], message: input)
    }

    /// With which of the live secrets we made a key; `nil`: with none.
    ///
    /// Every secret is tried, also when an earlier one matches, and each comparison looks at every byte (CVE-2021-32921): the time
    /// says neither which secret it was nor how much of a wrong key is right.
    func origin(of request: DialbackVerifyRequest) throws -> Origin? {
        let input = try Self.input(request.receiving, request.originating, request.streamID)
        let given = Array(request.key.utf8)
        var origin: Origin?
        for (index, hash) in self.hashes.enumerated() {
            let key = try MessageAuthentication.hexadecimal(key: hash, message: input)
            if MessageAuthentication.areEqual(Array(key.utf8), given) { origin = index == 0 ? .current : .previous }
        }
        return origin
    }

    /// Whether a key was made by us, with one of the live secrets.
    package func isValid(_ request: DialbackVerifyRequest) throws -> Bool { try self.origin(of: request) != nil }

    /// What is authenticated: no two triples have the same.
    static func input(_ parts: String...) throws(Mistake) -> [UInt8] {
        for part in parts {
            guard !part.isEmpty else { throw .emptyPart }
            guard part.utf8.count <= Self.maximumPartLength else { throw .tooLong }
            guard !part.utf8.contains(UInt8(ascii: " ")) else { throw .space }
            guard !part.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .controlCharacter }
        }
        return Array(parts.joined(separator: " ").utf8)
    }
}
