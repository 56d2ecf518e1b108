import TLS

/// Encrypts what rests in the store with the current master key.
///
/// Each batch is one transaction, and what a batch has done is not done again: broken off at any point, it goes on from there.
struct MasterKeyRotation {
    let store: CertificateStore
    let keys: MasterKeys
    /// Private keys of one transaction.
    static let batch = 16

    /// - Returns: how many private keys were encrypted anew.
    func run(afterBatch: () throws -> Void = {}) throws -> Int {
        var count = 0
        var batch: [(id: String, sealedKey: [UInt8])] = []
        func save() throws {
            guard !batch.isEmpty else { return }
            try self.store.save(sealedKeys: batch)
            count += batch.count
            batch = []
            try afterBatch()
        }
        for certificate in try self.store.certificates() {
            guard let sealed = try self.keys.sealedAnew(certificate.sealedKey) else { continue }
            batch.append((certificate.id, sealed))
            if batch.count == Self.batch { try save() }
        }
        try save()
        for account in try self.store.accounts() {
            let (key, next) = (
                try self.keys.sealedAnew(account.sealedKey),
                try account.sealedNextKey.flatMap { try self.keys.sealedAnew($0) }
            )
            guard key != nil || next != nil else { continue }
            var account = account
            account.sealedKey = key ?? account.sealedKey
            account.sealedNextKey = next ?? account.sealedNextKey
            try self.store.save(account: account)
            count += 1
            try afterBatch()
        }
        if let kept = try self.store.authority(), let sealed = try self.keys.sealedAnew(kept.sealedKey) {
            try self.store.save(authorityKey: sealed)
            count += 1
            try afterBatch()
        }
        return count
    }
}
