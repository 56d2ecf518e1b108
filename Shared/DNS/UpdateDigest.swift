internal import CLDNS

/// A fingerprint of a text, by which a plan of updates is named.
public enum UpdateDigest {
    /// The SHA-256 of `text` in hexadecimal.
    public static func sha256(_ text: String) -> String {
        var bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: Int(LDNS_SHA256_DIGEST_LENGTH))
        ldns_sha256(&bytes, CUnsignedInt(bytes.count), &digest)
        return digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
