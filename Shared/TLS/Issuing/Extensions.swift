internal import COpenSSL

/// X.509 extensions being collected for a request or a certificate.
struct Extensions: ~Copyable {
    /// A `STACK_OF(X509_EXTENSION)`.
    let stack: OpaquePointer

    init() throws(IssuingError) {
        self.stack = try IssuingError.unwrap(isthmus_sk_X509_EXTENSION_new(), "sk_X509_EXTENSION_new")
    }

    deinit { isthmus_sk_X509_EXTENSION_pop_free(self.stack) }

    /// Adds an extension and takes ownership of it.
    private func push(_ made: OpaquePointer?, _ function: String) throws(IssuingError) {
        isthmus_sk_X509_EXTENSION_push(self.stack, try IssuingError.unwrap(made, function))
    }

    /// The names a certificate is for.
    func addAlternativeNames(_ names: [AlternativeName]) throws(IssuingError) {
        guard !names.isEmpty else { return }
        let list = try IssuingError.unwrap(isthmus_sk_GENERAL_NAME_new(), "sk_GENERAL_NAME_new")
        defer { GENERAL_NAMES_free(list) }
        for name in names { isthmus_sk_GENERAL_NAME_push(list, try name.makeGeneralName()) }
        try self.push(X509V3_EXT_i2d(NID_subject_alt_name, 0, UnsafeMutableRawPointer(list)), "X509V3_EXT_i2d")
    }

    /// A server of federated protocols is a client as well: it opens connections with the same certificate (SPEC §8, mutual TLS).
    func addServerAndClientAuthentication() throws(IssuingError) {
        let list = try IssuingError.unwrap(OPENSSL_sk_new_null(), "sk_ASN1_OBJECT_new")
        defer { OPENSSL_sk_free(list) }  // its members are OpenSSL's constants
        for identifier in [NID_server_auth, NID_client_auth] {
            OPENSSL_sk_push(list, UnsafeRawPointer(OBJ_nid2obj(identifier)))
        }
        try self.push(X509V3_EXT_i2d(NID_ext_key_usage, 0, UnsafeMutableRawPointer(list)), "X509V3_EXT_i2d")
    }

    /// What a key may do, by the bits of [RFC 5280 §4.2.1.3](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3).
    func addKeyUsage(_ usages: KeyUsage...) throws(IssuingError) {
        let bits = try IssuingError.unwrap(ASN1_BIT_STRING_new(), "ASN1_BIT_STRING_new")
        defer { ASN1_BIT_STRING_free(bits) }
        for usage in usages { ASN1_BIT_STRING_set_bit(bits, usage.rawValue, 1) }
        try self.push(X509V3_EXT_i2d(NID_key_usage, 1, bits), "X509V3_EXT_i2d")
    }

    func addBasicConstraints(isAuthority: Bool) throws(IssuingError) {
        let constraints = try IssuingError.unwrap(BASIC_CONSTRAINTS_new(), "BASIC_CONSTRAINTS_new")
        defer { BASIC_CONSTRAINTS_free(constraints) }
        constraints.pointee.ca = isAuthority ? 0xFF : 0
        // A path length of 0: it signs servers, not other authorities.
        if isAuthority { constraints.pointee.pathlen = ASN1_INTEGER_new() }
        try self.push(X509V3_EXT_i2d(NID_basic_constraints, 1, constraints), "X509V3_EXT_i2d")
    }

    /// The identifiers by which chains are built, from the public keys of the subject and the issuer.
    func addKeyIdentifiers(subject: OpaquePointer, issuer: OpaquePointer) throws(IssuingError) {
        let own = try Self.keyIdentifier(of: subject)
        defer { ASN1_STRING_free(own) }
        try self.push(X509V3_EXT_i2d(NID_subject_key_identifier, 0, own), "X509V3_EXT_i2d")
        let authority = try IssuingError.unwrap(AUTHORITY_KEYID_new(), "AUTHORITY_KEYID_new")
        defer { AUTHORITY_KEYID_free(authority) }
        authority.pointee.keyid = try Self.keyIdentifier(of: issuer)
        try self.push(X509V3_EXT_i2d(NID_authority_key_identifier, 0, authority), "X509V3_EXT_i2d")
    }

    /// A fingerprint of the key, cut to the 160 bits of [RFC 7093 §2](https://www.rfc-editor.org/rfc/rfc7093#section-2).
    private static func keyIdentifier(of key: OpaquePointer) throws(IssuingError) -> UnsafeMutablePointer<ASN1_STRING> {
        let identifier = try IssuingError.unwrap(ASN1_STRING_type_new(V_ASN1_OCTET_STRING), "ASN1_STRING_type_new")
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &encoded)
        defer { CRYPTO_free(encoded, nil, 0) }
        guard count > 0 else { throw .last(in: "i2d_PUBKEY") }
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(encoded, Int(count), &digest)
        ASN1_STRING_set(identifier, digest, 20)
        return identifier
    }

    /// Microsoft's certificate template name, szOID_ENROLL_CERTTYPE_EXTENSION: a BMPString
    /// ([MS-WCCE §2.2.2.7.7.1](https://learn.microsoft.com/openspecs/windows_protocols/ms-wcce/)).
    func addTemplateName(_ template: String) throws(IssuingError) {
        guard !template.isEmpty else { return }
        let text = try IssuingError.unwrap(ASN1_STRING_type_new(V_ASN1_BMPSTRING), "ASN1_STRING_type_new")
        defer { ASN1_STRING_free(text) }
        let units = template.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        ASN1_STRING_set(text, units, CInt(units.count))
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_ASN1_BMPSTRING(text, &encoded)
        defer { CRYPTO_free(encoded, nil, 0) }
        guard count > 0 else { throw .last(in: "i2d_ASN1_BMPSTRING") }
        let value = try IssuingError.unwrap(ASN1_STRING_type_new(V_ASN1_OCTET_STRING), "ASN1_STRING_type_new")
        defer { ASN1_STRING_free(value) }
        ASN1_STRING_set(value, encoded, count)
        let identifier = OBJ_txt2obj(Self.templateIdentifier, 1)
        defer { ASN1_OBJECT_free(identifier) }
        try self.push(X509_EXTENSION_create_by_OBJ(nil, identifier, 0, value), "X509_EXTENSION_create_by_OBJ")
    }

    private static let templateIdentifier = "1.3.6.1.4.1.311.20.2"
}

/// Bits of the key usage extension.
enum KeyUsage: CInt {
    case digitalSignature = 0
    case keyEncipherment = 2
    case certificateSigning = 5
    case revocationListSigning = 6
}
