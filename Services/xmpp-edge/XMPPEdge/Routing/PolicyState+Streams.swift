import Messaging
import Policy
import XMPPCore

extension PolicyState {
    /// Why the streams of `pair` that live have to end; `nil` if they may go on.
    func endOfStreams(of pair: DomainPair) -> StreamError? {
        guard self.isLocal(pair.local) else {
            return StreamError(.hostGone, text: "this gateway no longer serves that domain")
        }
        return self.objection(toStreamOf: pair)
    }

    /// Why there may be no stream for `pair`; `nil` if one direction at least is allowed.
    func objection(toStreamOf pair: DomainPair) -> StreamError? {
        guard self.isLocal(pair.local) else {
            return StreamError(.hostUnknown, text: "this gateway does not serve that domain")
        }
        let inbound = self.decide(.inbound, .stream, from: pair.remoteAddress, to: pair.localAddress)
        guard let failure = inbound.failure else { return nil }
        if self.decide(.outbound, .stream, from: pair.localAddress, to: pair.remoteAddress).isAllowed { return nil }
        return StreamError(.policyViolation, text: failure.text)
    }
}
