import Foundation
import TLS

/// The secret file with the key that encrypts private keys at rest.
///
/// While it is being replaced there are two: the new one waits in `<path>.next` until every private key is encrypted with it,
/// then takes the place of the other, which stays as `<path>.previous` for the backups of before.
struct MasterKeyFile: Sendable {
    let path: String
    /// Whether a missing file is made: for the first use, where nobody has set anything up.
    let isMadeWhenMissing: Bool
    /// A file with the key before, where somebody else has replaced the one at `path`; empty: none.
    var previousPath = ""

    /// Where a new key waits.
    var nextPath: String { "\(self.path).next" }
    /// Where the replaced one is.
    var replacedPath: String { "\(self.path).previous" }

    /// Reads the keys, and says whether the current one is new.
    ///
    /// None is made when there is state: keys that only the lost one opens.
    func read(hasState: Bool) throws -> (keys: MasterKeys, isNew: Bool) {
        if let next = try self.key(at: self.nextPath) {
            // A replacement was broken off: some of the keys need the one before, wherever that is by now.
            let before = try [self.path, self.replacedPath, self.previousPath].compactMap { try self.key(at: $0) }
            return (MasterKeys(current: next, others: before), false)
        }
        if let current = try self.key(at: self.path) {
            guard !self.previousPath.isEmpty else { return (MasterKeys(current: current), false) }
            guard let previous = try self.key(at: self.previousPath) else {
                throw MasterKeyFileError.missing(path: self.previousPath)
            }
            return (MasterKeys(current: current, others: [previous]), false)
        }
        guard !hasState else { throw MasterKeyFileError.lost(path: self.path) }
        guard self.isMadeWhenMissing else { throw MasterKeyFileError.missing(path: self.path) }
        try FileManager.default.createDirectory(
            at: URL(filePath: self.path).deletingLastPathComponent(),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        return (MasterKeys(current: try self.make(at: self.path)), true)
    }

    private func key(at path: String) throws -> MasterKey? {
        guard !path.isEmpty, FileManager.default.fileExists(atPath: path) else { return nil }
        return try MasterKey(contents: [UInt8](try Data(contentsOf: URL(filePath: path))))
    }
}

/// Why there is no master key.
enum MasterKeyFileError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    /// There are keys, and the file that opens them is gone.
    case lost(path: String)
    case unwritable(path: String, reason: String)

    var description: String {
        switch self {
        case .missing(let path): "The master key \(path) does not exist: make one with `openssl rand -base64 32`."
        case .lost(let path):
            "The master key \(path) does not exist, but there are private keys that were encrypted with it: put it back."
        case .unwritable(let path, let reason): "The master key \(path) cannot be written: \(reason)."
        }
    }
}
