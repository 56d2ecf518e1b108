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
    /// Whether others may read the files: where something else than their mode protects them.
    var mayBeShared = false

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
        try self.checkMode(of: path)
        return try MasterKey(contents: [UInt8](try Data(contentsOf: URL(filePath: path))))
    }
}

extension MasterKeyFile {
    /// A key that others can read is no secret: what it encrypts might as well be in the clear.
    private func checkMode(of path: String) throws {
        guard !self.mayBeShared else { return }
        let attributes = try FileManager.default.attributesOfItem(
            atPath: URL(filePath: path).resolvingSymlinksInPath().path
        )
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & Self.others != 0 else { return }
        throw MasterKeyFileError.readable(path: path, mode: String(mode, radix: 8))
    }

    /// The rights of the group and of everybody else.
    private static let others = 0o077
}

/// Why there is no master key.
enum MasterKeyFileError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    /// There are keys, and the file that opens them is gone.
    case lost(path: String)
    case unwritable(path: String, reason: String)
    /// Others than its owner may read or change it.
    case readable(path: String, mode: String)

    var description: String {
        switch self {
        case .missing(let path): "The master key \(path) does not exist: make one with `openssl rand -base64 32`."
        case .lost(let path):
            "The master key \(path) does not exist, but there are private keys that were encrypted with it: put it back."
        case .readable(let path, let mode):
            "The master key \(path) is open to others (mode \(mode)): chmod 600 it. If it is a secret that Docker or Kubernetes mounts, and nobody else gets into this container, set ISTHMUS_CERTIFICATES_SHARED_MASTER_KEY=true."
        case .unwritable(let path, let reason): "The master key \(path) cannot be written: \(reason)."
        }
    }
}
