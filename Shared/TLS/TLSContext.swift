internal import COpenSSL

/// What all TLS sessions of a listener or connector share: identities, trust roots, protocol rules.
///
/// Protocols and algorithms are those of a `TLSProfile`; no compression, no renegotiation, no session resumption (a resumed session would carry a verdict on
/// the peer's certificate that may have changed since). It never changes: to swap certificates make a new one and put it
/// in the `TLSContextHolder`; sessions that exist keep the one they were made with.
public final class TLSContext: Sendable {
    /// What a context is made of.
    public struct Configuration: Sendable {
        /// The identities; the first is shown where SNI asks for none of them.
        ///
        /// Empty: clients only.
        public var identities: [TLSIdentity]
        /// Trust roots as a PEM text; may be empty.
        public var trustRootsPEM: [UInt8]
        /// Whether the trust roots of the system are good as well.
        public var usesSystemRoots: Bool
        /// Revocation lists in DER.
        public var revocationLists: [[UInt8]]
        /// How much they count.
        public var revocation: RevocationMode
        public var profile: TLSProfile

        public init(
            identities: [TLSIdentity] = [],
            trustRootsPEM: [UInt8] = [],
            usesSystemRoots: Bool = false,
            revocationLists: [[UInt8]] = [],
            revocation: RevocationMode = .soft,
            profile: TLSProfile = .standard
        ) {
            self.identities = identities
            self.trustRootsPEM = trustRootsPEM
            self.usesSystemRoots = usesSystemRoots
            self.revocationLists = revocationLists
            self.revocation = revocation
            self.profile = profile
        }
    }

    /// Unchecked by the compiler, sound all the same: it is not changed after `init`, and making a session from it is
    /// thread-safe (reference counts are atomic, see `SSL_new(3)` and `openssl-threads(7)`).
    nonisolated(unsafe) let pointer: OpaquePointer
    let revocation: RevocationMode
    private let identities: [TLSIdentity]
    private let byName: [String: [TLSIdentity]]

    public init(_ configuration: Configuration) throws(TLSError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_method()) else { throw .last(in: "SSL_CTX_new") }
        self.pointer = context
        self.identities = configuration.identities
        self.revocation = configuration.revocation
        var byName: [String: [TLSIdentity]] = [:]
        for identity in configuration.identities {
            for name in identity.names { byName[name, default: []].append(identity) }
        }
        self.byName = byName
        try self.setProtocol(configuration.profile)
        try self.setTrust(configuration)
        try self.setRevocationLists(configuration.revocationLists)
        guard SSL_CTX_dane_enable(context) == 1 else { throw .last(in: "SSL_CTX_dane_enable") }
        // The context is kept alive by each of its sessions, so it outlives every call of the callback.
        SSL_CTX_set_cert_cb(context, selectCertificate, Unmanaged.passUnretained(self).toOpaque())
        SSL_CTX_set_cert_verify_callback(context, verifyChain, nil)
        SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
    }

    deinit { SSL_CTX_free(self.pointer) }

    /// The names that have an identity of their own.
    public var names: some Collection<String> { self.byName.keys }

    /// The identities for `name`, or the default where there is none.
    func identities(for name: String?) -> [TLSIdentity] {
        if let name, let identities = self.byName[name.asciiLowercased] { return identities }
        return self.identities.first.map { [$0] } ?? []
    }

    /// The identities that have exactly `name`.
    func identities(named name: String) -> [TLSIdentity] { self.byName[name.asciiLowercased] ?? [] }

    /// The certificates a peer may send, together: room for one with 10 000 names, and no more than a connection that is
    /// not authenticated yet should cost.
    private static let maximumChainBytes = 512 * 1024

    /// A chain longer than this is not trusted; real ones have two or three intermediates.
    private static let maximumChainDepth: CInt = 10

    private func setProtocol(_ profile: TLSProfile) throws(TLSError) {
        let context = self.pointer
        // The ciphers first: they say the security level, which the rest must be allowed by.
        guard SSL_CTX_set_cipher_list(context, profile.ciphers) == 1,
            profile.suites.map({ SSL_CTX_set_ciphersuites(context, $0) == 1 }) ?? true,
            profile.groups.map({ isthmus_SSL_CTX_set1_groups_list(context, $0) == 1 }) ?? true,
            profile.signatureAlgorithms.map({ isthmus_SSL_CTX_set1_sigalgs_list(context, $0) == 1 }) ?? true,
            isthmus_SSL_CTX_set_min_proto_version(context, profile.minimumVersion) == 1
        else { throw .last(in: "SSL_CTX_set_cipher_list") }
        _ = SSL_CTX_set_options(
            context,
            isthmus_SSL_OP_NO_RENEGOTIATION | isthmus_SSL_OP_NO_COMPRESSION | isthmus_SSL_OP_NO_TICKET
                | isthmus_SSL_OP_CIPHER_SERVER_PREFERENCE | profile.options
        )
        _ = isthmus_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_num_tickets(context, 0)
        // Idle sessions give their buffers back: 34 kB each.
        _ = isthmus_SSL_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        _ = isthmus_SSL_CTX_set_max_cert_list(context, Self.maximumChainBytes)
        SSL_CTX_set_verify_depth(context, Self.maximumChainDepth)
    }

    private func setTrust(_ configuration: Configuration) throws(TLSError) {
        guard let store = SSL_CTX_get_cert_store(self.pointer) else { throw .last(in: "SSL_CTX_get_cert_store") }
        // Whatever the administrator put in the trust store is a root, an intermediate or a single peer's certificate too.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        if configuration.usesSystemRoots { try self.trustSystemRoots(in: store) }
        guard !configuration.trustRootsPEM.isEmpty else { return }
        let roots: [Certificate]
        do { roots = try Certificate.chain(pem: configuration.trustRootsPEM) } catch { throw .unreadable(error) }
        for root in roots {
            guard X509_STORE_add_cert(store, root.handle) == 1 else { throw .last(in: "X509_STORE_add_cert") }
        }
    }

    /// The system's bundle, and its directory of files named by hash.
    ///
    /// Not `X509_STORE_set_default_paths`: with OpenSSL 3 that reads the whole directory in each handshake, once for each certificate
    /// of the chain, in search of a revocation list.
    private func trustSystemRoots(in store: OpaquePointer) throws(TLSError) {
        guard let file = X509_STORE_add_lookup(store, X509_LOOKUP_file()),
            let directory = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir())
        else { throw .last(in: "X509_STORE_add_lookup") }
        // A system may have one of the two only.
        _ = X509_LOOKUP_ctrl(file, X509_L_FILE_LOAD, nil, Int(X509_FILETYPE_DEFAULT), nil)
        guard X509_LOOKUP_ctrl(directory, X509_L_ADD_DIR, nil, Int(X509_FILETYPE_DEFAULT), nil) == 1 else {
            throw .last(in: "X509_LOOKUP_add_dir")
        }
        ERR_clear_error()
    }

    private func setRevocationLists(_ lists: [[UInt8]]) throws(TLSError) {
        guard self.revocation != .off, let store = SSL_CTX_get_cert_store(self.pointer) else { return }
        for der in lists {
            let list: RevocationList
            do { list = try RevocationList(der: der) } catch { throw .unreadable(error) }
            guard X509_STORE_add_crl(store, list.handle) == 1 else { throw .last(in: "X509_STORE_add_crl") }
        }
    }
}

/// Chooses the server's certificate by SNI.
///
/// OpenSSL calls it during the handshake, in both roles.
private func selectCertificate(_ session: OpaquePointer?, _ context: UnsafeMutableRawPointer?) -> CInt {
    guard let session, let context else { return 0 }
    guard SSL_is_server(session) == 1 else { return 1 }  // a client's was set when the session was made
    let identities = Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue().identities(
        for: serverName(of: session)
    )
    SSL_certs_clear(session)
    // Of two with keys of one kind the later one takes the place of the other (`SSL_use_cert_and_key(3)`): the first is wanted.
    return identities.reversed().allSatisfy { $0.use(in: session) } && !identities.isEmpty ? 1 : 0
}

/// The name the client asked for, or, in a client, asks for.
func serverName(of session: OpaquePointer) -> String? {
    SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
}
