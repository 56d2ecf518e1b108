import Policy
import XMPPCore

extension StreamRules {
    /// What the negotiation table leaves of methods for streams with `partner` (SPEC §3).
    init(_ partner: Partner) {
        let rule = partner.negotiation
        self.init(
            allowsExternal: rule.allows(.saslTLS),
            allowsDialbackOverTLS: rule.allows(.tlsDialback),
            allowsDialbackInClear: rule.allows(.tcpDialback),
            sendsKeepAlives: partner.keepAlive
        )
    }

    /// As long as a peer has not said who it is: it may begin TLS, and name itself by dialback.
    static let unknownPeer = StreamRules(
        allowsExternal: false,
        allowsDialbackOverTLS: true,
        allowsDialbackInClear: true
    )
}

extension StreamTimings {
    init(_ settings: GatewaySettings) {
        self.init(
            establishment: .seconds(settings.streamEstablishmentTimeout),
            keepAlive: .seconds(settings.keepAliveInterval),
            inactivity: .seconds(settings.streamInactivityTimeout)
        )
    }
}
