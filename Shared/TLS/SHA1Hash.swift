internal import COpenSSL

/// SHA-1, where a protocol prescribes it and nothing depends on collisions being hard to find.
public enum SHA1Hash {
    /// The hash of `bytes` in lower-case hexadecimal.
    public static func hexadecimal(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        _ = SHA1(bytes, bytes.count, &digest)
        return Digest.hexadecimal(digest)
    }
}
