import Messaging
import ServiceKit
import XMPPCore

/// Stanzas for the XMPP server of a split domain, which go over the component's connection (SPEC §7).
extension OutboundStreams {
    /// Opens a route over the component's connection, if its stanzas go there and it stands.
    func useComponent(_ key: RouteKey) -> Bool {
        guard key.purpose == .traffic,
            let link = self.router.assumeIsolated({ $0.component(for: key.pair) })
        else { return false }
        link.assumeIsolated { $0.carries(key.pair) }
        self.routes[key, default: OutboundRoute()].phase = .open(link)
        return true
    }

    /// Whether stanzas of a route never go over a stream between servers.
    func isForComponent(_ key: RouteKey) -> Bool {
        key.purpose == .traffic && self.router.assumeIsolated { $0.isForComponent(key.pair) }
    }

    /// Bounces what waits: the server that has the recipients is not there.
    func refuseDetached(_ key: RouteKey) {
        let failure = DeliveryFailure(
            .remoteServerTimeout,
            reason: .nextHopUnreachable,
            text: "the XMPP server of \(key.pair.remote) is not attached at the moment"
        )
        while let entry = self.routes[key]?.queue.popFirst() {
            self.surroundings.metrics.queued.decrement()
            self.refuse(entry, key, failure)
        }
        self.routes[key] = nil
    }

    /// The component's connection has ended: what was not written is bounced.
    func ended(_ link: ComponentLink, _ end: StreamEnd) { self.release(link, end) }

    /// The domains may be split no longer.
    func reconsiderComponent(_ key: RouteKey, _ link: ComponentLink) {
        if self.router.assumeIsolated({ $0.component(for: key.pair) }) !== link { self.leave(key, .closed) }
    }
}
