internal import COpenSSL

/// A certificate chain and its private key, with the names they are shown for.
public final class TLSIdentity: Sendable {
    /// Lower-case names without wildcards for which the identity is selected by SNI.
    public let names: [String]
    /// The certificate itself.
    public let certificate: Certificate
    /// The certificates between it and the root.
    public let intermediates: [Certificate]
    let key: PrivateKey

    /// Reads a chain, the own certificate first, and the key of that certificate.
    ///
    /// It is shown for `names`; nil stands for all dNSNames of the certificate that are no wildcards.
    public init(names: [String]? = nil, certificateChainPEM: [UInt8], privateKeyPEM: [UInt8]) throws(TLSError) {
        let chain: [Certificate]
        do {
            chain = try Certificate.chain(pem: certificateChainPEM)
            self.key = try PrivateKey(pem: privateKeyPEM)
        } catch {
            throw .unreadable(error)
        }
        self.certificate = chain[0]
        self.intermediates = Array(chain.dropFirst())
        guard self.key.publicKeyFingerprint == self.certificate.publicKeyFingerprint else { throw .keyMismatch }
        self.names = (names ?? self.certificate.names.dnsNames).map(\.asciiLowercased).filter { !$0.contains("*") }
    }

    /// Makes `session` show this identity.
    ///
    /// Several, with keys of different kinds, may be given to one session.
    func use(in session: OpaquePointer) -> Bool {
        guard let chain = isthmus_sk_X509_new() else { return false }
        defer { isthmus_sk_X509_free(chain) }
        for certificate in self.intermediates { isthmus_sk_X509_push(chain, certificate.handle) }
        return SSL_use_cert_and_key(session, self.certificate.handle, self.key.handle, chain, 1) == 1
    }
}
