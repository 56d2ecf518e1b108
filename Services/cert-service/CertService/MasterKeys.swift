import TLS

/// The master key, and those before it that something may still be encrypted with.
struct MasterKeys: Sendable {
    var current: MasterKey
    var others: [MasterKey] = []

    /// Opens a private key, whichever of them it was encrypted with.
    func open(_ sealed: [UInt8]) throws(IssuingError) -> PrivateKey {
        for key in [self.current] + self.others {
            do throws(IssuingError) {
                return try PrivateKey(sealedPEM: sealed, masterKey: key)
            } catch .wrongKey {
                continue
            }
        }
        throw .wrongKey
    }

    /// The private key encrypted with the current one; nil if it is already.
    func sealedAnew(_ sealed: [UInt8]) throws(IssuingError) -> [UInt8]? {
        if (try? PrivateKey(sealedPEM: sealed, masterKey: self.current)) != nil { return nil }
        return try self.open(sealed).sealedPEM(with: self.current)
    }
}
