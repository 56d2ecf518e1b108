import Foundation
import Logging
import TLS
import Wire

/// Certificates of a CA that is asked by ACME: what rests of them, and who may ask.
extension Keeper {
    /// Why a certificate cannot be asked for by ACME; nil: it can.
    func objection(toACME fields: CertificateRequestFields) -> String? {
        guard let acme else {
            return
                "No ACME CA is configured: set ISTHMUS_CERTIFICATES_ACME_DIRECTORY to the address of its directory and restart cert-service."
        }
        if fields.names.contains(where: { if case .dns = $0 { false } else { true } }) {
            return "ACME CAs certify DNS names only: leave the XMPP addresses out."
        }
        let names = fields.names.dnsNames
        if names.contains(where: { $0.hasPrefix("*.") }), !acme.challenges.contains(.dns) {
            return "A wildcard can be proven by dns-01 only: add it to ISTHMUS_CERTIFICATES_ACME_CHALLENGES."
        }
        guard names.count <= Self.maximumACMENames else {
            return "An ACME CA takes \(Self.maximumACMENames) names at most; these are \(names.count)."
        }
        return nil
    }

    /// Let's Encrypt's limit, and that of others.
    static let maximumACMENames = 100

    /// Orders a certificate for a request that waits.
    func order(_ stored: StoredCertificate, replacing predecessor: StoredCertificate? = nil) throws {
        guard let acme else { return }
        // Another CA knows nothing of it.
        let isSameCA = try predecessor.map { old in
            try self.store.orders().contains { $0.id == old.id && $0.directory == acme.directory }
        }
        let leaf = isSameCA == true ? predecessor.flatMap { try? Certificate.chain(pem: $0.chain).first } : nil
        let order = StoredOrder(
            id: stored.id,
            directory: acme.directory,
            predecessor: predecessor?.id,
            machine: OrderMachine(
                names: stored.requestedNames,
                preference: acme.challenges,
                replaces: leaf?.renewalIdentifier
            )
        )
        try self.store.save(order: order)
        self.logger.notice(
            "ACME order begun",
            metadata: [
                "certificate.id": "\(stored.id)", "acme.directory": "\(acme.directory)",
                "certificate.names": "\(stored.requestedNames.joined(separator: ","))",
                "certificate.replaces": "\(predecessor?.id ?? "")",
            ]
        )
        self.bell?.ring()
    }

    // MARK: For ACMEService

    /// The orders whose time has come, and those that were broken off.
    func dueOrders() throws -> [StoredOrder] {
        try self.store.orders().filter { order in
            order.isOpen && order.directory == self.acme?.directory && order.nextAttempt <= self.now()
        }
    }

    /// - Returns: Whether it is wanted still.
    func keep(_ order: StoredOrder) throws -> Bool {
        defer { self.measureOrders() }
        return try self.store.save(order: order)
    }

    /// The request of a certificate that is pending, DER.
    func request(of id: String) throws -> [UInt8] {
        guard let stored = try self.store.certificates().first(where: { $0.id == id }) else {
            throw ACMEProblem("malformed", "The request is gone.")
        }
        return try CertificateRequest(pem: stored.request).der()
    }

    /// Takes in what the CA has issued, as anything that is imported, in the place of its predecessor.
    func install(_ chain: [UInt8], for order: StoredOrder, chance: Double) throws(ACMEProblem) -> RenewalSchedule {
        do {
            let record = try self.importCertificate(
                CertificateImport(data: chain),
                answering: order.id,
                replacing: order.predecessor
            )
            for warning in record.warnings {
                self.logger.warning(
                    "ACME certificate has a flaw",
                    metadata: ["certificate.id": "\(order.id)", "reason": "\(warning)"]
                )
            }
            return RenewalSchedule(
                notBefore: record.notBefore / 1000,
                notAfter: record.notAfter / 1000,
                chance: chance,
                now: self.now()
            )
        } catch let failure as Failure {
            throw .notUsable(failure.text)
        } catch {
            throw .notUsable("\(error)")
        }
    }

    // MARK: Renewal

    /// The certificates that the CA is to be asked about: when it would like them renewed.
    func renewalQuestions() throws -> [(order: StoredOrder, identifier: String)] {
        let held = try self.store.certificates()
        return try self.store.orders().compactMap { order in
            guard !order.isOpen, let renewal = order.renewal, renewal.nextQuestion <= self.now(),
                order.directory == self.acme?.directory,
                let stored = held.first(where: { $0.id == order.id }),
                let identifier = try Certificate.chain(pem: stored.chain).first?.renewalIdentifier
            else { return nil }
            return (order, identifier)
        }
    }

    /// Orders anew what is due, one order for each certificate.
    func orderRenewals() throws {
        guard self.acme != nil else { return }
        let orders = try self.store.orders()
        // Or issued, and waiting for the edges and for DNS; one that an edge has refused waits for the administrator.
        let staged = try self.store.stagedAssignments().compactMap(\.replaces)
        let underWay = Set(orders.filter(\.isOpen).compactMap(\.predecessor) + staged)
        let held = try self.store.certificates()
        for order in orders where !underWay.contains(order.id) {
            guard let stored = held.first(where: { $0.id == order.id }) else { continue }
            // What is revoked and serves is due at once; what serves nowhere is not wanted again.
            let isDue =
                order.revocation == nil ? order.renewal?.isDue(at: self.now()) == true : !stored.uses.isEmpty
            if isDue { _ = try self.successor(of: stored) }
        }
    }

    /// Asks again for what a certificate was asked for, with a new key.
    private func successor(of stored: StoredCertificate) throws -> StoredCertificate {
        let key = try PrivateKey(generating: KeyKind(rawValue: stored.keyKind) ?? self.settings.keyKind)
        var next = stored
        next.id = Self.identifier(of: key)
        next.sealedKey = try key.sealedPEM(with: self.masterKeys.current)
        next.publicKey = key.publicKeyFingerprint
        next.request = try CertificateRequest(renewing: stored.request, key: key).pem()
        (next.chain, next.notBefore, next.notAfter, next.assignedAt) = ([], 0, 0, 0)
        try self.store.save([next], isDelivered: false)
        if stored.origin == .acme { try self.order(next, replacing: stored) } else { try self.writeRequest(next) }
        return next
    }

    /// Renews a certificate because somebody wants it, or hastens the order that is under way.
    func renew(_ id: String) throws -> CertificateRecord {
        let stored = try self.ordered(id)
        if stored.isPending { return try self.hasten(stored) }
        switch stored.origin {
        case .acme:
            if let next = try self.store.orders().first(where: { $0.isOpen && $0.predecessor == id }) {
                return try self.hasten(try self.ordered(next.id))
            }
            guard self.acme != nil else { throw Failure(.invalid, "No ACME CA is configured any more.") }
        case .requested: break
        case .issued, .imported, .automatic:
            throw Failure(
                .invalid,
                "\(id) was not asked for at a CA outside: ask for a new one with isthmusctl certificate request."
            )
        }
        return self.record(try self.successor(of: stored))
    }

    private func hasten(_ stored: StoredCertificate) throws -> CertificateRecord {
        guard var order = try self.store.orders().first(where: { $0.id == stored.id && $0.isOpen }) else {
            throw Failure(.invalid, "The request \(stored.id) waits for somebody who carries it to its CA.")
        }
        let problem = order.machine.problem
        if problem?.kind == .rateLimited, order.nextAttempt > self.now() {
            throw Failure(
                .overloaded,
                "The CA does not want to be asked before \(order.nextAttempt.moment): \(problem?.detail ?? "")"
            )
        }
        if let acme, order.directory != acme.directory {
            let predecessor = try self.store.certificates().first { $0.id == order.predecessor }
            try self.order(stored, replacing: predecessor)
            return self.record(stored)
        }
        order.nextAttempt = 0
        _ = try self.keep(order)
        self.bell?.ring()
        return self.record(stored)
    }

    // MARK: For people

    /// How a certificate stands with its CA; nil for one that was not asked for by ACME.
    func standing(of stored: StoredCertificate) -> CertificateOrder? {
        guard stored.origin == .acme, let order = try? self.store.orders().first(where: { $0.id == stored.id }) else {
            return nil
        }
        let machine = order.machine
        return CertificateOrder(
            directory: order.directory,
            progress: machine.progress,
            problem: machine.problem?.description ?? "",
            failures: machine.failures,
            nextAttempt: order.isOpen && machine.step == .failed ? order.nextAttempt * 1000 : 0,
            renewal: (order.renewal?.time ?? 0) * 1000,
            explanation: order.renewal?.explanation ?? "",
            replaces: order.predecessor ?? "",
            revokedAt: (order.revocation?.time ?? 0) * 1000,
            revocationCause: order.revocation?.cause ?? .unspecified
        )
    }

    func measureOrders() {
        guard let metrics = self.acmeMetrics, let orders = try? self.store.orders() else { return }
        metrics.update(orders, now: self.now())
    }
}

extension [AlternativeName] {
    fileprivate var dnsNames: [String] { self.compactMap { if case .dns(let name) = $0 { name } else { nil } } }
}

extension Int64 {
    /// A time in seconds since 1970, for people: `2026-11-21T12:00:00Z`.
    var moment: String { Date(timeIntervalSince1970: Double(self)).formatted(.iso8601) }
}
