import NIOCore
import Policy
import Wire

/// How the next hops fare: what `isthmusctl route status` shows.
extension SIPServer {
    /// The next hops of all enabled routes, in the order of the routes.
    func nextHops() -> [NextHopStatus] {
        var order: [String] = []
        var found: [String: NextHopStatus] = [:]
        func note(_ status: NextHopStatus, _ route: StaticRoute) {
            if found[status.name] == nil { order.append(status.name) }
            found[status.name, default: status].routes.append(route.id)
        }
        for route in self.policy.allRoutes where route.isEnabled {
            let servers = self.servers(of: route)
            for hop in servers { note(self.status(of: hop), route) }
            if servers.isEmpty { note(self.status(of: ServerQuery(route)), route) }
        }
        return order.compactMap { found[$0] }
    }

    private func status(of hop: NextHop) -> NextHopStatus {
        let state = self.hops[hop, default: NextHopState()]
        let isDown = state.isDown(at: .now())
        return NextHopStatus(
            routes: [],
            name: hop.description,
            state: isDown ? .down : state.heardAt == nil ? state.failure == nil ? .unknown : .down : .up,
            connection: self.words(for: state.link),
            probedAt: self.wallTime(state.probedAt),
            answeredAt: self.wallTime(state.heardAt),
            error: state.failure?.reason ?? "",
            failedAt: self.wallTime(state.failure?.at),
            downUntil: isDown ? self.wallTime(state.downUntil) : 0
        )
    }

    private func status(of query: ServerQuery) -> NextHopStatus {
        let failure = self.locations[query]?.failure
        return NextHopStatus(
            routes: [],
            name: query.description,
            state: failure == nil ? .unknown : .notFound,
            error: failure ?? ""
        )
    }

    private func words(for link: NextHopState.Link) -> String {
        switch link {
        case .none: "not connected"
        case .connecting: "connecting"
        case .open(let id): self.connections[id]?.hop == nil ? "connected by the peer" : "connected"
        }
    }

    /// A time of the loop's clock, in milliseconds since 1970; 0 for none.
    private func wallTime(_ time: NIODeadline?) -> Int64 {
        guard let time else { return 0 }
        return self.now + (time - .now()).nanoseconds / 1_000_000
    }
}
