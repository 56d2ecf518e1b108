internal import COpenSSL

extension MessageAuthentication {
    /// `HMAC-SHA256(key, message)`, 32 bytes: `HS256` of JSON Web Signatures
    /// ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    public static func bytes(key: [UInt8], message: [UInt8]) throws(TLSError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        guard HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &code, &count) != nil else {
            throw .last(in: "HMAC")
        }
        return Array(code[..<Int(count)])
    }
}

extension SHA256Hash {
    /// The hash of `bytes`, 32 bytes.
    public static func bytes(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &digest)
        return digest
    }
}
