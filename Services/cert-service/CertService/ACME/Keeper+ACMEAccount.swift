import Logging
import TLS
import Wire

/// The account at the ACME CA: its key rests as all private keys do.
///
/// A change of the key ([RFC 8555 §7.3.5](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.5)) keeps both keys until the CA is known to
/// have taken the new one, so that no crash leaves us without the one that counts.
extension Keeper {
    private var account: CertificateStore.Account? {
        get throws {
            try self.store.accounts().first { $0.directory == self.acme?.directory ?? "" }
        }
    }

    /// The key of our account at the CA; made at the first use.
    func accountKey() throws -> AccountKey {
        if let account = try self.account { return try AccountKey(try self.open(account.sealedKey)) }
        let directory = self.acme?.directory ?? ""
        let key = try PrivateKey(generating: .ecdsaP256)
        let sealed = try key.sealedPEM(with: self.masterKeys.current)
        try self.store.save(account: CertificateStore.Account(directory: directory, sealedKey: sealed))
        self.logger.notice("ACME account key made", metadata: ["acme.directory": "\(directory)"])
        return try AccountKey(key)
    }

    /// The same, if there is one.
    func accountKeyIfAny() throws -> AccountKey? {
        try self.account.map { try AccountKey(try self.open($0.sealedKey)) }
    }

    /// The key that the CA was asked to take, while it is not known whether it has.
    func nextAccountKey() throws -> AccountKey? {
        try self.account?.sealedNextKey.map { try AccountKey(try self.open($0)) }
    }

    /// Makes the key that the CA is going to be asked to take.
    func makeNextAccountKey() throws -> AccountKey {
        _ = try self.accountKey()
        let key = try PrivateKey(generating: .ecdsaP256)
        guard var account = try self.account else { throw Failure(.internal, "The account is gone.") }
        account.sealedNextKey = try key.sealedPEM(with: self.masterKeys.current)
        try self.store.save(account: account)
        return try AccountKey(key)
    }

    /// The CA has the next key, or has it not.
    func settleAccountKey(isTaken: Bool) throws {
        guard var account = try self.account, let next = account.sealedNextKey else { return }
        if isTaken { account.sealedKey = next }
        account.sealedNextKey = nil
        try self.store.save(account: account)
        self.logger.notice(
            isTaken ? "ACME account has another key" : "ACME account keeps its key",
            metadata: ["acme.directory": "\(account.directory)"]
        )
    }

    /// The account has ended: the next order makes another.
    func forgetAccount() throws {
        guard let account = try self.account else { return }
        try self.store.removeAccount(directory: account.directory)
        self.logger.notice("ACME account ended", metadata: ["acme.directory": "\(account.directory)"])
    }

    // MARK: Revocation

    /// The certificate that the CA is to revoke, DER, and its own key where that signs the request.
    func revocable(_ wish: CertificateRevocation) throws -> (certificate: [UInt8], key: AccountKey?) {
        let stored = try self.ordered(wish.id)
        guard stored.origin == .acme, let leaf = try Certificate.chain(pem: stored.chain).first,
            let order = try self.store.orders().first(where: { $0.id == stored.id })
        else {
            throw Failure(.invalid, "\(wish.id) was not issued by ACME: ask its CA to revoke it.")
        }
        guard order.directory == self.acme?.directory else {
            throw Failure(.invalid, "\(wish.id) is of the CA at \(order.directory), which is not configured any more.")
        }
        if let revocation = order.revocation {
            throw Failure(.conflict, "\(wish.id) was revoked on \(revocation.time.moment).")
        }
        guard stored.uses.isEmpty || wish.isForced else {
            throw Failure(
                .invalid,
                "\(wish.id) is in use for \(stored.uses.map(\.rawValue).sorted().joined(separator: ", ")): peers that look at revocation lists refuse it from then on. If it is meant, force it: another one is ordered at once."
            )
        }
        return (try leaf.der(), wish.usesCertificateKey ? try AccountKey(try self.open(stored.sealedKey)) : nil)
    }

    /// Keeps that the CA has revoked it; what is in use is due to be renewed now, with another key.
    func revoked(_ wish: CertificateRevocation) throws -> CertificateRecord {
        let stored = try self.ordered(wish.id)
        guard var order = try self.store.orders().first(where: { $0.id == wish.id }) else { return self.record(stored) }
        order.revocation = StoredOrder.Revocation(time: self.now(), cause: wish.cause)
        _ = try self.keep(order)
        self.logger.notice(
            "Certificate revoked by its CA",
            metadata: ["certificate.id": "\(wish.id)", "acme.cause": "\(wish.cause.rawValue)"]
        )
        self.bell?.ring()
        return self.record(stored)
    }
}
