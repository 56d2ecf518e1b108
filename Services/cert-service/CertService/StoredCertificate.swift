import TLS
import Wire

/// A certificate with its key as it is kept: pending while it has no chain.
struct StoredCertificate: Equatable, Sendable {
    /// Where it comes from, which says who renews it.
    enum Origin: String, Sendable, CaseIterable {
        /// Made by the internal CA for a local domain, without being asked; renewed and removed likewise.
        case automatic
        /// Made by the internal CA because somebody asked.
        case issued
        /// Requested here, signed elsewhere.
        case requested
        /// Of a CA that is asked by ACME, again before it expires.
        case acme
        /// Came with its key.
        case imported
    }

    var id: String
    var friendlyName: String
    var origin: Origin
    /// The local domain that an automatic one is for.
    var domain: String?
    /// The uses it serves; none: kept for later.
    var uses: Set<CertificateUse>
    var keyKind: String
    var isExportable: Bool
    /// The private key, encrypted.
    var sealedKey: [UInt8]
    /// Equal for the key, the request and the certificate.
    var publicKey: String
    var request: [UInt8]
    /// The names that were asked for.
    var requestedNames: [String]
    /// Leaf first, root left out; empty while pending.
    var chain: [UInt8]
    var names: [String]
    /// In seconds since 1970, as all times here; 0 while pending.
    var notBefore: Int64
    var notAfter: Int64
    /// When it was put to its uses; the latest is preferred.
    var assignedAt: Int64

    var isPending: Bool { self.chain.isEmpty }

    /// Has its chain of before again, with which it serves.
    mutating func restore(_ chain: [UInt8], uses: Set<CertificateUse>) {
        guard let certificates = try? Certificate.chain(pem: chain) else { return }
        self.setChain(certificates, chain, at: self.assignedAt)
        self.uses = uses
    }
}
