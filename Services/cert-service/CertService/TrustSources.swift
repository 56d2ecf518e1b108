import ServiceKit
import TLS

/// The trust roots that come from files.
struct TrustSources: Sendable {
    /// PEM files of the configuration; each must be readable.
    var files: [String] = []

    /// Several times the size of any bundle.
    private static let limit = 8 << 20

    /// Reads all files, and proves that there are certificates in each.
    func pem() throws -> [UInt8] {
        var pem: [UInt8] = []
        for file in self.files {
            do {
                let roots = try Certificate.chain(pem: try SmallFile.read(file, limit: Self.limit))
                pem += try Certificate.pem(roots)
            } catch {
                throw TrustSourceError(file: file, reason: "\(error)")
            }
        }
        return pem
    }

    /// The roots of the operating system: Debian's bundle, made by its package ca-certificates; empty when there is none.
    ///
    /// What is brought in may chain to them. Which peers may is each edge's own setting, so they are not delivered.
    static func system() -> [Certificate] {
        let bundle = try? SmallFile.read("/etc/ssl/certs/ca-certificates.crt", limit: self.limit)
        return bundle.flatMap { try? Certificate.chain(pem: $0) } ?? []
    }
}

/// A file of trust roots that cannot be used.
struct TrustSourceError: Error, Equatable, CustomStringConvertible {
    let file: String
    let reason: String

    var description: String { "The trust roots \(self.file) cannot be used: \(self.reason)" }
}
