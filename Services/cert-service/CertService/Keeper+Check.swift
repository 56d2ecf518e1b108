import Policy
import TLS
import Wire

/// Whether a certificate serves a use.
extension Keeper {
    /// More names than anybody types.
    private static let maximumNames = 100

    /// Checks a certificate that is kept here, or that was sent along; changes nothing.
    func check(_ order: CertificateCheck) throws -> CertificateReport {
        guard order.names.count <= Self.maximumNames else {
            throw Failure(.invalid, "More than \(Self.maximumNames) names cannot be checked at once.")
        }
        let (chain, place) = try order.id.isEmpty ? self.sent(order) : self.kept(order.id)
        guard let leaf = chain.first else { throw IssuingError.malformed("certificate") }
        let facts = UseCheck.Facts(
            leaf,
            chain: try self.origin(of: chain, for: order.use),
            revocation: try self.revocation(of: chain),
            keyPlace: place
        )
        let needs = UseCheck.Needs(
            use: order.use,
            domains: self.domains,
            hosts: self.settings.accessNames(for: order.use),
            given: order.names.map { DomainName.normalized($0) },
            now: self.now()
        )
        return CertificateReport(subject: leaf.subject, findings: UseCheck(facts, needs).findings)
    }

    private func kept(_ id: String) throws -> ([Certificate], UseCheck.KeyPlace) {
        guard let stored = try self.store.certificates().first(where: { $0.id == id }) else {
            throw Failure(.notFound, "There is no certificate \(id).")
        }
        guard !stored.isPending else { throw Failure(.invalid, "The certificate has not come back from its CA yet.") }
        return (try Certificate.chain(pem: stored.chain), .here(id: id))
    }

    private func sent(_ order: CertificateCheck) throws -> ([Certificate], UseCheck.KeyPlace) {
        let bundle = try CertificateBundle(data: order.data, password: order.password)
        // Without a key to tell, it is the first that is no authority's: some CAs send their own first.
        let leaf = bundle.certificates.first { !$0.isAuthority } ?? bundle.certificates.first
        let publicKey = bundle.key?.publicKeyFingerprint ?? leaf?.publicKeyFingerprint ?? ""
        guard let chain = bundle.chain(forPublicKey: publicKey) else { throw Self.keyMismatch }
        if bundle.key != nil { return (chain, .along) }
        guard let holder = try self.store.certificates().first(where: { $0.publicKey == publicKey }) else {
            return (chain, .elsewhere)
        }
        return (chain, holder.isPending ? .pending(id: holder.id) : .here(id: holder.id))
    }

    /// Whose certificate it is, by the first trust that it chains to.
    private func origin(of chain: [Certificate], for use: CertificateUse) throws -> UseCheck.Chain {
        let added = try self.store.trustRoots().filter { $0.uses.isEmpty || $0.uses.contains(use) }
            .flatMap { try Certificate.chain(pem: $0.certificate) }
        let levels: [(UseCheck.Chain, [Certificate])] = [
            (.internalAuthority, [self.root]), (.trusted, try self.configuredCertificates() + added),
            (.system, TrustSources.system()),
        ]
        // What has expired is said by its dates; here it is asked whose it is.
        let time = min(max(self.now(), chain.first?.notBefore ?? 0), (chain.first?.notAfter ?? 0) - 1)
        var reason = ""
        for (origin, roots) in levels {
            switch try ChainCheck(roots: roots).check(chain, at: time) {
            case .trusted: return origin
            case .untrusted(let why): reason = why
            }
        }
        return .untrusted(reason)
    }

    private func revocation(of chain: [Certificate]) throws -> ChainCheck.Revocation {
        let lists = try self.store.revocationLists().map { try RevocationList(der: $0.der) }
        return try ChainCheck(roots: self.allRoots()).revocation(of: chain, lists: lists, at: self.now())
    }
}

extension UseCheck.Facts {
    init(
        _ certificate: Certificate,
        chain: UseCheck.Chain,
        revocation: ChainCheck.Revocation,
        keyPlace: UseCheck.KeyPlace
    ) {
        self.init(
            names: certificate.names.dnsNames.map { $0.lowercased() },
            commonName: certificate.commonName,
            xmppAddresses: certificate.names.xmppAddresses,
            notBefore: certificate.notBefore,
            notAfter: certificate.notAfter,
            key: certificate.keyStrength,
            hasWeakSignature: certificate.hasWeakSignature,
            isAuthority: certificate.isAuthority,
            allowsSignatures: certificate.allowsSignatures,
            allowsServerAuthentication: certificate.allowsServerAuthentication,
            allowsClientAuthentication: certificate.allowsClientAuthentication,
            chain: chain,
            revocation: revocation,
            keyPlace: keyPlace
        )
    }
}
