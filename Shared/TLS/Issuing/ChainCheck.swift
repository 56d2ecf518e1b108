internal import COpenSSL
internal import Glibc

/// Whether a certificate chains to roots, or to any authority, that we trust ([RFC 5280 §6](https://www.rfc-editor.org/rfc/rfc5280#section-6)).
public struct ChainCheck: Sendable {
    public enum Outcome: Equatable, Sendable {
        case trusted
        /// Why not, in OpenSSL's words.
        case untrusted(String)
    }

    private let roots: [Certificate]

    public init(roots: [Certificate]) { self.roots = roots }

    /// Checks the first certificate of `chain`, with the others to build the path from, as of `time` (seconds since 1970).
    public func check(_ chain: [Certificate], at time: Int64) throws(IssuingError) -> Outcome {
        guard !chain.isEmpty else { return .untrusted("there is no certificate") }
        let code = try self.verify(chain, lists: nil, at: time)
        return code == X509_V_OK
            ? .trusted : .untrusted(String(cString: X509_verify_cert_error_string(CLong(code))))
    }

    /// What OpenSSL says of the chain, by its number; with `lists`, also of its revocation.
    func verify(_ chain: [Certificate], lists: [RevocationList]?, at time: Int64) throws(IssuingError) -> CInt {
        guard let leaf = chain.first else { return X509_V_ERR_UNSPECIFIED }
        let store = try IssuingError.unwrap(X509_STORE_new(), "X509_STORE_new")
        defer { X509_STORE_free(store) }
        // As the edges have it: an intermediate or a single certificate that somebody trusts is an anchor too.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        for root in self.roots { X509_STORE_add_cert(store, root.handle) }
        for list in lists ?? [] { X509_STORE_add_crl(store, list.handle) }
        let others = try IssuingError.unwrap(isthmus_sk_X509_new(), "sk_X509_new")
        defer { isthmus_sk_X509_free(others) }  // borrows the certificates, which `chain` keeps alive
        for certificate in chain.dropFirst() { isthmus_sk_X509_push(others, certificate.handle) }
        let context = try IssuingError.unwrap(X509_STORE_CTX_new(), "X509_STORE_CTX_new")
        defer { X509_STORE_CTX_free(context) }
        try IssuingError.check(X509_STORE_CTX_init(context, store, leaf.handle, others), "X509_STORE_CTX_init")
        X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), time_t(time))
        if lists != nil {
            let flags = UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)
            X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), flags)
            X509_STORE_CTX_set_verify_cb(context, forgiveRootWithoutList)
        }
        defer { ERR_clear_error() }
        let isGood = withExtendedLifetime(chain) { X509_verify_cert(context) == 1 }
        let code = X509_STORE_CTX_get_error(context)
        // OpenSSL may fail without a reason, and a good chain must not be taken for it.
        return isGood ? X509_V_OK : (code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code)
    }
}
