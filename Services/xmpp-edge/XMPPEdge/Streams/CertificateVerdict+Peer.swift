import TLS
import XMPPCore

extension CertificateVerdict {
    /// What a peer's certificate says of the domain it claims
    /// ([RFC 6120 §13.7.2](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2),
    /// [RFC 9525](https://www.rfc-editor.org/rfc/rfc9525)): names other than the common name, and a chain to a trust root.
    ///
    /// `secureHost` is the server's own name, where DNSSEC proves that the domain named it: it is as good
    /// ([RFC 7673 §4.1](https://www.rfc-editor.org/rfc/rfc7673#section-4.1)). `requiresClientAuth` is what the partner
    /// is asked for where it opens the connection.
    init(
        _ certificate: PeerCertificate?,
        domain: String,
        secureHost: String? = nil,
        requiresClientAuth: Bool = false
    ) {
        guard let certificate else {
            self = .absent
            return
        }
        switch certificate.verification {
        case .untrusted(let reason):
            self = .invalid(reason)
        case .trusted where !certificate.names(domain, orHost: secureHost):
            self = .invalid("the certificate does not name \(domain)")
        case .trusted where requiresClientAuth && !certificate.hasClientAuth:
            self = .invalid("the certificate is not one for TLS clients (clientAuth), as this partner's has to be")
        case .trusted:
            self = .valid
        }
    }
}

extension PeerCertificate {
    /// Whether it stands for `domain` as an XMPP server.
    fileprivate func names(_ domain: String, orHost host: String?) -> Bool {
        // A key that its domain has published needs no name (RFC 7673 § 4.2).
        if self.daneUsage == .endEntity { return true }
        if self.matches(domain: domain, service: "xmpp-server") { return true }
        if let host, self.matches(host: host) { return true }
        // An XmppAddr has its domain as people read it, with U-labels (RFC 6120 § 13.7.1.4).
        let display = Domainpart.display(domain)
        return display != domain && self.xmppAddresses.contains { $0.lowercased() == display }
    }
}
