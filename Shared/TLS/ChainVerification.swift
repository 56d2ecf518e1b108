internal import COpenSSL

/// Verifies the peer's chain and lets the handshake go on whatever comes out: the verdict is for the core to judge.
///
/// OpenSSL keeps the error that is left in `context` as the session's verify result.
func verifyChain(_ context: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> CInt {
    guard let context else { return 0 }
    // Whichever role the peer has here, a certificate for servers or for clients will do: checked below.
    let parameters = X509_STORE_CTX_get0_param(context)
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY)
    if X509_verify_cert(context) == 1 {
        if !isFit(X509_STORE_CTX_get0_chain(context)) { X509_STORE_CTX_set_error(context, X509_V_ERR_INVALID_PURPOSE) }
    } else if X509_STORE_CTX_get_error(context) == X509_V_OK {
        X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED)
    }
    ERR_clear_error()
    return 1
}

/// Whether all of `chain` may serve TLS servers, or all of it TLS clients.
private func isFit(_ chain: OpaquePointer?) -> Bool {
    [X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT].contains { purpose in
        (0..<isthmus_sk_X509_num(chain)).allSatisfy { index in
            X509_check_purpose(isthmus_sk_X509_value(chain, index), purpose, index == 0 ? 0 : 1) > 0
        }
    }
}
