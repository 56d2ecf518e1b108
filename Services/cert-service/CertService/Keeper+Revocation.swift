import Logging
import ServiceKit
import TLS
import Wire

/// Which certificates their authorities have called back.
extension Keeper {
    /// The lists in DER, as the edges are given them.
    func revocationLists() throws -> [[UInt8]] { try self.store.revocationLists().map(\.der) }

    /// Where lists are fetched from: the configured addresses, and those that trusted authorities name.
    func revocationAddresses() throws -> [String] {
        var addresses = self.revocation.addresses
        if self.revocation.isFetched {
            addresses += try self.addedAndConfiguredRoots().flatMap(\.revocationListAddresses)
        }
        return Array(addresses.uniqued().prefix(RevocationSettings.maximumCount))
    }

    /// Takes the lists in `data`, PEM or DER, which came from `source`.
    ///
    /// A list is taken if a trusted authority has signed it and it is not older than the one that is held. The edges are
    /// told if anything has changed.
    ///
    /// - Returns: when the first of them is due again.
    @discardableResult
    func takeRevocationLists(_ data: [UInt8], from source: String) throws -> Int64? {
        guard data.count <= self.revocation.maximumBytes else {
            throw Failure(.invalid, "The revocation list is larger than \(self.revocation.maximumBytes) bytes.")
        }
        let lists = try RevocationList.lists(data: data)
        let held = try self.store.revocationLists()
        var taken: [StoredRevocationList] = []
        let authorities = try self.allRoots()
        for list in lists {
            guard authorities.contains(where: { list.isIssued(by: $0) }) else {
                throw Failure(
                    .invalid,
                    "The revocation list of “\(list.issuer)” is not signed by an authority that is trusted here."
                )
            }
            let stored = StoredRevocationList(
                scope: list.scope,
                der: try list.der(),
                thisUpdate: list.thisUpdate,
                nextUpdate: list.nextUpdate,
                source: source
            )
            let old = (held + taken).last { $0.scope == stored.scope }
            if let old, old.thisUpdate > stored.thisUpdate || old.der == stored.der { continue }
            taken.append(stored)
            self.logger.notice(
                "Revocation list taken",
                metadata: [
                    "certificate.issuer": "\(list.issuer)", "revocation.source": "\(source)",
                    "revocation.next_update": "\(list.nextUpdate ?? 0)",
                ]
            )
        }
        if !taken.isEmpty {
            try self.checkBounds(held, adding: taken)
            try self.store.save(revocationLists: taken)
            self.changed()
        }
        return lists.compactMap(\.nextUpdate).min()
    }

    private func checkBounds(_ held: [StoredRevocationList], adding taken: [StoredRevocationList]) throws {
        let all = held.filter { old in !taken.contains { $0.scope == old.scope } } + taken
        guard all.count <= RevocationSettings.maximumCount,
            all.reduce(0, { $0 + $1.der.count }) <= RevocationSettings.maximumTotal
        else { throw Failure(.invalid, "There are too many revocation lists, or they are too large together.") }
    }

    /// Drops the lists of authorities that are trusted no longer: nobody asks for them.
    func dropOrphanedRevocationLists() throws {
        let authorities = try self.allRoots()
        let orphans = try self.store.revocationLists().filter { stored in
            guard let list = try? RevocationList(der: stored.der) else { return true }
            return !authorities.contains { list.isIssued(by: $0) }
        }
        if !orphans.isEmpty { try self.store.removeRevocationLists(orphans.map(\.scope)) }
    }

    /// Says once a day which lists have expired, or are about to.
    func warnOfStaleRevocationLists() {
        for list in (try? self.store.revocationLists()) ?? [] {
            guard let nextUpdate = list.nextUpdate, nextUpdate <= self.now(), self.mayWarn(of: list.scope) else {
                continue
            }
            let issuer = (try? RevocationList(der: list.der).issuer) ?? ""
            self.logger.warning(
                "Revocation list has expired",
                metadata: [
                    "certificate.issuer": "\(issuer)", "revocation.source": "\(list.source)",
                    "revocation.next_update": "\(nextUpdate)",
                ]
            )
        }
    }

    /// What became of an attempt to fetch from `address`.
    func couldNotFetch(_ address: String, _ error: any Error, failures: Int) {
        self.revocationMetrics?.failures.increment()
        self.logger.warning(
            "Revocation list not fetched",
            metadata: ["revocation.source": "\(address)", "reason": "\(error)", "failures": "\(failures)"]
        )
    }
}
