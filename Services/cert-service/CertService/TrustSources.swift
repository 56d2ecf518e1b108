import Logging
import ServiceKit
import TLS

/// The trust roots that come from files: the system's, and those of the configuration.
struct TrustSources: Sendable {
    /// PEM files; each must be readable.
    var files: [String] = []
    /// Whether the system's roots are trusted as well.
    var usesSystemRoots = true

    /// Debian's bundle, made by its package ca-certificates.
    static let systemBundle = "/etc/ssl/certs/ca-certificates.crt"
    /// Several times the size of any bundle.
    private static let limit = 8 << 20

    /// Reads all of them, and proves that there are certificates in each.
    func pem(logger: Logger) throws -> [UInt8] {
        var pem: [UInt8] = []
        for file in self.files {
            do {
                let roots = try Certificate.chain(pem: try SmallFile.read(file, limit: Self.limit))
                pem += try Certificate.pem(roots)
            } catch {
                throw TrustSourceError(file: file, reason: "\(error)")
            }
        }
        guard self.usesSystemRoots else { return pem }
        do {
            let roots = try Certificate.chain(pem: try SmallFile.read(Self.systemBundle, limit: Self.limit))
            logger.info("The system's roots are trusted", metadata: ["certificate.count": "\(roots.count)"])
            return pem + (try Certificate.pem(roots))
        } catch {
            logger.notice("There are no system roots to trust", metadata: ["file": "\(Self.systemBundle)"])
            return pem
        }
    }
}

/// A file of trust roots that cannot be used.
struct TrustSourceError: Error, Equatable, CustomStringConvertible {
    let file: String
    let reason: String

    var description: String { "The trust roots \(self.file) cannot be used: \(self.reason)" }
}
