internal import COpenSSL

/// Which protocols and algorithms are good enough.
public enum TLSProfile: String, Sendable, Hashable, CaseIterable {
    /// TLS 1.2 or later, with forward secrecy.
    case standard
    /// The same with FIPS-approved algorithms only ([SP 800-52r2](https://doi.org/10.6028/NIST.SP.800-52r2)): AES-GCM and AES-CBC with SHA-2, the
    /// curves of NIST, RSA and ECDSA with SHA-2.
    case fips
    /// TLS 1.0 or later, for servers of 2003 to 2008: no forward secrecy where they have none, SHA-1, RSA keys of 1024 bits.
    ///
    /// What both sides can do better is still preferred.
    case legacy

    var minimumVersion: CInt {
        switch self {
        case .standard, .fips: TLS1_2_VERSION
        case .legacy: TLS1_VERSION
        }
    }

    /// Of TLS 1.2 and before.
    ///
    /// 3DES is all that Windows Server 2003 has beside RC4 (AES came with KB948963). Debian's OpenSSL is built without either and passes over the
    /// name; RC4 is not asked for at all ([RFC 7465](https://www.rfc-editor.org/rfc/rfc7465)).
    ///
    /// CBC with SHA-2 stays for peers whose system cannot do GCM with ECDHE and RSA (Windows Server 2012 R2).
    var ciphers: String {
        switch self {
        case .standard: "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:!SHA1:!aNULL"
        case .fips: "ECDHE+AESGCM:DHE+AESGCM:ECDHE+AES:!AESCCM:!SHA1:!aNULL"
        case .legacy:
            "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:DHE+AES:RSA+AESGCM:RSA+AES:RSA+3DES:!aNULL:!eNULL:@SECLEVEL=0"
        }
    }

    /// Of TLS 1.3; `nil` for all that OpenSSL has.
    var suites: String? {
        switch self {
        case .standard, .legacy: nil
        case .fips: "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
        }
    }

    /// The groups of key agreement; `nil` for those of OpenSSL, X25519 first.
    var groups: String? {
        switch self {
        case .standard, .legacy: nil
        case .fips: "P-256:P-384:P-521"
        }
    }

    var signatureAlgorithms: String? {
        switch self {
        case .standard, .legacy: nil
        case .fips:
            "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512"
        }
    }

    /// What OpenSSL is told beside: a server of that time does not know secure renegotiation
    /// ([RFC 5746 §4.1](https://www.rfc-editor.org/rfc/rfc5746#section-4.1)); we do not renegotiate at all.
    var options: UInt64 { self == .legacy ? isthmus_SSL_OP_LEGACY_SERVER_CONNECT : 0 }
}
