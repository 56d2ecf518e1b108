/// A SIP host we accept requests from: a row of LCS's Host Authorization tab (SPEC §5).
public struct HostAuthorization: Equatable, Sendable {
    /// An FQDN (matched against a TLS peer's certificate) or an IP address (matched against the peer's address).
    public var host: String
    public var outboundOnly: Bool
    public var throttleAsServer: Bool
    public var treatAsAuthenticated: Bool

    public init(
        host: String,
        outboundOnly: Bool = false,
        throttleAsServer: Bool = true,
        treatAsAuthenticated: Bool = true
    ) {
        self.host = host
        self.outboundOnly = outboundOnly
        self.throttleAsServer = throttleAsServer
        self.treatAsAuthenticated = treatAsAuthenticated
    }
}
