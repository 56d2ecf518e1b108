import Messaging
import Policy
import SIPCore

/// Whether a request of a peer is looked at at all (SPEC §5): a pure function, asked for each request, so that a change of
/// the policy takes effect at once.
enum Admission {
    /// What our branches begin with, on every edge: a request that bears one has been here before.
    static let branchPrefix = Via.magicCookie + "isthmus."

    /// Bears the name of the gateway in every request we send, for those who replace Via (SPEC §7).
    static let marker = HeaderName("Isthmus-Loop")

    /// Looks at a request before anything else does.
    ///
    /// - Parameters:
    ///   - request: What the peer wants.
    ///   - peer: Who is at the other end of the connection.
    ///   - policy: The policy in use.
    ///   - agent: The name under which we mark our requests.
    /// - Returns: Why not; `nil` when it is admitted.
    static func objection(
        to request: Request,
        from peer: PeerIdentity,
        policy: PolicyState,
        agent: String
    ) -> DeliveryFailure? {
        guard let host = peer.authorization(in: policy) else {
            return DeliveryFailure(
                .forbidden,
                reason: .hostNotAuthorized,
                text: peer.isKnownByCertificate && peer.certificate == nil
                    ? "a client certificate is required" : "this host is not on the host authorization list"
            )
        }
        guard !host.outboundOnly else {
            return DeliveryFailure(.forbidden, reason: .hostOutboundOnly, text: "this host is authorized outbound only")
        }
        if self.isLoop(request, agent) {
            return DeliveryFailure(.badRequest, reason: .loop, text: "the request has been here before", sipStatus: 482)
        }
        // A question about ourselves speaks for nobody.
        guard request.method != .options else { return nil }
        return self.senderObjection(to: request, from: peer, host: host, policy: policy)
    }

    /// Whether one of our edges has already sent this request: its Via is in it
    /// ([RFC 3261 §16.3](https://www.rfc-editor.org/rfc/rfc3261#section-16.3)).
    private static func isLoop(_ request: Request, _ agent: String) -> Bool {
        if request.headers.all(self.marker).contains(agent) { return true }
        return request.headers.all(.via).contains { value in
            self.holdsBranchOfOurs(value)
                && Via.list(parsing: value)?.contains { $0.branch?.hasPrefix(self.branchPrefix) == true } == true
        }
    }

    private static let branchBytes = Array(Self.branchPrefix.utf8)

    /// Whether ``branchPrefix`` is somewhere in `value`, by bytes: each Via of each request is looked at, and comparing characters
    /// took an eighth of what sip-edge did.
    private static func holdsBranchOfOurs(_ value: String) -> Bool {
        let (value, mark) = (Array(value.utf8), self.branchBytes)
        return value.indices.dropLast(mark.count - 1).contains { start in
            value[start] == mark[0] && value[start...].starts(with: mark)
        }
    }

    /// The From of a request must be one that this peer may speak for.
    private static func senderObjection(
        to request: Request,
        from peer: PeerIdentity,
        host: HostAuthorization,
        policy: PolicyState
    ) -> DeliveryFailure? {
        guard let domain = request.headers.from?.sipURI?.host else {
            return DeliveryFailure(.badRequest, reason: .malformed, text: "From is no SIP URI")
        }
        guard policy.isLocal(domain) else {
            return DeliveryFailure(
                .forbidden,
                reason: .fromNotBoundToPeer,
                text: "the domain of From is not a SIP domain of this gateway"
            )
        }
        guard peer.isKnownByCertificate || !host.treatAsAuthenticated else { return nil }
        let routes = policy.routes(to: Address(user: nil, domain: domain))
        guard peer.isProven(for: domain, routes: routes) else {
            return DeliveryFailure(
                .forbidden,
                reason: .fromNotBoundToPeer,
                text: peer.isKnownByCertificate
                    ? "the certificate does not allow to speak for the domain of From"
                    : "this host must prove the domain of From by a certificate"
            )
        }
        return nil
    }
}
