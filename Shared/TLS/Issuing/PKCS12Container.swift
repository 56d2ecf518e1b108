internal import COpenSSL

/// A PKCS#12 file ([RFC 7292](https://www.rfc-editor.org/rfc/rfc7292)): a certificate, its key and its chain, encrypted with a
/// passphrase.
struct PKCS12Container: ~Copyable {
    private let handle: OpaquePointer

    /// Reads the outer form; nil when the data is no PKCS#12.
    init?(data: [UInt8]) throws(IssuingError) {
        let empty = try IssuingError.unwrap(
            PKCS12_init_ex(NID_pkcs7_data, LegacyAlgorithms.context, nil),
            "PKCS12_init_ex"
        )
        var container: OpaquePointer? = empty
        let handle = try MemoryBIO.reading(data) { bio throws(IssuingError) in d2i_PKCS12_bio(bio, &container) }
        guard let handle else {
            PKCS12_free(container)  // nil where OpenSSL has freed it
            ERR_clear_error()
            return nil
        }
        self.handle = handle
    }

    deinit { PKCS12_free(self.handle) }

    /// Opens it.
    ///
    /// - Throws: ``IssuingError/passphraseNeeded``, ``IssuingError/wrongPassphrase`` or ``IssuingError/unknownEncryption(_:)``.
    func contents(passphrase: String?) throws(IssuingError) -> CertificateBundle {
        try SecretText.withCString((passphrase ?? "").utf8) { text throws(IssuingError) in
            try self.contents(text, isGiven: passphrase != nil)
        }
    }

    private func contents(
        _ text: UnsafeMutablePointer<CChar>,
        isGiven: Bool
    ) throws(IssuingError) -> CertificateBundle {
        // A file without a passphrase is sealed with an empty one, or, by some programs, with none at all.
        guard
            PKCS12_mac_present(self.handle) == 0 || PKCS12_verify_mac(self.handle, text, -1) == 1
                || (!isGiven && PKCS12_verify_mac(self.handle, nil, 0) == 1)
        else {
            ERR_clear_error()
            throw isGiven ? .wrongPassphrase : .passphraseNeeded
        }
        var key: OpaquePointer?
        var leaf: OpaquePointer?
        var others: OpaquePointer?
        guard PKCS12_parse(self.handle, text, &key, &leaf, &others) == 1 else {
            guard case .library(_, let reason) = IssuingError.last(in: "PKCS12_parse") else { throw .wrongPassphrase }
            throw PKCS12_mac_present(self.handle) == 0 ? .wrongPassphrase : .unknownEncryption(reason)
        }
        defer { isthmus_sk_X509_pop_free(others) }
        let own = leaf.map { [Certificate(owning: $0)] } ?? []
        let bundle = CertificateBundle(
            certificates: own + CertificateBundle.certificates(of: others),
            key: key.map { PrivateKey(owning: $0) }
        )
        return try LegacyAlgorithms.released(bundle)
    }
}

extension CertificateBundle {
    /// Passphrases shorter than this are no protection for a key that leaves.
    public static let minimumPassphraseLength = 12
    /// How often a passphrase is hashed: what OWASP and NIST want for people's passphrases, and a fraction of a second.
    private static let iterations: CInt = 100_000

    /// A PKCS#12 file with the first certificate of `chain`, its `key`, and the rest of the chain: PBES2 with PBKDF2 and
    /// AES-256, the integrity by HMAC with SHA-256, which Windows reads from Server 2016 on.
    public static func pkcs12(
        _ chain: [Certificate],
        key: PrivateKey,
        name: String,
        passphrase: String
    ) throws(IssuingError) -> [UInt8] {
        guard let leaf = chain.first else { throw .malformed("certificate") }
        guard leaf.publicKeyFingerprint == key.publicKeyFingerprint else { throw .wrongKey }
        let others = try IssuingError.unwrap(isthmus_sk_X509_new(), "sk_X509_new")
        defer { isthmus_sk_X509_free(others) }  // borrows the certificates, which `chain` keeps alive
        for certificate in chain.dropFirst() { isthmus_sk_X509_push(others, certificate.handle) }
        let made = try SecretText.withCString(passphrase.utf8) { text throws(IssuingError) in
            PKCS12_create(
                text,
                name,
                key.handle,
                leaf.handle,
                others,
                NID_aes_256_cbc,
                NID_aes_256_cbc,
                self.iterations,
                self.iterations,
                0
            )
        }
        let container = try IssuingError.unwrap(made, "PKCS12_create")
        defer { PKCS12_free(container) }
        return try withExtendedLifetime(chain) { () throws(IssuingError) in
            try MemoryBIO.collect("i2d_PKCS12_bio") { bio throws(IssuingError) in i2d_PKCS12_bio(bio, container) }
        }
    }
}

/// Ciphers that OpenSSL 3 has put aside, for one purpose: to read what older systems wrote.
///
/// COMPAT(Windows Server 2012 R2): exports PKCS#12 with RC2 and SHA-1.
enum LegacyAlgorithms {
    /// A library context of its own, so that nothing else in the process may use them.
    ///
    /// Nil, the usual one, if it cannot be made. The compiler cannot know that a pointer may be shared; this one may: Swift initialises
    /// it once, whoever comes first, providers are loaded nowhere else, and OpenSSL guards a library context by locks of its own, so
    /// that any thread may fetch algorithms from it.
    nonisolated(unsafe) static let context: OpaquePointer? = {
        guard let context = OSSL_LIB_CTX_new() else { return nil }
        defer { ERR_clear_error() }
        _ = OSSL_PROVIDER_load(context, "default")
        _ = OSSL_PROVIDER_load(context, "legacy")
        return context
    }()

    /// The same certificates and key, bound to the usual library context.
    static func released(_ bundle: CertificateBundle) throws(IssuingError) -> CertificateBundle {
        var certificates: [Certificate] = []
        for certificate in bundle.certificates { certificates.append(try Certificate(der: certificate.der())) }
        return CertificateBundle(
            certificates: certificates,
            key: try bundle.key.map { key throws(IssuingError) in
                try PrivateKey(pem: key.pem())
            }
        )
    }
}
