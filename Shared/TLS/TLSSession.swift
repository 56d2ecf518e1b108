internal import COpenSSL

/// One TLS connection without a socket: encrypted bytes go to and come from its `TLSTransport`.
///
/// Not Sendable: it belongs to the event loop of its connection. A session that has thrown is finished.
public final class TLSSession {
    /// What `read` found.
    public enum ReadOutcome: Equatable {
        /// So many bytes were decrypted.
        case bytes(Int)
        /// Nothing until more comes from the peer.
        case needsMore
        /// The peer sent close_notify: there will be nothing more. Sending is still possible.
        case closed
    }

    /// Owns the session, so it is there whenever OpenSSL calls.
    weak var transport: (any TLSTransport)?
    /// The application protocols of a server.
    let protocols: [String]
    private let context: TLSContext
    let pointer: OpaquePointer

    // MARK: What verification leaves here

    /// Why the chain was refused, where OpenSSL's text says too little.
    var refusal: String?
    /// A revocation list that nobody vouches for.
    var distrustedList: OpaquePointer?
    /// The revocation list that OpenSSL looked at last.
    var latestList: OpaquePointer?
    /// Whether each certificate of the chain may serve TLS clients.
    var isChainForClients = false

    public init(_ context: TLSContext, role: TLSRole, transport: any TLSTransport) throws(TLSError) {
        ERR_clear_error()
        guard let session = SSL_new(context.pointer) else { throw .last(in: "SSL_new") }
        self.pointer = session
        self.context = context
        self.transport = transport
        switch role {
        case .server(_, let alpn): self.protocols = alpn
        case .client: self.protocols = []
        }
        SSL_set_ex_data(session, 0, Unmanaged.passUnretained(self).toOpaque())
        guard let bio = TransportBIO.make(for: self) else { throw .last(in: "BIO_new") }
        SSL_set_bio(session, bio, bio)
        switch role {
        case .server(let requestClientCertificate, _):
            SSL_set_verify(session, requestClientCertificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
            SSL_set_accept_state(session)
        case .client(let serverName, let alpn, let identity, let associations):
            SSL_set_verify(session, SSL_VERIFY_PEER, nil)
            SSL_set_connect_state(session)
            try self.prepareClient(serverName: serverName, alpn: alpn, identity: identity)
            try self.demand(associations, in: session)
        }
    }

    deinit { SSL_free(self.pointer) }

    /// The session object of OpenSSL's `session`.
    static func of(_ session: OpaquePointer) -> TLSSession? {
        SSL_get_ex_data(session, 0).map { Unmanaged<TLSSession>.fromOpaque($0).takeUnretainedValue() }
    }

    /// What revocation lists count for.
    var revocation: RevocationMode { self.context.revocation }

    private func prepareClient(serverName: String?, alpn: [String], identity: String?) throws(TLSError) {
        if let serverName, !serverName.contains(":"), !serverName.isEmpty {
            // An IP address is not a DomainName, and is not sent (RFC 6066 § 3).
            if let domain = DomainName(serverName) {
                guard isthmus_SSL_set_host_name(self.pointer, domain.text) == 1 else {
                    throw .invalidServerName(serverName)
                }
            } else if !serverName.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) {
                throw .invalidServerName(serverName)
            }
        }
        let protocols = ALPN.encode(alpn)
        if !protocols.isEmpty, SSL_set_alpn_protos(self.pointer, protocols, CUnsignedInt(protocols.count)) != 0 {
            throw .last(in: "SSL_set_alpn_protos")
        }
        guard let identity else { return }
        let identities = self.context.identities(named: identity)
        guard !identities.isEmpty else { throw .unknownIdentity(identity) }
        // The first of a kind of key is wanted, and the last one counts.
        for identity in identities.reversed() where !identity.use(in: self.pointer) {
            throw .last(in: "SSL_use_cert_and_key")
        }
    }
}

extension TLSSession {
    /// Goes on with the handshake as far as the bytes at hand allow.
    ///
    /// - Returns: whether it is complete.
    public func handshake() throws(TLSError) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(self.pointer)
        guard result != 1 else { return true }
        switch SSL_get_error(self.pointer, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
        case SSL_ERROR_ZERO_RETURN: throw .closedDuringHandshake
        default: throw .handshakeFailed(TLSError.drainQueue())
        }
    }

    /// Decrypts what fits into `buffer`, at most one record.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSError) -> ReadOutcome {
        ERR_clear_error()
        var count = 0
        let result = SSL_read_ex(self.pointer, buffer.baseAddress, buffer.count, &count)
        guard result != 1 else { return .bytes(count) }
        switch SSL_get_error(self.pointer, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsMore
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: throw .protocolFailure(TLSError.drainQueue())
        }
    }

    /// How many bytes of a decrypted record wait to be read.
    public var pendingBytes: Int { Int(SSL_pending(self.pointer)) }

    /// Encrypts all of `bytes`, once the handshake is complete.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(TLSError) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        var count = 0
        guard SSL_write_ex(self.pointer, bytes.baseAddress, bytes.count, &count) == 1 else {
            throw .protocolFailure(TLSError.drainQueue())
        }
    }

    /// Says close_notify to the peer, which may still send.
    ///
    /// Does nothing before the handshake is complete, or twice.
    public func close() {
        guard SSL_is_init_finished(self.pointer) == 1 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(self.pointer)
        ERR_clear_error()
    }
}

extension TLSSession {
    /// What the finished handshake agreed on.
    public var summary: TLSHandshakeCompleted {
        TLSHandshakeCompleted(
            peer: self.peerCertificate,
            protocolVersion: String(cString: SSL_get_version(self.pointer)),
            cipher: SSL_get_current_cipher(self.pointer).map { String(cString: SSL_CIPHER_get_name($0)) } ?? "",
            alpn: self.applicationProtocol,
            serverName: serverName(of: self.pointer)
        )
    }

    /// The channel binding `tls-exporter` ([RFC 9266](https://www.rfc-editor.org/rfc/rfc9266)), after the handshake.
    public var channelBinding: [UInt8]? {
        let label = "EXPORTER-Channel-Binding"
        var key = [UInt8](repeating: 0, count: 32)
        let result = SSL_export_keying_material(
            self.pointer,
            &key,
            key.count,
            label,
            label.utf8.count,
            nil,
            0,
            1
        )
        ERR_clear_error()
        return result == 1 ? key : nil
    }

    private var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        SSL_get0_alpn_selected(self.pointer, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    private var peerCertificate: PeerCertificate? {
        guard let leaf = SSL_get0_peer_certificate(self.pointer) else { return nil }
        var chain = [Certificate.shared(leaf)]
        // In a client the list begins with the peer's own certificate, in a server it does not.
        let sent = SSL_get_peer_cert_chain(self.pointer)
        for index in 0..<max(0, isthmus_sk_X509_num(sent)) {
            guard let pointer = isthmus_sk_X509_value(sent, index) else { continue }
            if index > 0 || SSL_is_server(self.pointer) == 1 { chain.append(.shared(pointer)) }
        }
        let result = SSL_get_verify_result(self.pointer)
        let text = X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "error \(result)"
        let reason = self.refusal ?? text
        let isTrusted = result == Int(X509_V_OK)
        var peer = PeerCertificate(chain, verification: isTrusted ? .trusted : .untrusted(reason))
        // What may identify a client is what all of the chain allows.
        if isTrusted, !self.isChainForClients { peer?.hasClientAuth = false }
        if isTrusted {
            peer?.daneUsage = self.daneUsage
            peer?.validUntil = self.validUntil(SSL_get0_verified_chain(self.pointer))
        }
        return peer
    }

    /// When the first certificate of `chain`, which was verified, expires; never for a key that its domain has published, whose dates do not
    /// count ([RFC 7671 §5.1](https://www.rfc-editor.org/rfc/rfc7671#section-5.1)).
    func validUntil(_ chain: OpaquePointer?) -> Int64 {
        guard self.daneUsage != .endEntity else { return .max }
        return (0..<max(0, isthmus_sk_X509_num(chain))).compactMap { index in
            isthmus_sk_X509_value(chain, index).map { Certificate.seconds(X509_get0_notAfter($0)) }
        }.min() ?? .max
    }

    /// The kind of TLSA record that matched.
    var daneUsage: DANEUsage? {
        var usage: UInt8 = 0
        guard SSL_get0_dane_tlsa(self.pointer, &usage, nil, nil, nil, nil) >= 0 else { return nil }
        return DANEUsage(rawValue: usage)
    }
}

extension Certificate {
    /// Takes a reference of its own to `pointer`, which belongs to OpenSSL.
    fileprivate static func shared(_ pointer: OpaquePointer) -> Certificate {
        X509_up_ref(pointer)
        return Certificate(owning: pointer)
    }
}
