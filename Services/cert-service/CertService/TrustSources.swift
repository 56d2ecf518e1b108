import TLS

/// The trust roots that come from files: the system's, and those of the configuration.
struct TrustSources: Sendable {
    /// PEM files; each must be readable.
    var files: [String] = []
    /// Whether the system's roots are trusted as well.
    var usesSystemRoots = true

    /// Debian's bundle, made by its package ca-certificates.
    static let systemBundle = "/etc/ssl/certs/ca-certificates.crt"
}
