internal import COpenSSL
internal import Synchronization

/// OpenSSL's validated module of algorithms
/// ([fips_module(7)](https://docs.openssl.org/3.0/man7/fips_module/)), where it is installed.
///
/// Once it is active all algorithms of the process are its own, for good; what is not approved is no longer found.
public enum FIPSProvider {
    private static let state = Mutex(false)

    /// Whether all algorithms of this process come from it.
    public static var isActive: Bool { self.state.withLock { $0 } }

    /// Has it compute everything from now on; before any key or context is made.
    ///
    /// It tests itself first. Nothing has changed when it cannot be loaded.
    public static func activate() throws(TLSError) {
        guard !self.isActive else { return }
        try self.load("fips")
        // Reads and writes keys and certificates, which is no cryptography: the FIPS module leaves that to others.
        try self.load("base")
        ERR_clear_error()
        guard EVP_default_properties_enable_fips(nil, 1) == 1 else {
            throw .last(in: "EVP_default_properties_enable_fips")
        }
        self.state.withLock { $0 = true }
    }

    /// Loads a provider by its name, for the life of the process.
    static func load(_ name: String) throws(TLSError) {
        ERR_clear_error()
        // The others stay as they are when it is not there.
        guard OSSL_PROVIDER_try_load(nil, name, 1) != nil else { throw .last(in: "OSSL_PROVIDER_load") }
    }
}
