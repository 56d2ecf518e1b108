import Bus
import Hummingbird
import Policy
import Wire

/// How the gateway fares: the live edges, their streams, what there is to say about the configuration.
struct StatusRoutes: Sendable {
    /// Pages of streams taken from one edge for one answer.
    private static let maximumStreamPages = 20

    let engine: PolicyEngine
    let others: any OtherServices
    let instance: String
    let programVersion: String
    let startedAt: Int64

    func add(to router: RouterGroup<APIContext>) {
        router.get("status") { _, _ in await self.status() }
        router.get("edges") { _, _ in
            let state = await self.engine.state
            var items: [DocumentValue] = []
            for edge in await self.engine.edges {
                let version: Int? =
                    if let status = edge.status { await self.engine.version(inUseBy: status) } else { nil }
                items.append(edge.document(comparedTo: state, version: version))
            }
            return Response(document: ["items": .list(items)])
        }
        router.get("streams") { _, _ in await self.streams() }
        router.get("next-hops") { _, _ in await self.nextHops() }
    }

    private func status() async -> Response {
        let (state, version) = await self.engine.present
        let (edges, findings) = await (self.engine.edges, self.engine.findings())
        return Response(
            document: [
                "version": .integer(version),
                "program": .text(self.programVersion),
                "instance": .text(self.instance),
                "started-at": DocumentValue(milliseconds: self.startedAt),
                "policy": ["epoch": .text(state.epoch), "sequence": .integer(Int(clamping: state.sequence))],
                "counts": [
                    "domains": .integer(state.domains.count),
                    "partners": .integer(state.partners.count),
                    "users": .integer(state.userCount),
                    "routes": .integer(state.allRoutes.count),
                    "hosts": .integer(state.hostCount),
                    "xmpp-edges": .integer(edges.count { $0.edge.kind == .xmpp }),
                    "sip-edges": .integer(edges.count { $0.edge.kind == .sip }),
                ],
                "findings": .list(findings.map(\.document)),
            ],
            version: version
        )
    }

    /// Asks every live edge; one that does not answer is named, and hides none of the others.
    private func streams() async -> Response {
        let edges = await self.engine.edges.map(\.edge)
        let answers = await withTaskGroup(of: (Int, [DocumentValue], String?).self) { group in
            for (index, edge) in edges.enumerated() {
                group.addTask { await self.streams(of: edge, index) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }.sorted { $0.0 < $1.0 }
        return Response(document: [
            "items": .list(answers.flatMap(\.1)),
            "unanswered": .list(answers.compactMap { $0.2.map { .text($0) } }),
        ])
    }

    /// What every live sip-edge sees of the servers that static routes lead to.
    private func nextHops() async -> Response {
        let edges = await self.engine.edges.map(\.edge).filter { $0.kind == .sip }
        let answers = await withTaskGroup(of: (Int, [DocumentValue], String?).self) { group in
            for (index, edge) in edges.enumerated() {
                group.addTask { await self.nextHops(of: edge, index) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }.sorted { $0.0 < $1.0 }
        return Response(document: [
            "items": .list(answers.flatMap(\.1)),
            "unanswered": .list(answers.compactMap { $0.2.map { .text($0) } }),
        ])
    }

    private func nextHops(of edge: EdgeRecord, _ index: Int) async -> (Int, [DocumentValue], String?) {
        do throws(BusFailure) {
            let query = StreamQuery(wantsNextHops: true)
            guard case .streamPage(let page) = try await self.others.ask(.streamQuery(query), of: edge) else {
                return (index, [], "\(edge.instance): it answered something else")
            }
            return (index, page.nextHops.map { $0.document(of: edge) }, nil)
        } catch {
            return (index, [], "\(edge.instance): \(error)")
        }
    }

    private func streams(of edge: EdgeRecord, _ index: Int) async -> (Int, [DocumentValue], String?) {
        var found: [DocumentValue] = []
        var query = StreamQuery()
        for _ in 0..<Self.maximumStreamPages {
            do throws(BusFailure) {
                guard case .streamPage(let page) = try await self.others.ask(.streamQuery(query), of: edge) else {
                    return (index, found, "\(edge.instance): it answered something else")
                }
                found += page.streams.map { $0.document(of: edge) }
                guard let cursor = page.nextCursor else { return (index, found, nil) }
                query.cursor = cursor
            } catch {
                return (index, found, "\(edge.instance): \(error)")
            }
        }
        return (index, found, "\(edge.instance): it has more streams than are shown")
    }
}

extension EdgeRegistry.Entry {
    func document(comparedTo state: PolicyState, version: Int?) -> DocumentValue {
        let isCurrent = self.status.map { $0.policyEpoch == state.epoch && $0.policySequence == state.sequence }
        return [
            "instance": .text(self.edge.instance),
            "kind": .text(self.edge.kind.rawValue),
            "endpoint": .text(self.edge.endpoint),
            "public-addresses": DocumentValue(texts: self.edge.publicAddresses),
            "draining": .flag(self.edge.isDraining),
            "attached-domains": DocumentValue(texts: self.edge.attachedDomains),
            "last-heard": DocumentValue(milliseconds: self.lastHeard.wall),
            "program": DocumentValue(optional: self.status?.programVersion),
            "started-at": DocumentValue(milliseconds: self.status?.startedAt ?? 0),
            "policy-sequence": self.status.map { .integer(Int(clamping: $0.policySequence)) } ?? .null,
            "policy-version": version.map { .integer($0) } ?? .null,
            "policy-current": DocumentValue(optional: isCurrent),
            "certificates-version": self.status.map { .integer(Int(clamping: $0.certificatesVersion)) } ?? .null,
            "counters": .object((self.status?.counters ?? []).map { .init($0.name, .integer(Int($0.value))) }),
        ]
    }
}

extension NextHopStatus {
    func document(of edge: EdgeRecord) -> DocumentValue {
        [
            "edge": .text(edge.instance),
            "next-hop": .text(self.name),
            "routes": DocumentValue(texts: self.routes),
            "state": .text(self.state.rawValue),
            "connection": .text(self.connection),
            "last-probe": DocumentValue(milliseconds: self.probedAt),
            "last-answer": DocumentValue(milliseconds: self.answeredAt),
            "last-error": .text(self.error),
            "failed-at": DocumentValue(milliseconds: self.failedAt),
            "tried-last-until": DocumentValue(milliseconds: self.downUntil),
        ]
    }
}

extension LiveStream {
    func document(of edge: EdgeRecord) -> DocumentValue {
        [
            "id": .text(self.id),
            "edge": .text(edge.instance),
            "kind": .text(edge.kind.rawValue),
            "direction": .text(self.direction.rawValue),
            "local-domains": DocumentValue(texts: self.localDomains),
            "remote-domains": DocumentValue(texts: self.remoteDomains),
            "peer": .text(self.peerAddress),
            "security": .text(self.security),
            "authentication": .text(self.authentication),
            "state": .text(self.state),
            "established-at": DocumentValue(milliseconds: self.establishedAt),
            "received": .integer(Int(clamping: self.received)),
            "sent": .integer(Int(clamping: self.sent)),
        ]
    }
}
