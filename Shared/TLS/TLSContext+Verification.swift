internal import COpenSSL

extension TLSContext {
    /// The verdict on a chain that a peer showed a while ago, by what is trusted and revoked now.
    ///
    /// `chain` is in DER, the peer's own certificate first. The handshakes of this context judge alike.
    public func verification(of chain: [[UInt8]]) throws(TLSError) -> PeerCertificate.Verification {
        try self.judge(chain, []).verification
    }

    /// `peer` once more, by the TLSA records of a server of its domain, which DNSSEC has proven.
    ///
    /// Where any of them is usable, one must match, as in the handshakes of clients; with none, what counts are the trust roots.
    public func certificate(
        _ peer: PeerCertificate,
        by associations: [TLSAssociation]
    ) throws(TLSError) -> PeerCertificate {
        let judgement = try self.judge(peer.chain, associations)
        var peer = peer
        peer.verification = judgement.verification
        peer.daneUsage = judgement.daneUsage
        guard peer.isTrusted else { return peer }
        peer.validUntil = judgement.validUntil
        if !judgement.isChainForClients { peer.hasClientAuth = false }
        return peer
    }

    private func judge(_ chain: [[UInt8]], _ associations: [TLSAssociation]) throws(TLSError) -> Judgement {
        let transport = NoTransport()
        let role = TLSRole.client(serverName: nil, associations: associations)
        return try TLSSession(self, role: role, transport: transport).judgement(of: chain)
    }
}

/// A session that only judges has no peer.
private final class NoTransport: TLSTransport {
    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
    func writeEncrypted(_ bytes: UnsafeRawBufferPointer) {}
}

/// What a session would say of a chain.
private struct Judgement {
    var verification: PeerCertificate.Verification
    var daneUsage: DANEUsage?
    var validUntil = Int64.max
    var isChainForClients = false
}

extension TLSSession {
    /// What this session would say of `chain` if its peer showed it.
    fileprivate func judgement(of chain: [[UInt8]]) throws(TLSError) -> Judgement {
        var certificates: [Certificate] = []
        do {
            for der in chain { certificates.append(try Certificate(der: der)) }
        } catch {
            throw .unreadable(error)
        }
        guard let leaf = certificates.first else {
            return Judgement(verification: .untrusted("there is no certificate"))
        }
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
        X509_STORE_CTX_set0_dane(context, SSL_get0_dane(self.pointer))
        _ = verifyChain(context, nil)
        let result = X509_STORE_CTX_get_error(context)
        return withExtendedLifetime(certificates) {
            guard result != X509_V_OK else {
                return Judgement(
                    verification: .trusted,
                    daneUsage: self.daneUsage,
                    validUntil: self.validUntil(X509_STORE_CTX_get0_chain(context)),
                    isChainForClients: self.isChainForClients
                )
            }
            let text = self.refusal ?? String(cString: X509_verify_cert_error_string(CLong(result)))
            return Judgement(verification: .untrusted(text))
        }
    }
}
