/// A TSIG key ([RFC 8945](https://www.rfc-editor.org/rfc/rfc8945)): the right to change a zone.
public struct UpdateKey: Equatable, Sendable {
    /// The algorithms we sign with; the older ones are not offered (RFC 8945 §6).
    public enum Algorithm: String, Equatable, Sendable, CaseIterable {
        case hmacSHA256 = "hmac-sha256"
        case hmacSHA512 = "hmac-sha512"
    }

    public let name: String
    public let algorithm: Algorithm
    /// The secret in base64, as libldns takes it.
    let secret: String

    /// Reads the text of a key file: what `tsig-keygen` prints, or `algorithm:name:secret` as `nsupdate -y` takes it.
    ///
    /// - Returns: nil when it is neither, or of another algorithm.
    public init?(contents: String) {
        let fields = Self.clauseFields(contents) ?? Self.colonFields(contents)
        guard let fields, let algorithm = Algorithm(rawValue: fields.algorithm.lowercased()) else { return nil }
        let isBase64 = fields.secret.utf8.allSatisfy { byte in
            switch UnicodeScalar(byte) {
            case "A"..."Z", "a"..."z", "0"..."9", "+", "/", "=": true
            default: false
            }
        }
        guard isBase64, fields.secret.utf8.count % 4 == 0, !fields.secret.isEmpty, !fields.name.isEmpty else {
            return nil
        }
        self.name = UpdateRecord.withoutLastDot(fields.name.lowercased())
        self.algorithm = algorithm
        self.secret = fields.secret
    }

    private typealias Fields = (name: String, algorithm: String, secret: String)

    /// Reads BIND's clause: `key "isthmus" { algorithm hmac-sha256; secret "…"; };`.
    private static func clauseFields(_ text: String) -> Fields? {
        let words = text.split { $0.isWhitespace || "{};\"".contains($0) }.map(String.init)
        guard words.count == 6, words[0] == "key" else { return nil }
        let pairs = [words[2]: words[3], words[4]: words[5]]
        guard let algorithm = pairs["algorithm"], let secret = pairs["secret"] else { return nil }
        return (words[1], algorithm, secret)
    }

    private static func colonFields(_ text: String) -> Fields? {
        let line = text.prefix { !$0.isNewline }
        let parts = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return nil }
        return (parts[1], parts[0], parts[2])
    }
}

extension UpdateKey: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the secret.
    public var description: String { "\(self.algorithm.rawValue):\(self.name)" }
    public var debugDescription: String { self.description }
}
