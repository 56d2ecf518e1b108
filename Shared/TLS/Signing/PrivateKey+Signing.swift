internal import COpenSSL

/// JSON Web Keys and Signatures ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)) with the kinds of keys that
/// certificates have.
extension PrivateKey {
    /// `ES256`, `ES384` or `RS256`.
    ///
    /// - Throws: ``IssuingError/malformed(_:)`` for a key of another kind.
    public func webAlgorithm() throws(IssuingError) -> String { try self.webKind().name }

    /// The public key, its members in the order of its thumbprint ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    public func webKey() throws(IssuingError) -> String {
        switch try self.webKind() {
        case .rsa:
            let exponent = try self.number(OSSL_PKEY_PARAM_RSA_E)
            let modulus = try self.number(OSSL_PKEY_PARAM_RSA_N)
            return #"{"e":"\#(Base64URL.encode(exponent))","kty":"RSA","n":"\#(Base64URL.encode(modulus))"}"#
        case .ellipticCurve(let curve, _, let length):
            let x = try self.number(OSSL_PKEY_PARAM_EC_PUB_X, length: length)
            let y = try self.number(OSSL_PKEY_PARAM_EC_PUB_Y, length: length)
            return #"{"crv":"\#(curve)","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#
        }
    }

    /// The signature of `message`; of a curve's key, its two numbers, one after the other
    /// ([RFC 7518 §3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)).
    public func webSignature(of message: [UInt8]) throws(IssuingError) -> [UInt8] {
        let kind = try self.webKind()
        let context = try IssuingError.unwrap(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        let digest = kind.name == "ES384" ? EVP_sha384() : EVP_sha256()
        try IssuingError.check(EVP_DigestSignInit(context, nil, digest, nil, self.handle), "EVP_DigestSignInit")
        var count = 0
        try IssuingError.check(EVP_DigestSign(context, nil, &count, message, message.count), "EVP_DigestSign")
        var encoded = [UInt8](repeating: 0, count: count)
        try IssuingError.check(EVP_DigestSign(context, &encoded, &count, message, message.count), "EVP_DigestSign")
        guard case .ellipticCurve(_, _, let length) = kind else { return Array(encoded[..<count]) }
        let signature = encoded.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, count)
        }
        defer { ECDSA_SIG_free(signature) }
        guard signature != nil else { throw .last(in: "d2i_ECDSA_SIG") }
        return try Self.bytes(of: ECDSA_SIG_get0_r(signature), length: length)
            + Self.bytes(of: ECDSA_SIG_get0_s(signature), length: length)
    }

    /// What a signature is made with; numbers of a curve have a fixed length.
    private enum WebKind {
        case rsa
        case ellipticCurve(String, algorithm: String, length: CInt)

        var name: String {
            switch self {
            case .rsa: "RS256"
            case .ellipticCurve(_, let algorithm, _): algorithm
            }
        }
    }

    private func webKind() throws(IssuingError) -> WebKind {
        let strength = PublicKey.strength(of: self.handle)
        switch (strength.algorithm, strength.bits) {
        case ("EC", 256): return .ellipticCurve("P-256", algorithm: "ES256", length: 32)
        case ("EC", 384): return .ellipticCurve("P-384", algorithm: "ES384", length: 48)
        case ("RSA", _): return .rsa
        default: throw .malformed("key for a JSON Web Signature")
        }
    }

    /// A number of the public key; without `length` as short as it can be.
    private func number(_ name: String, length: CInt? = nil) throws(IssuingError) -> [UInt8] {
        var number: OpaquePointer?
        try IssuingError.check(EVP_PKEY_get_bn_param(self.handle, name, &number), "EVP_PKEY_get_bn_param")
        defer { BN_free(number) }
        return try Self.bytes(of: number, length: length ?? (BN_num_bits(number) + 7) / 8)
    }

    private static func bytes(of number: OpaquePointer?, length: CInt) throws(IssuingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(length))
        guard BN_bn2binpad(number, &bytes, length) == length else { throw .last(in: "BN_bn2binpad") }
        return bytes
    }
}
