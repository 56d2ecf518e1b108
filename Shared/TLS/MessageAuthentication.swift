internal import COpenSSL

/// HMAC-SHA256, and what belongs to it: hashes as text, comparison in constant time, random bytes.
public enum MessageAuthentication {
    /// `HMAC-SHA256(key, message)` in lower-case hexadecimal ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)).
    public static func hexadecimal(key: [UInt8], message: [UInt8]) throws(TLSError) -> String {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        guard HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &code, &count) != nil else {
            throw .last(in: "HMAC")
        }
        return Self.hexadecimal(of: code[..<Int(count)])
    }

    /// Whether both are the same; the time it takes depends on their length alone.
    public static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }

    /// Bytes that nobody can guess.
    public static func randomBytes(_ count: Int) throws(TLSError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, CInt(count)) == 1 else { throw .last(in: "RAND_bytes") }
        return bytes
    }

    /// `bytes` in lower-case hexadecimal.
    public static func hexadecimal(of bytes: some Collection<UInt8>) -> String {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value }
        return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            var end = 0
            for byte in bytes {
                text.initializeElement(at: end, to: digit(byte >> 4))
                text.initializeElement(at: end + 1, to: digit(byte & 0xF))
                end += 2
            }
            return end
        }
    }
}
