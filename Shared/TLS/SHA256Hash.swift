/// SHA-256, for what is compared by its hash: tokens, files.
public enum SHA256Hash {
    /// The hash of `bytes` in lower-case hexadecimal.
    public static func hexadecimal(of bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { Digest.sha256($0) }
    }
}
