import TLS
import XMPPCore

extension CertificateVerdict {
    /// What a peer's certificate says of the domain it claims
    /// ([RFC 6120 §13.7.2](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2),
    /// [RFC 9525](https://www.rfc-editor.org/rfc/rfc9525)): names other than the common name, and a chain to a trust root.
    init(_ certificate: PeerCertificate?, domain: String) {
        guard let certificate else {
            self = .absent
            return
        }
        switch certificate.verification {
        case .untrusted(let reason): self = .invalid(reason)
        case .trusted where certificate.matches(domain: domain, service: "xmpp-server"): self = .valid
        case .trusted: self = .invalid("the certificate does not name \(domain)")
        }
    }
}
