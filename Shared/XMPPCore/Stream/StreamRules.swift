/// How a stream with one partner may be authenticated: the methods column of the negotiation table (SPEC §3).
public struct StreamRules: Equatable, Sendable {
    /// SASL EXTERNAL inside TLS ([XEP-0178](https://xmpp.org/extensions/xep-0178.html)).
    public var allowsExternal: Bool
    /// Dialback inside TLS ([XEP-0220](https://xmpp.org/extensions/xep-0220.html)).
    public var allowsDialbackOverTLS: Bool
    /// Dialback without TLS.
    public var allowsDialbackInClear: Bool
    /// Whether the partner expects signs of life.
    public var sendsKeepAlives: Bool

    public init(
        allowsExternal: Bool,
        allowsDialbackOverTLS: Bool,
        allowsDialbackInClear: Bool,
        sendsKeepAlives: Bool = true
    ) {
        self.allowsExternal = allowsExternal
        self.allowsDialbackOverTLS = allowsDialbackOverTLS
        self.allowsDialbackInClear = allowsDialbackInClear
        self.sendsKeepAlives = sendsKeepAlives
    }

    /// Whether TLS leads anywhere.
    public var allowsTLS: Bool { self.allowsExternal || self.allowsDialbackOverTLS }
    /// Whether nothing is possible without it.
    public var requiresTLS: Bool { !self.allowsDialbackInClear }

    /// Whether a stream may be used that was authenticated so.
    public func allows(_ method: AuthenticationMethod) -> Bool {
        switch method {
        case .external: self.allowsExternal
        case .dialbackOverTLS: self.allowsDialbackOverTLS
        case .dialbackInClear: self.allowsDialbackInClear
        }
    }

    /// Whether dialback is allowed on a stream as it is now.
    public func allowsDialback(isSecured: Bool) -> Bool {
        isSecured ? self.allowsDialbackOverTLS : self.allowsDialbackInClear
    }
}

/// What the certificate of a TLS peer says about the domain the peer claims.
public enum CertificateVerdict: Equatable, Sendable {
    /// There is none, or no TLS.
    case absent
    /// It is trusted and names the domain.
    case valid
    /// It is not trusted, or names others; why, in words.
    case invalid(String)
    /// The same, but the domain may have published its key in DNS: worth a look
    /// ([RFC 7712 §5](https://www.rfc-editor.org/rfc/rfc7712#section-5)).
    case provable(String)
}

/// How a domain pair was authenticated.
public enum AuthenticationMethod: String, Equatable, Hashable, Sendable, CaseIterable {
    case external = "sasl-external"
    case dialbackOverTLS = "tls-dialback"
    case dialbackInClear = "tcp-dialback"

    public static func dialback(isSecured: Bool) -> Self { isSecured ? .dialbackOverTLS : .dialbackInClear }
}

/// How long a stream may take, and may be silent.
public struct StreamTimings: Equatable, Sendable {
    /// From connection to authentication.
    public var establishment: Duration
    /// Between two signs of life of ours; `nil` to send none.
    public var keepAlive: Duration?
    /// Without anything from the peer.
    public var inactivity: Duration

    public init(
        establishment: Duration = .seconds(60),
        keepAlive: Duration? = .seconds(300),
        inactivity: Duration = .seconds(600)
    ) {
        self.establishment = establishment
        self.keepAlive = keepAlive
        self.inactivity = inactivity
    }
}
