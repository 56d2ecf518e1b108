internal import COpenSSL

/// What a certificate is asked for with: the fields of the request wizard (SPEC §8).
public struct CertificateRequestFields: Equatable, Sendable {
    public var subject: SubjectName
    public var names: [AlternativeName]
    /// The name of an alternate template of a Microsoft CA; empty: none.
    public var templateName: String

    public init(subject: SubjectName, names: [AlternativeName], templateName: String = "") {
        self.subject = subject
        self.names = names
        self.templateName = templateName
    }
}

/// A PKCS#10 certificate request ([RFC 2986](https://www.rfc-editor.org/rfc/rfc2986)).
///
/// Sendable for the reason ``PrivateKey`` is.
public final class CertificateRequest: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer  // never changed after init, see above

    /// Takes ownership of `handle`.
    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { X509_REQ_free(self.handle) }

    /// Makes a request for `key`, signed by it, for server and client authentication.
    public init(_ fields: CertificateRequestFields, key: PrivateKey) throws(IssuingError) {
        self.handle = try IssuingError.unwrap(X509_REQ_new(), "X509_REQ_new")
        try IssuingError.check(X509_REQ_set_version(self.handle, 0), "X509_REQ_set_version")
        try fields.subject.write(into: try IssuingError.unwrap(X509_REQ_get_subject_name(self.handle), "X509_REQ"))
        try IssuingError.check(X509_REQ_set_pubkey(self.handle, key.handle), "X509_REQ_set_pubkey")
        let extensions = try Extensions()
        try extensions.addAlternativeNames(fields.names)
        try extensions.addKeyUsage(.digitalSignature, .keyEncipherment)
        try extensions.addServerAndClientAuthentication()
        try extensions.addTemplateName(fields.templateName)
        try IssuingError.check(X509_REQ_add_extensions(self.handle, extensions.stack), "X509_REQ_add_extensions")
        try IssuingError.check(X509_REQ_sign(self.handle, key.handle, key.signatureDigest), "X509_REQ_sign")
    }

    /// Reads a request and proves that its sender holds the key.
    public init(pem: [UInt8]) throws(IssuingError) {
        let handle = try MemoryBIO.reading(pem) { bio throws(IssuingError) in
            PEM_read_bio_X509_REQ(bio, nil, refusePassphrase, nil)
        }
        guard let handle, X509_REQ_verify(handle, X509_REQ_get0_pubkey(handle)) == 1 else {
            X509_REQ_free(handle)
            ERR_clear_error()
            throw .malformed("certificate request")
        }
        self.handle = handle
    }

    /// The request as PEM, to carry to a CA.
    public func pem() throws(IssuingError) -> [UInt8] {
        try MemoryBIO.collect("PEM_write_bio_X509_REQ") { bio throws(IssuingError) in
            PEM_write_bio_X509_REQ(bio, self.handle)
        }
    }

    /// Equal to ``Certificate/publicKeyFingerprint`` of the certificate that answers the request.
    public var publicKeyFingerprint: String {
        X509_REQ_get0_pubkey(self.handle).map { PublicKey.fingerprint(of: $0) } ?? ""
    }
}
