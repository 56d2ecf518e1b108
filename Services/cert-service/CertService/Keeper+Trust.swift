import Logging
import TLS
import Wire

/// Whom we trust: the internal CA, the roots of the configuration, and those that were added.
extension Keeper {
    /// The roots of one use as PEM.
    func trustPEM(for use: CertificateUse) throws -> [UInt8] {
        let added = try self.store.trustRoots().filter { $0.uses.isEmpty || $0.uses.contains(use) }
        return try self.root.pem() + self.configuredRoots + added.flatMap(\.certificate)
    }

    /// Every root of any use, to check what is brought in against.
    func allRoots() throws -> [Certificate] {
        try [self.root] + self.addedAndConfiguredRoots() + TrustSources.system()
    }

    /// Whom an administrator trusts.
    func addedAndConfiguredRoots() throws -> [Certificate] {
        let added = try self.store.trustRoots().flatMap { try Certificate.chain(pem: $0.certificate) }
        return try self.configuredCertificates() + added
    }

    /// The roots of the internal CA and of the configuration, and those that were added.
    func trustRoots() throws -> [TrustRoot] {
        let added = try self.store.trustRoots().flatMap { root in
            try Certificate.chain(pem: root.certificate).map { try TrustRoot($0, uses: root.uses) }
        }
        return try ([self.root] + self.configuredCertificates()).map { try TrustRoot($0, uses: []) } + added
    }

    /// Trusts authorities, or takes a revocation list of one that is trusted.
    func addTrustRoots(_ addition: TrustRootAddition) throws -> [TrustRoot] {
        if RevocationList.isContained(in: addition.data) {
            try self.takeRevocationLists(addition.data, from: "file")
            return try self.trustRoots()
        }
        let certificates = try CertificateBundle(data: addition.data).certificates
        guard certificates.allSatisfy(\.isAuthority) else {
            throw Failure(.invalid, "A certificate that is not of an authority cannot be a trust root.")
        }
        try self.store.save(
            trustRoots: try certificates.map { ($0.fingerprint, try $0.pem()) },
            uses: Set(addition.uses)
        )
        for certificate in certificates {
            self.logger.notice(
                "Trust root added",
                metadata: [
                    "certificate.subject": "\(certificate.subject)",
                    "certificate.fingerprint": "\(certificate.fingerprint)",
                ]
            )
        }
        self.changed()
        return try self.trustRoots()
    }

    func removeTrustRoot(id: String) throws {
        guard id != self.root.fingerprint else {
            throw Failure(.invalid, "The root of the internal CA cannot be removed: it signed certificates in use.")
        }
        guard !(try self.configuredCertificates().contains { $0.fingerprint == id }) else {
            throw Failure(.invalid, "This root is of the configuration: take its file out of certificates.trust-roots.")
        }
        guard try self.store.removeTrustRoot(id: id) else { throw Failure(.notFound, "There is no such trust root.") }
        try self.dropOrphanedRevocationLists()
        self.logger.notice("Trust root removed", metadata: ["certificate.fingerprint": "\(id)"])
        self.changed()
    }

    func configuredCertificates() throws -> [Certificate] {
        self.configuredRoots.isEmpty ? [] : try Certificate.chain(pem: self.configuredRoots)
    }
}

extension TrustRoot {
    fileprivate init(_ certificate: Certificate, uses: Set<CertificateUse>) throws {
        self.init(
            id: certificate.fingerprint,
            subject: certificate.subject,
            fingerprint: certificate.fingerprint,
            notAfter: certificate.notAfter * 1000,
            uses: uses.sorted { $0.rawValue < $1.rawValue },
            certificatePEM: String(decoding: try certificate.pem(), as: UTF8.self)
        )
    }
}
