/// Which side of a TLS connection this is, and what it asks for.
public enum TLSRole: Sendable, Hashable {
    /// - requestClientCertificate: asks the client for a certificate; the handshake goes on if it has none.
    /// - alpn: the protocols spoken here, the preferred one first; empty ignores what the client offers.
    case server(requestClientCertificate: Bool, alpn: [String] = [])

    /// - serverName: sent as SNI, in A-label form; nil or an IP address sends none.
    /// - alpn: the protocols offered.
    /// - identity: the name of the context's identity that is shown to a server that asks; nil shows none.
    /// - associations: the server's TLSA records, proven by DNSSEC; where any is usable, one must match.
    case client(
        serverName: String?,
        alpn: [String] = [],
        identity: String? = nil,
        associations: [TLSAssociation] = []
    )
}

/// What a finished handshake agreed on.
///
/// `TLSHandler` of NetworkKit fires it as a user event.
public struct TLSHandshakeCompleted: Sendable, Hashable {
    /// The peer's certificate; nil if it showed none.
    public var peer: PeerCertificate?
    /// `TLSv1.3`.
    public var protocolVersion: String
    /// `TLS_AES_256_GCM_SHA384`.
    public var cipher: String
    /// The agreed application protocol.
    public var alpn: String?
    /// The name the client asked for.
    public var serverName: String?
}
