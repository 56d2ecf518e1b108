internal import COpenSSL

extension TLSContext {
    /// The verdict on a chain that a peer showed a while ago, by what is trusted and revoked now.
    ///
    /// `chain` is in DER, the peer's own certificate first. The handshakes of this context judge alike.
    public func verification(of chain: [[UInt8]]) throws(TLSError) -> PeerCertificate.Verification {
        let transport = NoTransport()
        return try TLSSession(self, role: .client(serverName: nil), transport: transport).verification(of: chain)
    }
}

/// A session that only judges has no peer.
private final class NoTransport: TLSTransport {
    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
    func writeEncrypted(_ bytes: UnsafeRawBufferPointer) {}
}

extension TLSSession {
    /// What this session would say of `chain` if its peer showed it.
    fileprivate func verification(of chain: [[UInt8]]) throws(TLSError) -> PeerCertificate.Verification {
        var certificates: [Certificate] = []
        do {
            for der in chain { certificates.append(try Certificate(der: der)) }
        } catch {
            throw .unreadable(error)
        }
        guard let leaf = certificates.first else { return .untrusted("there is no certificate") }
        guard let others = isthmus_sk_X509_new() else { throw .last(in: "sk_X509_new") }
        defer { isthmus_sk_X509_free(others) }  // borrows the certificates, which `certificates` keeps alive
        for certificate in certificates.dropFirst() { isthmus_sk_X509_push(others, certificate.handle) }
        guard let context = X509_STORE_CTX_new() else { throw .last(in: "X509_STORE_CTX_new") }
        defer { X509_STORE_CTX_free(context) }
        let store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(self.pointer))
        guard X509_STORE_CTX_init(context, store, leaf.handle, others) == 1,
            X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(context), SSL_get0_param(self.pointer)) == 1,
            X509_STORE_CTX_set_ex_data(
                context,
                SSL_get_ex_data_X509_STORE_CTX_idx(),
                UnsafeMutableRawPointer(self.pointer)
            ) == 1
        else { throw .last(in: "X509_STORE_CTX_init") }
        _ = verifyChain(context, nil)
        let result = X509_STORE_CTX_get_error(context)
        return withExtendedLifetime(certificates) {
            guard result != X509_V_OK else { return .trusted }
            return .untrusted(self.refusal ?? String(cString: X509_verify_cert_error_string(CLong(result))))
        }
    }
}
