import Logging
import TLS
import Wire

/// A new master key for what rests.
extension Keeper {
    /// Makes a new master key and encrypts every private key with it; goes on with a replacement that was broken off.
    ///
    /// The edges notice nothing: the private keys are the same.
    func rotateMasterKey() throws -> MasterKeyRotated {
        let file = self.masterKeyFile
        do {
            if !file.isBeingReplaced {
                let next = try file.makeNext()
                self.masterKeys = MasterKeys(current: next, others: [self.masterKeys.current])
            }
            let count = try Self.encryptAnew(self.store, self.masterKeys, self.logger)
            self.masterKeys.others = []
            try file.finishReplacement()
            return MasterKeyRotated(keys: count, previousPath: file.replacedPath)
        } catch let error as MasterKeyFileError {
            self.logger.error("Master key not replaced", metadata: ["reason": "\(error)"])
            throw Failure(
                .invalid,
                "\(error) If the file is a secret that others provide, replace it there, name the old one in ISTHMUS_CERTIFICATES_PREVIOUS_MASTER_KEY_PATH, and restart cert-service."
            )
        }
    }

    /// Goes on, at the start, where a replacement was broken off or a setting names the key before.
    static func encryptAnew(_ parts: Parts, _ keys: MasterKeys) throws {
        _ = try self.encryptAnew(parts.store, keys, parts.logger)
        guard parts.masterKeyFile.isBeingReplaced else { return }
        do {
            try parts.masterKeyFile.finishReplacement()
        } catch {
            // The key that waits is the current one for as long as it waits.
            parts.logger.error("Master key not replaced", metadata: ["reason": "\(error)"])
        }
    }

    private static func encryptAnew(_ store: CertificateStore, _ keys: MasterKeys, _ logger: Logger) throws -> Int {
        let count = try MasterKeyRotation(store: store, keys: keys).run()
        if count > 0 {
            logger.notice(
                "Private keys encrypted with another master key; keep a copy of it apart from the store",
                metadata: ["certificate.count": "\(count)"]
            )
        }
        return count
    }

    /// Opens a private key that rests.
    func open(_ sealed: [UInt8]) throws(IssuingError) -> PrivateKey { try self.masterKeys.open(sealed) }
}
