internal import COpenSSL

/// What a certification authority sends back: certificates, and perhaps a key, in any of the usual formats.
public struct CertificateBundle: Sendable {
    public let certificates: [Certificate]
    public let key: PrivateKey?

    /// Reads PEM (certificates, PKCS#7, a key beside them), DER, PKCS#7 or PKCS#12, the latter with its password.
    public init(data: [UInt8], password: String? = nil) throws(IssuingError) {
        let text = String(decoding: data, as: UTF8.self)
        if text.contains("-----BEGIN PKCS7-----") {
            self = try Self.pkcs7 { PEM_read_bio_PKCS7($0, nil, refusePassphrase, nil) }(data)
        } else if text.contains("-----BEGIN ") {
            self.certificates = try Certificate.chain(pem: data)
            self.key = text.contains("PRIVATE KEY-----") ? try PrivateKey(pem: data) : nil
        } else if let certificate = try? Certificate(der: data) {
            self.certificates = [certificate]
            self.key = nil
        } else if let bundle = try Self.pkcs12(data, password: password) {
            self = bundle
        } else {
            self = try Self.pkcs7 { d2i_PKCS7_bio($0, nil) }(data)
        }
    }

    private init(certificates: [Certificate], key: PrivateKey?) {
        self.certificates = certificates
        self.key = key
    }

    /// The certificate for `publicKey`, and after it those that lead to its root, in order, without the root.
    ///
    /// - Returns: nil when no certificate has that key.
    public func chain(forPublicKey publicKey: String) -> [Certificate]? {
        guard let leaf = self.certificates.first(where: { $0.publicKeyFingerprint == publicKey }) else { return nil }
        var chain = [leaf]
        var rest = self.certificates.filter { $0.fingerprint != leaf.fingerprint && !$0.isSelfSigned }
        while let last = chain.last, let next = rest.firstIndex(where: { $0.hasIssued(last) }) {
            chain.append(rest.remove(at: next))
        }
        return chain
    }

    // MARK: Formats

    /// Reads the certificates of a PKCS#7 "certs-only" message ([RFC 5652 §5](https://www.rfc-editor.org/rfc/rfc5652#section-5)).
    private static func pkcs7(
        _ read: @escaping (OpaquePointer) -> UnsafeMutablePointer<PKCS7>?
    ) -> ([UInt8]) throws(IssuingError) -> CertificateBundle {
        { data throws(IssuingError) in
            let message = try MemoryBIO.reading(data) { bio throws(IssuingError) in read(bio) }
            defer { PKCS7_free(message) }
            guard let message, OBJ_obj2nid(message.pointee.type) == NID_pkcs7_signed,
                let stack = message.pointee.d.sign?.pointee.cert
            else {
                ERR_clear_error()
                throw .malformed("certificate")
            }
            return CertificateBundle(certificates: self.certificates(of: stack), key: nil)
        }
    }

    /// Reads a PKCS#12 file ([RFC 7292](https://www.rfc-editor.org/rfc/rfc7292)); nil when it is none.
    private static func pkcs12(_ data: [UInt8], password: String?) throws(IssuingError) -> CertificateBundle? {
        let container = try MemoryBIO.reading(data) { bio throws(IssuingError) in d2i_PKCS12_bio(bio, nil) }
        defer { PKCS12_free(container) }
        guard let container else {
            ERR_clear_error()
            return nil
        }
        var key: OpaquePointer?
        var leaf: OpaquePointer?
        var others: OpaquePointer?
        guard PKCS12_parse(container, password ?? "", &key, &leaf, &others) == 1 else {
            ERR_clear_error()
            throw .wrongKey
        }
        defer { isthmus_sk_X509_pop_free(others) }
        let own = leaf.map { [Certificate(owning: $0)] } ?? []
        return CertificateBundle(
            certificates: own + self.certificates(of: others),
            key: key.map { PrivateKey(owning: $0) }
        )
    }

    private static func certificates(of stack: OpaquePointer?) -> [Certificate] {
        guard let stack else { return [] }
        return (0..<isthmus_sk_X509_num(stack)).compactMap { index in
            guard let handle = isthmus_sk_X509_value(stack, index) else { return nil }
            X509_up_ref(handle)
            return Certificate(owning: handle)
        }
    }
}
