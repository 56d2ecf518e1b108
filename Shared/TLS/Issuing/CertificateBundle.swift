internal import COpenSSL

/// What a certification authority sends back: certificates, and perhaps a key, in any of the usual formats.
public struct CertificateBundle: Sendable {
    public let certificates: [Certificate]
    public let key: PrivateKey?

    /// Reads PEM (certificates, PKCS#7, a key beside them), DER, PKCS#7 or PKCS#12.
    ///
    /// `password` opens what is encrypted: a PKCS#12 file, or the key of a PEM file.
    public init(data: [UInt8], password: String? = nil) throws(IssuingError) {
        let text = String(decoding: data, as: UTF8.self)
        if text.contains("-----BEGIN PKCS7-----") {
            self = try Self.pkcs7 { PEM_read_bio_PKCS7($0, nil, refusePassphrase, nil) }(data)
        } else if text.contains("-----BEGIN ") {
            self.certificates = try Certificate.chain(pem: data)
            self.key = text.contains("PRIVATE KEY-----") ? try PrivateKey(pem: data, passphrase: password) : nil
        } else if let certificate = try? Certificate(der: data) {
            self.certificates = [certificate]
            self.key = nil
        } else if let container = try PKCS12Container(data: data) {
            self = try container.contents(passphrase: password)
        } else {
            self = try Self.pkcs7 { d2i_PKCS7_bio($0, nil) }(data)
        }
    }

    init(certificates: [Certificate], key: PrivateKey?) {
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

    static func certificates(of stack: OpaquePointer?) -> [Certificate] {
        guard let stack else { return [] }
        return (0..<isthmus_sk_X509_num(stack)).compactMap { index in
            guard let handle = isthmus_sk_X509_value(stack, index) else { return nil }
            X509_up_ref(handle)
            return Certificate(owning: handle)
        }
    }
}
