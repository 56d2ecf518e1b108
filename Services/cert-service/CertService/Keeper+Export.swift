import Logging
import TLS
import Wire

/// The one way by which a private key leaves for another place than an edge.
extension Keeper {
    /// A certificate with its key as PKCS#12, if whoever made the key has allowed it.
    func export(_ order: CertificateExport) throws -> [UInt8] {
        let stored = try self.ordered(order.id)
        guard stored.isExportable else {
            self.logger.warning("Certificate export refused", metadata: ["certificate.id": "\(stored.id)"])
            throw Failure(
                .notAllowed,
                "The private key of \(stored.id) is not exportable: that is said when it is made or brought in, and cannot be changed."
            )
        }
        guard !stored.isPending else { throw Failure(.invalid, "The certificate has not come back from its CA yet.") }
        guard order.password.count >= CertificateBundle.minimumPassphraseLength else {
            throw Failure(
                .invalid,
                "The passphrase has fewer than \(CertificateBundle.minimumPassphraseLength) characters."
            )
        }
        let data = try CertificateBundle.pkcs12(
            try Certificate.chain(pem: stored.chain),
            key: try self.open(stored.sealedKey),
            name: stored.friendlyName,
            passphrase: order.password
        )
        self.logger.notice(
            "Certificate exported",
            metadata: ["certificate.id": "\(stored.id)", "certificate.names": "\(stored.names.joined(separator: ","))"]
        )
        return data
    }
}
