internal import COpenSSL
internal import Glibc

/// A certificate authority with a self-signed root that signs servers directly: the internal CA of first use (SPEC §8).
public struct CertificateAuthority: Sendable {
    public let root: Certificate
    private let key: PrivateKey

    /// Takes a root that was made earlier.
    ///
    /// - Throws: ``IssuingError/wrongKey`` when `key` is not the root's.
    public init(root: Certificate, key: PrivateKey) throws(IssuingError) {
        guard root.publicKeyFingerprint == key.publicKeyFingerprint else { throw .wrongKey }
        self.root = root
        self.key = key
    }

    /// Makes a new root.
    public init(
        subject: SubjectName,
        key: PrivateKey,
        notBefore: Int64,
        notAfter: Int64
    ) throws(IssuingError) {
        let draft = try Draft(publicKey: key.handle, notBefore: notBefore, notAfter: notAfter)
        let name = try IssuingError.unwrap(X509_get_subject_name(draft.handle), "X509_get_subject_name")
        try subject.write(into: name)
        try IssuingError.check(X509_set_issuer_name(draft.handle, name), "X509_set_issuer_name")
        let extensions = try Extensions()
        try extensions.addBasicConstraints(isAuthority: true)
        try extensions.addKeyUsage(.certificateSigning, .revocationListSigning)
        try extensions.addKeyIdentifiers(subject: key.handle, issuer: key.handle)
        self.root = try draft.sign(extensions, with: key)
        self.key = key
    }

    /// Issues a certificate for a server's key, for server and client authentication.
    ///
    /// It does not outlive the root: `notAfter` is cut to the root's.
    public func issue(
        _ fields: CertificateRequestFields,
        for key: PrivateKey,
        notBefore: Int64,
        notAfter: Int64
    ) throws(IssuingError) -> Certificate {
        let draft = try Draft(
            publicKey: key.handle,
            notBefore: max(notBefore, self.root.notBefore),
            notAfter: min(notAfter, self.root.notAfter)
        )
        try fields.subject.write(
            into: try IssuingError.unwrap(X509_get_subject_name(draft.handle), "X509_get_subject_name")
        )
        try IssuingError.check(
            X509_set_issuer_name(draft.handle, X509_get_subject_name(self.root.handle)),
            "X509_set_issuer_name"
        )
        let extensions = try Extensions()
        try extensions.addBasicConstraints(isAuthority: false)
        try extensions.addKeyUsage(.digitalSignature, .keyEncipherment)
        try extensions.addServerAndClientAuthentication()
        try extensions.addAlternativeNames(fields.names)
        try extensions.addTemplateName(fields.templateName)
        try extensions.addKeyIdentifiers(subject: key.handle, issuer: self.key.handle)
        return try draft.sign(extensions, with: self.key)
    }
}

/// A certificate that is not signed yet.
private final class Draft {
    let handle: OpaquePointer

    init(publicKey: OpaquePointer, notBefore: Int64, notAfter: Int64) throws(IssuingError) {
        self.handle = try IssuingError.unwrap(X509_new(), "X509_new")
        try IssuingError.check(X509_set_version(self.handle, CLong(X509_VERSION_3)), "X509_set_version")
        try IssuingError.check(X509_set_pubkey(self.handle, publicKey), "X509_set_pubkey")
        ASN1_TIME_set(X509_getm_notBefore(self.handle), time_t(notBefore))
        ASN1_TIME_set(X509_getm_notAfter(self.handle), time_t(notAfter))
        try Self.setSerialNumber(of: self.handle)
    }

    deinit { X509_free(self.handle) }

    /// 127 random bits: positive, and unpredictable as RFC 5280 §4.1.2.2 and the CA/Browser Forum want.
    private static func setSerialNumber(of handle: OpaquePointer) throws(IssuingError) {
        let number = try IssuingError.unwrap(BN_new(), "BN_new")
        defer { BN_free(number) }
        try IssuingError.check(BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "BN_rand")
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(handle))
    }

    /// Adds the extensions and signs; the certificate gets a reference of its own.
    func sign(_ extensions: borrowing Extensions, with key: PrivateKey) throws(IssuingError) -> Certificate {
        for index in 0..<isthmus_sk_X509_EXTENSION_num(extensions.stack) {
            let made = isthmus_sk_X509_EXTENSION_value(extensions.stack, index)
            try IssuingError.check(X509_add_ext(self.handle, made, -1), "X509_add_ext")
        }
        try IssuingError.check(X509_sign(self.handle, key.handle, key.signatureDigest), "X509_sign")
        X509_up_ref(self.handle)
        return Certificate(owning: self.handle)
    }
}
