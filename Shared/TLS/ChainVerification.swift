internal import COpenSSL
internal import Glibc

/// Verifies the peer's chain and lets the handshake go on whatever comes out: the verdict is for the core to judge.
///
/// OpenSSL keeps the error that is left in `context` as the session's verify result.
func verifyChain(_ context: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> CInt {
    guard let context else { return 0 }
    // Whichever role the peer has here, a certificate for servers or for clients will do: checked below.
    let parameters = X509_STORE_CTX_get0_param(context)
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY)
    let session = ChainJudge.session(of: context)
    if let session, session.revocation != .off {
        X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
        X509_STORE_CTX_set_verify_cb(context) { isGood, context in
            guard isGood != 1, let context else { return isGood }
            return ChainJudge.forgives(X509_STORE_CTX_get_error(context), context) ? 1 : 0
        }
    }
    if X509_verify_cert(context) == 1 {
        let chain = X509_STORE_CTX_get0_chain(context)
        session?.isChainForClients = isFit(chain, for: X509_PURPOSE_SSL_CLIENT)
        // A key that its domain has published is good for what it is published for (RFC 7671 § 5.1).
        let isPublished = session?.daneUsage == .endEntity
        if !isPublished, session?.isChainForClients != true, !isFit(chain, for: X509_PURPOSE_SSL_SERVER) {
            X509_STORE_CTX_set_error(context, X509_V_ERR_INVALID_PURPOSE)
        }
    } else if X509_STORE_CTX_get_error(context) == X509_V_OK {
        X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED)
    }
    ERR_clear_error()
    return 1
}

/// Whether all of `chain` may serve TLS servers, or all of it TLS clients.
private func isFit(_ chain: OpaquePointer?, for purpose: CInt) -> Bool {
    (0..<isthmus_sk_X509_num(chain)).allSatisfy { index in
        X509_check_purpose(isthmus_sk_X509_value(chain, index), purpose, index == 0 ? 0 : 1) > 0
    }
}

/// What OpenSSL's findings about revocation mean in a session's mode.
private enum ChainJudge {
    static func session(of context: OpaquePointer) -> TLSSession? {
        X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()).flatMap {
            TLSSession.of(OpaquePointer($0))
        }
    }

    /// Whether verification goes on in spite of `error`; if not, the session is told in words.
    static func forgives(_ error: CInt, _ context: OpaquePointer) -> Bool {
        guard let session = self.session(of: context) else { return false }
        // Once it has complained of a list's dates, OpenSSL does not say any more which list it is.
        let list = X509_STORE_CTX_get0_current_crl(context) ?? session.latestList
        session.latestList = list
        switch error {
        case X509_V_ERR_CERT_REVOKED:
            if let list, list == session.distrustedList { return self.pass(context) }
            session.refusal = self.revocation(context, list)
            return false
        case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_NOT_YET_VALID, X509_V_ERR_CRL_HAS_EXPIRED,
            X509_V_ERR_DIFFERENT_CRL_SCOPE, X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
            X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, X509_V_ERR_CRL_PATH_VALIDATION_ERROR,
            X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, X509_V_ERR_CRL_SIGNATURE_FAILURE,
            X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
            // The root is trusted because it is in the store; it cannot be asked about itself (RFC 5280 § 6.1).
            if self.isAnchor(context) { return self.pass(context) }
            guard session.revocation == .soft else {
                session.refusal = self.absence(error, context, list)
                return false
            }
            // A list that is stale says the truth about what it has; one that nobody vouches for says nothing.
            switch error {
            case X509_V_ERR_UNABLE_TO_GET_CRL: session.latestList = nil
            case X509_V_ERR_CRL_HAS_EXPIRED: break
            default: session.distrustedList = list
            }
            return self.pass(context)
        default:
            return false
        }
    }

    private static func pass(_ context: OpaquePointer) -> Bool {
        X509_STORE_CTX_set_error(context, X509_V_OK)
        return true
    }

    private static func isAnchor(_ context: OpaquePointer) -> Bool {
        X509_STORE_CTX_get_error_depth(context) == isthmus_sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1
    }

    private static func revocation(_ context: OpaquePointer, _ list: OpaquePointer?) -> String {
        let certificate = X509_STORE_CTX_get_current_cert(context)
        var day = ""
        var entry: OpaquePointer?
        if let list, X509_CRL_get0_by_cert(list, &entry, certificate) > 0, let entry {
            day = self.day(X509_REVOKED_get0_revocationDate(entry)).map { " on \($0)" } ?? ""
        }
        guard X509_STORE_CTX_get_error_depth(context) > 0 else { return "the certificate was revoked\(day)" }
        let subject = Certificate.text(of: X509_get_subject_name(certificate))
        return "the certificate of its authority \(subject) was revoked\(day)"
    }

    private static func absence(_ error: CInt, _ context: OpaquePointer, _ list: OpaquePointer?) -> String {
        let issuer = Certificate.text(of: X509_get_issuer_name(X509_STORE_CTX_get_current_cert(context)))
        guard error == X509_V_ERR_CRL_HAS_EXPIRED, let list else {
            let reason = String(cString: X509_verify_cert_error_string(CLong(error)))
            return "there is no valid revocation list of \(issuer): \(reason)"
        }
        let day = self.day(X509_CRL_get0_nextUpdate(list)).map { " on \($0)" } ?? ""
        return "the revocation list of \(issuer) expired\(day)"
    }

    /// `2026-11-21`, in UTC.
    private static func day(_ time: UnsafePointer<ASN1_TIME>?) -> String? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}
