/// Asks for a certificate with its private key, which must be exportable.
public struct CertificateExport: Equatable, Sendable {
    public var id: String
    /// What the PKCS#12 file is encrypted with; sensitive.
    public var password: String

    public init(id: String, password: String) {
        self.id = id
        self.password = password
    }
}

extension CertificateExport: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without what is secret.
    public var description: String { "CertificateExport(\(self.id))" }
    public var debugDescription: String { self.description }
}

/// The master key was replaced.
public struct MasterKeyRotated: Equatable, Sendable {
    /// How many private keys were encrypted anew.
    public var keys: Int
    /// The file that the replaced master key is in now: older backups need it.
    public var previousPath: String

    public init(keys: Int, previousPath: String) {
        self.keys = keys
        self.previousPath = previousPath
    }
}
