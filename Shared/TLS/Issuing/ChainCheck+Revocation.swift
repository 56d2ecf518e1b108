internal import COpenSSL
internal import Glibc

/// What revocation lists say of a chain.
extension ChainCheck {
    public enum Revocation: Equatable, Sendable {
        /// The lists of all its authorities are here, and none has it.
        case good
        /// It, or the certificate of an authority above it, was called back.
        case revoked(String)
        /// The lists that are here do not tell; why not, in OpenSSL's words.
        case unknown(String)
    }

    /// Asks `lists` about the first certificate of `chain` and the authorities above it, as of `time`.
    ///
    /// The root is not asked about: it is trusted because it is in the store
    /// ([RFC 5280 §6.1](https://www.rfc-editor.org/rfc/rfc5280#section-6.1)).
    public func revocation(
        of chain: [Certificate],
        lists: [RevocationList],
        at time: Int64
    ) throws(IssuingError) -> Revocation {
        let code = try self.verify(chain, lists: lists, at: time)
        let reason = String(cString: X509_verify_cert_error_string(CLong(code)))
        switch code {
        case X509_V_OK: return .good
        case X509_V_ERR_CERT_REVOKED: return .revoked(reason)
        default: return .unknown(reason)
        }
    }
}

/// Passes over the root's own missing list.
let forgiveRootWithoutList: @convention(c) (CInt, OpaquePointer?) -> CInt = { isGood, context in
    guard isGood != 1, let context, X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL else {
        return isGood
    }
    let last = isthmus_sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1
    guard last > 0, X509_STORE_CTX_get_error_depth(context) == last else { return 0 }
    X509_STORE_CTX_set_error(context, X509_V_OK)
    return 1
}
