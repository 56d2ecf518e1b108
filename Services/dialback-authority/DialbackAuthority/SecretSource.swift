import TLS

/// Where the dialback secret comes from.
enum SecretSource: Sendable {
    /// A file that this service makes, reads and replaces.
    case file(SecretFile)
    /// `dialback-passphrase` (SPEC §1): an administrator gives it to every replica, which then need no file in common.
    case passphrase(current: [UInt8], previous: [UInt8]?)

    /// Shorter passphrases are found by trying: every peer gets keys to try them on.
    static let minimumPassphrase = SecretFile.minimumLength

    var isPassphrase: Bool {
        switch self {
        case .file: false
        case .passphrase: true
        }
    }
}
