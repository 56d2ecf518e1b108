import Foundation
import TLS

/// The secret file with the key that encrypts private keys at rest.
struct MasterKeyFile: Sendable {
    let path: String
    /// Whether a missing file is made: for the first use, where nobody has set anything up.
    let isMadeWhenMissing: Bool

    /// Reads the key, and says whether it is new.
    ///
    /// None is made when there is state: keys that only the lost one opens.
    func read(hasState: Bool) throws -> (key: MasterKey, isNew: Bool) {
        let file = URL(filePath: self.path)
        if FileManager.default.fileExists(atPath: self.path) {
            return (try MasterKey(contents: [UInt8](try Data(contentsOf: file))), false)
        }
        guard !hasState else { throw MasterKeyFileError.lost(path: self.path) }
        guard self.isMadeWhenMissing else { throw MasterKeyFileError.missing(path: self.path) }
        let contents = try MasterKey.generate()
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let isMade = FileManager.default.createFile(
            atPath: self.path,
            contents: Data(contents),
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade else { throw MasterKeyFileError.unwritable(path: self.path) }
        return (try MasterKey(contents: contents), true)
    }
}

/// Why there is no master key.
enum MasterKeyFileError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    /// There are keys, and the file that opens them is gone.
    case lost(path: String)
    case unwritable(path: String)

    var description: String {
        switch self {
        case .missing(let path): "The master key \(path) does not exist: make one with `openssl rand -base64 32`."
        case .lost(let path):
            "The master key \(path) does not exist, but there are private keys that were encrypted with it: put it back."
        case .unwritable(let path): "The master key \(path) cannot be written."
        }
    }
}
