public import Policy
public import TLS

extension RefusalCertificate {
    /// The certificate that a peer showed.
    ///
    /// `rejection` is why it was not taken; where it is `nil` the verdict on its chain is.
    public init(_ peer: PeerCertificate, rejection: String? = nil) {
        var reason = rejection ?? ""
        if rejection == nil, case .untrusted(let text) = peer.verification { reason = text }
        let names = peer.names
        self.init(
            subject: peer.subject,
            issuer: peer.issuer,
            // No more than are kept are put together: a certificate may have thousands.
            names: [
                names.dnsNames.lazy.map { "DNS:\($0)" }.prefix(RefusalRecord.certificateNameLimit),
                names.srvNames.lazy.map { "SRV:\($0)" }.prefix(RefusalRecord.certificateNameLimit),
                names.xmppAddresses.lazy.map { "xmppAddr:\($0)" }.prefix(RefusalRecord.certificateNameLimit),
                names.uris.lazy.map { "URI:\($0)" }.prefix(RefusalRecord.certificateNameLimit),
                names.ipAddresses.lazy.map { "IP:\($0)" }.prefix(RefusalRecord.certificateNameLimit),
            ].flatMap { Array($0) },
            fingerprint: peer.fingerprint,
            notBefore: peer.notBefore,
            notAfter: peer.notAfter,
            rejection: reason
        )
    }
}
