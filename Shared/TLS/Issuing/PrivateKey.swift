internal import COpenSSL

/// A private key.
///
/// Sendable because the `EVP_PKEY` is never changed after it was made, and OpenSSL lets threads share one that is only
/// read ([openssl-threads(7)](https://docs.openssl.org/3.0/man7/openssl-threads/)).
public final class PrivateKey: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer  // see above

    /// Takes ownership of `handle`.
    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { EVP_PKEY_free(self.handle) }

    /// What is signed with this key is hashed with: SHA-256, or nothing where the algorithm hashes by itself
    /// ([RFC 8410 §9](https://www.rfc-editor.org/rfc/rfc8410#section-9)).
    var signatureDigest: OpaquePointer? {
        let names: [String] = ["ED25519", "ED448"]
        return names.contains { EVP_PKEY_is_a(self.handle, $0) == 1 } ? nil : EVP_sha256()
    }

    /// Makes a new key.
    ///
    /// Takes between a fraction of a millisecond (ECDSA) and seconds (RSA 4096) of processor time.
    public convenience init(generating kind: KeyKind) throws(IssuingError) {
        let handle =
            switch kind {
            case .rsa2048: isthmus_EVP_RSA_gen(2048)
            case .rsa3072: isthmus_EVP_RSA_gen(3072)
            case .rsa4096: isthmus_EVP_RSA_gen(4096)
            case .ecdsaP256: isthmus_EVP_EC_gen("P-256")
            case .ecdsaP384: isthmus_EVP_EC_gen("P-384")
            }
        self.init(owning: try IssuingError.unwrap(handle, "EVP_PKEY_generate"))
    }

    /// Reads a key that is not encrypted, PKCS#8 or traditional PEM.
    public convenience init(pem: [UInt8]) throws(IssuingError) {
        let handle = try MemoryBIO.reading(pem) { bio throws(IssuingError) in
            PEM_read_bio_PrivateKey(bio, nil, refusePassphrase, nil)
        }
        guard let handle else {
            ERR_clear_error()
            throw .malformed("private key")
        }
        self.init(owning: handle)
    }

    /// Reads a key that may be encrypted with a passphrase, as `openssl genpkey` or a CA's portal wrote it.
    public convenience init(pem: [UInt8], passphrase: String?) throws(IssuingError) {
        guard String(decoding: pem, as: UTF8.self).contains("ENCRYPTED") else {
            try self.init(pem: pem)
            return
        }
        guard let passphrase else { throw .passphraseNeeded }
        let handle = try SecretText.withCString(passphrase.utf8) { text throws(IssuingError) in
            try MemoryBIO.reading(pem) { bio throws(IssuingError) in PEM_read_bio_PrivateKey(bio, nil, nil, text) }
        }
        guard let handle else {
            ERR_clear_error()
            throw .wrongPassphrase
        }
        self.init(owning: handle)
    }

    /// Reads a key that ``sealedPEM(with:)`` wrote.
    public convenience init(sealedPEM: [UInt8], masterKey: MasterKey) throws(IssuingError) {
        let isEncrypted = String(decoding: sealedPEM, as: UTF8.self).contains("BEGIN ENCRYPTED PRIVATE KEY")
        let handle = try SecretText.withCString(masterKey.text) { text throws(IssuingError) in
            // With no callback, PEM_read_bio_PrivateKey(3) takes its last argument for the passphrase.
            try MemoryBIO.reading(sealedPEM) { bio throws(IssuingError) in PEM_read_bio_PrivateKey(bio, nil, nil, text)
            }
        }
        guard let handle else {
            ERR_clear_error()
            throw isEncrypted ? .wrongKey : .malformed("private key")
        }
        self.init(owning: handle)
    }

    /// The key in the clear, as PKCS#8 PEM: for an edge, over the encrypted bus, and for nothing else.
    public func pem() throws(IssuingError) -> [UInt8] {
        try MemoryBIO.collect("PEM_write_bio_PKCS8PrivateKey") { bio throws(IssuingError) in
            PEM_write_bio_PKCS8PrivateKey(bio, self.handle, nil, nil, 0, nil, nil)
        }
    }

    /// The key encrypted for rest: PKCS#8 with PBES2, PBKDF2 and AES-256
    /// ([RFC 8018 §6.2](https://www.rfc-editor.org/rfc/rfc8018#section-6.2)).
    public func sealedPEM(with masterKey: MasterKey) throws(IssuingError) -> [UInt8] {
        let count = CInt(masterKey.text.count)
        return try SecretText.withCString(masterKey.text) { text throws(IssuingError) in
            try MemoryBIO.collect("PEM_write_bio_PKCS8PrivateKey") { bio throws(IssuingError) in
                PEM_write_bio_PKCS8PrivateKey(bio, self.handle, EVP_aes_256_cbc(), text, count, nil, nil)
            }
        }
    }

    /// Which public key belongs to it: equal to ``Certificate/publicKeyFingerprint`` when the two match.
    public var publicKeyFingerprint: String { PublicKey.fingerprint(of: self.handle) }
}

/// What certificates, requests and private keys have in common.
enum PublicKey {
    /// The SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal.
    static func fingerprint(of key: OpaquePointer) -> String {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &encoded)
        guard count > 0, let encoded else { return "" }
        defer { CRYPTO_free(encoded, nil, 0) }
        return Digest.sha256(UnsafeRawBufferPointer(start: encoded, count: Int(count)))
    }

    /// How strong a key is, for people and for checks: `RSA` 2048, `EC` 256.
    static func strength(of key: OpaquePointer) -> KeyStrength {
        let name = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        return KeyStrength(algorithm: name, bits: Int(EVP_PKEY_get_bits(key)))
    }
}

/// The algorithm and size of a public key.
public struct KeyStrength: Equatable, Sendable {
    /// OpenSSL's name: `RSA`, `EC`, `ED25519`.
    public var algorithm: String
    public var bits: Int

    public init(algorithm: String, bits: Int) {
        self.algorithm = algorithm
        self.bits = bits
    }
}

/// SHA-256 for fingerprints.
enum Digest {
    static func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest)
        return hexadecimal(digest)
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
