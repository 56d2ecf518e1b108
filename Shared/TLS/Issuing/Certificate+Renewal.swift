internal import COpenSSL

extension Certificate {
    /// What its CA knows it by when it is asked whether to renew it: its authority key identifier and its serial number
    /// ([RFC 9773 §4.1](https://www.rfc-editor.org/rfc/rfc9773#section-4.1)); nil without such an identifier.
    public var renewalIdentifier: String? {
        guard let authority = X509_get0_authority_key_id(self.handle), let start = ASN1_STRING_get0_data(authority),
            let serial = X509_get0_serialNumber(self.handle)
        else { return nil }
        let identifier = [UInt8](UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(authority))))
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_ASN1_INTEGER(serial, &encoded)
        defer { CRYPTO_free(encoded, nil, 0) }
        guard count > Self.header else { return nil }
        let number = [UInt8](UnsafeBufferPointer(start: encoded, count: Int(count)).dropFirst(Int(Self.header)))
        return "\(Base64URL.encode(identifier)).\(Base64URL.encode(number))"
    }

    /// Tag and length: serial numbers have at most 20 octets ([RFC 5280 §4.1.2.2](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2)).
    private static let header: CInt = 2
}

extension CertificateRequest {
    /// The same request for another key: subject, names and usages as before.
    public convenience init(renewing pem: [UInt8], key: PrivateKey) throws(IssuingError) {
        let old = try CertificateRequest(pem: pem)
        let handle = try IssuingError.unwrap(X509_REQ_dup(old.handle), "X509_REQ_dup")
        self.init(owning: handle)
        try IssuingError.check(X509_REQ_set_pubkey(handle, key.handle), "X509_REQ_set_pubkey")
        try IssuingError.check(X509_REQ_sign(handle, key.handle, key.signatureDigest), "X509_REQ_sign")
    }

    /// The request in DER, as ACME has it.
    public func der() throws(IssuingError) -> [UInt8] {
        try MemoryBIO.collect("i2d_X509_REQ_bio") { bio throws(IssuingError) in i2d_X509_REQ_bio(bio, self.handle) }
    }
}
