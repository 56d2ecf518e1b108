internal import COpenSSL

/// An X.509 certificate.
///
/// Sendable for the reason ``PrivateKey`` is; what OpenSSL caches in an `X509` on first use it guards by a lock.
public final class Certificate: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer  // never changed after init, see above

    /// Takes ownership of `handle`.
    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { X509_free(self.handle) }

    /// Reads one certificate in DER.
    public convenience init(der: [UInt8]) throws(IssuingError) {
        let handle = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509(nil, &start, buffer.count)
        }
        guard let handle else {
            ERR_clear_error()
            throw .malformed("certificate")
        }
        self.init(owning: handle)
    }

    /// Reads all certificates of a PEM file, in order; at least one.
    public static func chain(pem: [UInt8]) throws(IssuingError) -> [Certificate] {
        let chain = try MemoryBIO.reading(pem) { bio throws(IssuingError) in
            var chain: [Certificate] = []
            while let handle = PEM_read_bio_X509(bio, nil, refusePassphrase, nil) {
                chain.append(Certificate(owning: handle))
            }
            // The end of the file is reported as PEM_R_NO_START_LINE; anything else is a broken certificate.
            let isEnd = isthmus_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
            ERR_clear_error()
            guard isEnd else { throw .malformed("certificate") }
            return chain
        }
        guard !chain.isEmpty else { throw .malformed("certificate") }
        return chain
    }

    /// The certificates as one PEM file.
    public static func pem(_ chain: [Certificate]) throws(IssuingError) -> [UInt8] {
        var pem: [UInt8] = []
        for certificate in chain { pem += try certificate.pem() }
        return pem
    }

    public func pem() throws(IssuingError) -> [UInt8] {
        try MemoryBIO.collect("PEM_write_bio_X509") { bio throws(IssuingError) in PEM_write_bio_X509(bio, self.handle) }
    }

    public func der() throws(IssuingError) -> [UInt8] {
        try MemoryBIO.collect("i2d_X509_bio") { bio throws(IssuingError) in i2d_X509_bio(bio, self.handle) }
    }
}

// MARK: - What it says

extension Certificate {
    /// The subject, `CN=sip.contoso.com, O=Contoso`.
    public var subject: String { Self.text(of: X509_get_subject_name(self.handle)) }

    public var issuer: String { Self.text(of: X509_get_issuer_name(self.handle)) }

    public var isSelfSigned: Bool { X509_self_signed(self.handle, 1) == 1 }

    /// Whether its key has signed `other`.
    func hasIssued(_ other: Certificate) -> Bool {
        guard X509_check_issued(self.handle, other.handle) == X509_V_OK else { return false }
        defer { ERR_clear_error() }
        return X509_verify(other.handle, X509_get0_pubkey(self.handle)) == 1
    }

    /// The serial number in hexadecimal.
    public var serialNumber: String {
        guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(self.handle), nil) else { return "" }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return "" }
        defer { CRYPTO_free(text, nil, 0) }
        return String(cString: text).lowercased()
    }

    /// From when it is valid, in seconds since 1970.
    public var notBefore: Int64 { Self.seconds(X509_get0_notBefore(self.handle)) }

    /// Until when it is valid, in seconds since 1970.
    public var notAfter: Int64 { Self.seconds(X509_get0_notAfter(self.handle)) }

    /// Whether it may identify a server; a certificate without the extension may do everything.
    public var allowsServerAuthentication: Bool { self.allows(XKU_SSL_SERVER) }

    /// Whether it may identify a client, as mutual TLS wants.
    public var allowsClientAuthentication: Bool { self.allows(XKU_SSL_CLIENT) }

    private func allows(_ usage: CInt) -> Bool {
        X509_get_extension_flags(self.handle) & UInt32(EXFLAG_XKUSAGE) == 0
            || X509_get_extended_key_usage(self.handle) & UInt32(usage) != 0
    }

    /// Whether its key may sign handshakes, as TLS with forward secrecy wants of a server and a client; without the extension
    /// keyUsage a key may do everything ([RFC 5280 §4.2.1.3](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3)).
    public var allowsSignatures: Bool { X509_get_key_usage(self.handle) & UInt32(KU_DIGITAL_SIGNATURE) != 0 }

    /// The first common name of the subject; empty without one.
    public var commonName: String {
        let subject = X509_get_subject_name(self.handle)
        let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard index >= 0, let data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)) else { return "" }
        var text: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&text, data)
        defer { CRYPTO_free(text, nil, 0) }
        return String(decoding: UnsafeBufferPointer(start: text, count: max(0, Int(count))), as: UTF8.self)
    }

    public var isAuthority: Bool { X509_check_ca(self.handle) == 1 }

    /// The SHA-256 of the certificate, in hexadecimal.
    public var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        X509_digest(self.handle, EVP_sha256(), &digest, &count)
        return Digest.hexadecimal(digest.prefix(Int(count)))
    }

    /// Equal to that of the private key and of the request it belongs to.
    public var publicKeyFingerprint: String {
        X509_get0_pubkey(self.handle).map { PublicKey.fingerprint(of: $0) } ?? ""
    }

    public var keyStrength: KeyStrength {
        X509_get0_pubkey(self.handle).map { PublicKey.strength(of: $0) } ?? KeyStrength(algorithm: "unknown", bits: 0)
    }

    /// Whether it was signed with a digest that can be forged: MD5, SHA-1.
    public var hasWeakSignature: Bool {
        var digest: CInt = NID_undef
        guard X509_get_signature_info(self.handle, &digest, nil, nil, nil) == 1 else { return false }
        return [NID_md5, NID_sha1, NID_md4, NID_md2].contains(digest)
    }

    /// Whether a dNSName covers `host` ([RFC 9525 §6.3](https://www.rfc-editor.org/rfc/rfc9525#section-6.3)); the CN is not looked at.
    public func covers(host: String) -> Bool {
        X509_check_host(self.handle, host, 0, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT), nil) == 1
    }

    static func text(of name: OpaquePointer?) -> String {
        let bytes = try? MemoryBIO.collect("X509_NAME_print_ex") { bio throws(IssuingError) in
            X509_NAME_print_ex(bio, name, 0, UInt(XN_FLAG_SEP_CPLUS_SPC) | Self.escaping)
        }
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    /// UTF-8, with what could be taken for structure or would upset a terminal escaped.
    private static let escaping = UInt(ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT)

    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        let epoch = ASN1_TIME_set(nil, 0)
        defer { ASN1_STRING_free(epoch) }
        var days: CInt = 0
        var rest: CInt = 0
        guard ASN1_TIME_diff(&days, &rest, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(rest)
    }
}
