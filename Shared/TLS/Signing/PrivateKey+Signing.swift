internal import COpenSSL

/// Signatures of JSON Web Signatures with P-256, `ES256`
/// ([RFC 7518 §3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)).
extension PrivateKey {
    /// The two coordinates of a P-256 key, 32 bytes each.
    ///
    /// - Throws: ``IssuingError/malformed(_:)`` for a key of another kind.
    public func publicPoint() throws(IssuingError) -> (x: [UInt8], y: [UInt8]) {
        guard PublicKey.strength(of: self.handle) == KeyStrength(algorithm: "EC", bits: 256) else {
            throw .malformed("P-256 key")
        }
        return (try self.coordinate(OSSL_PKEY_PARAM_EC_PUB_X), try self.coordinate(OSSL_PKEY_PARAM_EC_PUB_Y))
    }

    /// Bytes of a coordinate, and of each half of a signature.
    private static let numberLength: CInt = 32

    private func coordinate(_ name: String) throws(IssuingError) -> [UInt8] {
        var number: OpaquePointer?
        try IssuingError.check(EVP_PKEY_get_bn_param(self.handle, name, &number), "EVP_PKEY_get_bn_param")
        defer { BN_free(number) }
        return try Self.bytes(of: number)
    }

    private static func bytes(of number: OpaquePointer?) throws(IssuingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(self.numberLength))
        guard BN_bn2binpad(number, &bytes, self.numberLength) == self.numberLength else {
            throw .last(in: "BN_bn2binpad")
        }
        return bytes
    }

    /// The signature of `message` with SHA-256: two numbers of 32 bytes, one after the other.
    public func signatureES256(of message: [UInt8]) throws(IssuingError) -> [UInt8] {
        _ = try self.publicPoint()
        let context = try IssuingError.unwrap(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        try IssuingError.check(EVP_DigestSignInit(context, nil, EVP_sha256(), nil, self.handle), "EVP_DigestSignInit")
        var count = 0
        try IssuingError.check(EVP_DigestSign(context, nil, &count, message, message.count), "EVP_DigestSign")
        var encoded = [UInt8](repeating: 0, count: count)
        try IssuingError.check(EVP_DigestSign(context, &encoded, &count, message, message.count), "EVP_DigestSign")
        let signature = encoded.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, count)
        }
        defer { ECDSA_SIG_free(signature) }
        guard signature != nil else { throw .last(in: "d2i_ECDSA_SIG") }
        return try Self.bytes(of: ECDSA_SIG_get0_r(signature)) + Self.bytes(of: ECDSA_SIG_get0_s(signature))
    }
}
