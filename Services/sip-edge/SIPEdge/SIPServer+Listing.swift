import Policy
import ServiceKit
import TLS
import Wire

/// What the console and `isthmusctl` are told of this edge.
extension SIPServer {
    /// Connections of one page at most.
    private static let pageLimit = 1_000

    /// A page of the live connections, in the order in which they were made.
    func streams(_ query: StreamQuery) -> StreamPage {
        let first = query.cursor.flatMap { ConnectionID($0) } ?? 0
        let limit = max(1, min(query.limit, Self.pageLimit))
        let listed = self.connections.keys.filter { $0 >= first }.sorted()
        return StreamPage(
            streams: listed.prefix(limit).compactMap { self.connections[$0] }.map { self.describe($0) },
            nextCursor: listed.count > limit ? String(listed[limit]) : nil
        )
    }

    private func describe(_ connection: SIPConnection) -> LiveStream {
        let peer = self.peers[connection.id]
        let names = peer?.certificate.map { $0.isTrusted ? $0.dnsNames : [] } ?? []
        let (received, sent, security, port) = connection.assumeIsolated {
            ($0.receivedCount, $0.sentCount, $0.security, $0.remotePort)
        }
        return LiveStream(
            id: "\(self.instance).\(connection.id)",
            direction: connection.hop == nil ? .inbound : .outbound,
            localDomains: self.policy.domains.keys.sorted(),
            remoteDomains: names.isEmpty ? connection.hop.map { [$0.host] } ?? [] : names,
            peerAddress: "\(connection.remoteAddress.bracketed):\(port)",
            security: security ?? connection.transport.rawValue,
            authentication: !connection.isKnownByCertificate ? "address" : names.isEmpty ? "none" : "mutual-tls",
            state: peer == nil ? "negotiating" : "established",
            establishedAt: connection.establishedAt,
            received: received,
            sent: sent
        )
    }

    /// Numbers for the status of this edge.
    nonisolated var counters: [EdgeStatus.Counter] {
        var counters = [
            EdgeStatus.Counter(name: "connections", value: Int64(self.metrics.connections.value)),
            EdgeStatus.Counter(name: "subscriptions", value: Int64(self.metrics.subscriptions.value)),
            EdgeStatus.Counter(name: "messages-to-sip", value: Int64(clamping: self.metrics.messagesToSIP.value)),
            EdgeStatus.Counter(name: "messages-from-sip", value: Int64(clamping: self.metrics.messagesFromSIP.value)),
        ]
        if self.configuration.fips != .off {
            counters.append(EdgeStatus.Counter(name: "fips-provider", value: FIPSProvider.isActive ? 1 : 0))
        }
        return counters
    }
}
