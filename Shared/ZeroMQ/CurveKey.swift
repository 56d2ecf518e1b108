internal import CZeroMQ

/// A CURVE key, public or secret: 32 bytes, written as 40 characters of Z85
/// ([ZeroMQ RFC 32](https://rfc.zeromq.org/spec/32/)).
public struct CurveKey: Hashable, Sendable {
    static let byteCount = 32
    static let textCount = 40

    /// The key in Z85.
    public let z85: String
    /// The key itself.
    public let bytes: [UInt8]

    /// Reads a key; `nil` when `z85` is none.
    public init?(z85: String) {
        guard z85.utf8.count == Self.textCount else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        guard zmq_z85_decode(&bytes, z85) != nil else { return nil }
        self.z85 = z85
        self.bytes = bytes
    }
}

extension CurveKey: CustomStringConvertible, CustomDebugStringConvertible {
    /// Nothing of the key: it may be a secret one.
    public var description: String { "CurveKey" }
    public var debugDescription: String { self.description }
}

/// A public key and the secret one that belongs to it.
public struct CurveKeyPair: Sendable {
    public let publicKey: CurveKey
    public let secretKey: CurveKey

    /// Makes a new pair.
    public static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: CurveKey.textCount + 1)
        var secretText = publicText
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else { throw .last(in: "zmq_curve_keypair") }
        guard let pair = CurveKeyPair(publicText: publicText, secretText: secretText) else {
            throw ZeroMQError(function: "zmq_curve_keypair", code: EINVAL)
        }
        return pair
    }

    private init?(publicText: [CChar], secretText: [CChar]) {
        func text(_ characters: [CChar]) -> String {
            String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        guard let publicKey = CurveKey(z85: text(publicText)), let secretKey = CurveKey(z85: text(secretText)) else {
            return nil
        }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// Reads a pair from its secret key.
    public init?(secretKey: CurveKey) {
        var publicText = [CChar](repeating: 0, count: CurveKey.textCount + 1)
        guard zmq_curve_public(&publicText, secretKey.z85) == 0 else { return nil }
        let text = String(decoding: publicText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let publicKey = CurveKey(z85: text) else { return nil }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }
}
