internal import COpenSSL

/// The secret that encrypts private keys at rest.
///
/// It is the text of a secret file: `openssl pkey -in key.pem -passin file:master.key` reads what it encrypted, so that a
/// backup can be opened without this program.
public struct MasterKey: Sendable {
    /// Shorter ones are typed by people and can be guessed; ``generate()`` makes 44 characters of 256 random bits.
    public static let minimumLength = 32

    let text: [UInt8]

    /// Takes the first line of a secret file.
    public init(contents: [UInt8]) throws(IssuingError) {
        let line = contents.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard line.count >= Self.minimumLength, !line.contains(0) else { throw .weakMasterKey }
        self.text = Array(line)
    }

    /// The contents of a new secret file: 256 random bits in base64, and a line end.
    public static func generate() throws(IssuingError) -> [UInt8] {
        var random = [UInt8](repeating: 0, count: 32)
        try IssuingError.check(RAND_bytes(&random, CInt(random.count)), "RAND_bytes")
        var text = [UInt8](repeating: 0, count: 64)
        let count = EVP_EncodeBlock(&text, random, CInt(random.count))
        OPENSSL_cleanse(&random, random.count)
        return text.prefix(Int(count)) + [UInt8(ascii: "\n")]
    }
}

extension MasterKey: CustomStringConvertible {
    /// Never the key itself.
    public var description: String { "<master key>" }
}
