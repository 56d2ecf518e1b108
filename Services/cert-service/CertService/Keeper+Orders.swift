import Foundation
import Logging
import Policy
import TLS
import Wire

/// What an administrator orders: requests, imports, assignments.
extension Keeper {
    /// More requests than an administrator has in flight; each holds a key.
    private static let pendingLimit = 100

    /// Makes a key and a request for it, and, when it is to be immediate, the certificate.
    func request(_ order: CertificateSigningRequest) throws -> CertificateRequested {
        guard let kind = order.keyKind.isEmpty ? self.settings.keyKind : KeyKind(rawValue: order.keyKind) else {
            let kinds = KeyKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.invalid, "“\(order.keyKind)” is no kind of key; there are \(kinds).")
        }
        guard try self.store.certificates().count(where: \.isPending) < Self.pendingLimit else {
            throw Failure(.overloaded, "\(Self.pendingLimit) requests wait for their certificates already.")
        }
        let fields = self.fields(of: order)
        guard !fields.names.isEmpty else {
            throw Failure(
                .invalid,
                "A certificate needs a name: give one, or serve a domain first (isthmusctl domain add)."
            )
        }
        for case .dns(let name) in fields.names {
            if let problem = DomainName.problem(with: name.hasPrefix("*.") ? String(name.dropFirst(2)) : name) {
                throw Failure(.invalid, "“\(name)” cannot be a name of a certificate: \(problem).")
            }
        }
        if order.usesACME, let objection = self.objection(toACME: fields) { throw Failure(.invalid, objection) }
        let summary = RequestSummary(fields, order, kind: kind, acme: self.acme).text
        if order.isDryRun { return CertificateRequested(id: "", csrPEM: "", summary: summary) }
        var stored: StoredCertificate
        if order.isImmediate {
            stored = try self.make(fields, kind: kind, origin: .issued)
        } else {
            let key = try PrivateKey(generating: kind)
            stored = try self.pending(
                fields,
                key: key,
                kind: kind.rawValue,
                origin: order.usesACME ? .acme : .requested
            )
        }
        if !order.friendlyName.isEmpty { stored.friendlyName = order.friendlyName }
        stored.isExportable = order.isExportable
        if !order.isImmediate { stored.uses = Set(order.uses) }
        try self.store.save([stored], isDelivered: false)
        if order.isImmediate {
            if !order.uses.isEmpty { try self.put(stored, to: Set(order.uses), isNow: false) }
            self.measure()
        } else if order.usesACME {
            try self.order(stored)
            self.measure()
        } else {
            try self.writeRequest(stored)
            self.measure()
        }
        return CertificateRequested(
            id: stored.id,
            csrPEM: String(decoding: stored.request, as: UTF8.self),
            certificatePEM: order.isImmediate ? String(decoding: stored.chain, as: UTF8.self) : nil,
            summary: summary
        )
    }

    /// The fields of the wizard; names that were not given are those of all domains (SPEC §8).
    private func fields(of order: CertificateSigningRequest) -> CertificateRequestFields {
        let proposed = self.settings.accessNames + self.domains.flatMap { ["sip.\($0)", $0] }
        // The common name counts for nobody (RFC 9525 §2), so a host there is a name as well.
        let common = DomainName.normalized(order.commonName)
        let isHost = common.contains(".") && DomainName.problem(with: common) == nil
        let names = ((isHost ? [common] : []) + (order.dnsNames.isEmpty ? proposed : order.dnsNames))
            .map { $0.lowercased() }.uniqued()
        return CertificateRequestFields(
            subject: SubjectName(
                commonName: order.commonName.isEmpty
                    ? self.commonName(of: order) ?? names.first ?? "" : order.commonName,
                organization: order.organization,
                organizationalUnit: order.organizationalUnit,
                locality: order.city,
                state: order.state,
                country: order.country
            ),
            names: names.map { .dns($0) } + order.xmppAddresses.uniqued().map { .xmppAddress($0) },
            templateName: order.templateName ?? ""
        )
    }

    /// The name that peers of the use reach: of the server, or of the pool if there are several behind it (SPEC §8).
    ///
    /// SIP goes first, for Microsoft's servers look at it there.
    private func commonName(of order: CertificateSigningRequest) -> String? {
        let uses = order.uses.isEmpty ? CertificateUse.allCases : order.uses
        return uses.sorted { $0.rawValue < $1.rawValue }.lazy.compactMap { self.settings.accessNames(for: $0).first }
            .first
    }

    /// The request goes to a file and to the log, for somebody to carry to a CA.
    func writeRequest(_ stored: StoredCertificate) throws {
        let file = URL(filePath: self.requestDirectory).appending(path: "\(stored.id).csr")
        try FileManager.default.createDirectory(atPath: self.requestDirectory, withIntermediateDirectories: true)
        try Data(stored.request).write(to: file, options: .atomic)
        self.logger.notice(
            "Certificate requested",
            metadata: [
                "certificate.id": "\(stored.id)", "file": "\(file.path)",
                "certificate.request": "\(String(decoding: stored.request, as: UTF8.self))",
            ]
        )
    }

    /// Takes in what a CA sent back.
    ///
    /// It must answer `request`, if that is given, and takes the place and the uses of `predecessor`.
    func importCertificate(
        _ order: CertificateImport,
        answering request: String? = nil,
        replacing predecessor: String? = nil
    ) throws -> CertificateRecord {
        let bundle = try CertificateBundle(data: order.data, password: order.password)
        if let request, let held = try self.already(bundle, request) { return self.record(held) }
        var stored = try self.holder(of: bundle, order)
        guard request == nil || stored.id == request else { throw Self.keyMismatch }
        let previous = try predecessor.flatMap { id in try self.store.certificates().first { $0.id == id } }
        if let previous { stored.uses = previous.uses }
        guard let chain = bundle.chain(forPublicKey: stored.publicKey), let leaf = chain.first else {
            throw Self.keyMismatch
        }
        let (usesBefore, isRenewed) = (stored.uses, !stored.isPending)
        if !order.uses.isEmpty { stored.uses = Set(order.uses) }
        if !order.friendlyName.isEmpty { stored.friendlyName = order.friendlyName }
        let check = ImportCheck(
            ImportCheck.Facts(leaf, chain: try ChainCheck(roots: self.allRoots()).check(chain, at: self.now())),
            needed: stored.requestedNames,
            domains: self.domains,
            uses: stored.uses,
            now: self.now()
        )
        guard check.refusals.isEmpty else {
            throw Failure(.invalid, "The certificate is refused: \(check.refusals.joined(separator: "; ")).")
        }
        let (before, pem, uses) = (stored.chain, try Certificate.pem(chain), stored.uses)
        stored.setChain(chain, pem, at: self.now())
        if stored.friendlyName.isEmpty { stored.friendlyName = stored.names.first ?? leaf.subject }
        try self.prove(stored)
        // What serves goes on serving as it is, until the edges have tried what takes its place.
        if isRenewed, !usesBefore.isEmpty { stored.restore(before, uses: usesBefore) } else { stored.uses = [] }
        let idle = previous.map { uses.isEmpty ? [$0.id] : [] } ?? []
        try self.store.save([stored], removing: idle, isDelivered: false)
        self.logger.notice(
            "Certificate imported",
            metadata: [
                "certificate.id": "\(stored.id)", "certificate.subject": "\(leaf.subject)",
                "certificate.issuer": "\(leaf.issuer)", "certificate.fingerprint": "\(leaf.fingerprint)",
            ]
        )
        if !uses.isEmpty {
            try self.put(
                stored,
                to: uses,
                chain: isRenewed ? pem : [],
                replacing: previous?.id,
                isNow: order.isNow
            )
        }
        self.measure()
        var record = self.record(try self.ordered(stored.id))
        record.warnings += check.warnings
        return record
    }

    /// The certificate of `request`, if it is in its place already: whoever took it was interrupted before it could say so.
    private func already(_ bundle: CertificateBundle, _ request: String) throws -> StoredCertificate? {
        guard let held = try self.store.certificates().first(where: { $0.id == request && !$0.isPending }) else {
            return nil
        }
        let leaf = try Certificate.chain(pem: held.chain).first
        return bundle.certificates.contains { $0.fingerprint == leaf?.fingerprint } ? held : nil
    }

    /// Proves that a certificate can be served, before any edge is given it.
    private func prove(_ stored: StoredCertificate) throws {
        let key = try self.open(stored.sealedKey).pem()
        do throws(TLSError) {
            try StagedHandshake.prove(chainPEM: stored.chain, privateKeyPEM: key)
        } catch {
            self.logger.warning(
                "Certificate refused: no edge could serve with it",
                metadata: ["certificate.id": "\(stored.id)", "reason": "\(error)"]
            )
            throw Failure(
                .invalid,
                "No edge could serve with this certificate, so it is not put to use, and what is in use stays: \(error)"
            )
        }
    }

    static let keyMismatch = Failure(.invalid, "The private key belongs to none of the certificates.")

    /// The pending request that the bundle answers, found by its public key; or, when it came with its key, a new one.
    private func holder(of bundle: CertificateBundle, _ order: CertificateImport) throws -> StoredCertificate {
        let key =
            order.privateKeyPEM.isEmpty
            ? bundle.key : try PrivateKey(pem: order.privateKeyPEM, passphrase: order.password)
        let held = try self.store.certificates()
        let publicKeys = Set(bundle.certificates.map(\.publicKeyFingerprint))
        if let pending = held.first(where: { $0.isPending && publicKeys.contains($0.publicKey) }) { return pending }
        if let same = held.first(where: { $0.origin != .automatic && publicKeys.contains($0.publicKey) }) {
            let isSame = try Certificate.chain(pem: same.chain).first.map { leaf in
                bundle.certificates.contains { $0.fingerprint == leaf.fingerprint }
            }
            guard isSame != true else { throw Failure(.conflict, "This certificate is here already, as \(same.id).") }
            // A CA may renew for the same key: it takes the place of the one before, in its uses as well.
            return same
        }
        guard let key else {
            throw Failure(
                .invalid,
                "The certificate answers no pending request: its public key is not the one of any, and no key came with it."
            )
        }
        guard let leaf = bundle.chain(forPublicKey: key.publicKeyFingerprint)?.first else { throw Self.keyMismatch }
        let names = leaf.names.dnsNames
        guard let first = names.first else { throw Failure(.invalid, "The certificate has no DNS name.") }
        let fields = CertificateRequestFields(
            subject: SubjectName(commonName: first),
            names: names.map { .dns($0) }
        )
        var stored = try self.pending(fields, key: key, kind: "", origin: .imported)
        stored.requestedNames = []
        stored.friendlyName = ""
        stored.isExportable = order.isExportable
        return stored
    }

    /// Puts a certificate to its uses, or out of use, as soon as the edges have tried it and DNS has its keys.
    func assign(_ order: CertificateAssignment) throws -> CertificateRecord {
        let stored = try self.assignable(order)
        try self.put(stored, to: Set(order.uses), isNow: order.isNow)
        return self.record(try self.ordered(order.id))
    }

    /// All certificates as they would be; nothing is done.
    func preview(_ order: CertificateAssignment) throws -> CertificateInventory {
        let stored = try self.assignable(order)
        let staged = StagedAssignment(
            number: 0,
            id: stored.id,
            uses: Set(order.uses),
            chain: [],
            replaces: nil,
            isNow: order.isNow,
            stagedAt: self.now()
        )
        return try self.inventory(of: try self.store.certificates().applying(staged, at: self.now())) {
            $0 == stored.id ? nil : try? self.stagedAssignment(of: $0)
        }
    }

    /// The certificate of an order that can be carried out.
    private func assignable(_ order: CertificateAssignment) throws -> StoredCertificate {
        let stored = try self.ordered(order.id)
        guard !stored.isPending else { throw Failure(.invalid, "The certificate has not come back from its CA yet.") }
        guard order.uses.isEmpty || stored.notAfter > self.now() else {
            throw Failure(.invalid, "The certificate has expired.")
        }
        if !order.uses.isEmpty { try self.prove(stored) }
        return stored
    }

    /// Removes a certificate or a request, and its key.
    func remove(id: String) throws {
        let stored = try self.ordered(id)
        try self.withdraw(id)
        try self.store.save([], removing: [id], isDelivered: !stored.uses.isEmpty)
        self.logger.notice("Certificate removed", metadata: ["certificate.id": "\(id)"])
        self.changed()
    }

    /// A certificate that an administrator may change; the automatic ones come and go with their domains.
    func ordered(_ id: String) throws -> StoredCertificate {
        guard let stored = try self.store.certificates().first(where: { $0.id == id }) else {
            throw Failure(.notFound, "There is no certificate \(id).")
        }
        guard stored.origin != .automatic else {
            throw Failure(.invalid, "This certificate is made for its domain and serves where no other is assigned.")
        }
        return stored
    }
}
