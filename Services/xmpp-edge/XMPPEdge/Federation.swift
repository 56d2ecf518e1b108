import Bus
import EdgeKit
import Logging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import Wire
import XMPPCore

/// The XMPP side of the edge as a whole: its listeners, its streams, their end.
final class Federation: Sendable {
    let router: Router
    private let surroundings: Surroundings
    private let limits: ConnectionLimits

    /// How long what is under way may take when the service stops: below the drain deadline of every service.
    private static let drainTimeout = Duration.seconds(10)
    /// How long peers may take to close their half of a stream.
    private static let closeTimeout = Duration.seconds(3)

    init(surroundings: Surroundings, connectionLimits: ConnectionLimits, version: String) {
        self.surroundings = surroundings
        self.router = Router(surroundings: surroundings, version: version)
        self.limits = connectionLimits
    }

    /// What heartbeats tell of it.
    var counters: [EdgeStatus.Counter] { self.surroundings.metrics.counters }

    /// Begins to take connections.
    func listen(on endpoint: Endpoint, isDirectTLS: Bool) async throws -> Listener {
        let listener = try await Listener.bind(
            host: endpoint.host,
            port: endpoint.port,
            on: self.surroundings.loop,
            limits: self.limits,
            logger: self.surroundings.logger,
            refused: { [router, limits] address, refusal in
                router.assumeIsolated { $0.refusedConnection(address, refusal, rule: limits.setting(behind: refusal)) }
            },
            // On a port for direct TLS there is nothing to say before TLS.
            farewell: { isDirectTLS ? nil : Self.farewell(StreamError($0)) },
            accept: { [router] channel in
                try router.assumeIsolated { try $0.accept(channel, isDirectTLS: isDirectTLS) }
            }
        ).get()
        if let address = listener.localAddress { await self.router.listens(on: address) }
        self.surroundings.logger.notice(
            "Listening",
            metadata: [
                "listen.address": "\(listener.localAddress.map { "\($0)" } ?? "\(endpoint)")",
                "listen.tls": "\(isDirectTLS ? "direct" : "starttls")",
            ]
        )
        return listener
    }

    /// A stream of which only the error is left: our header first
    /// ([RFC 6120 §4.9.1.2](https://www.rfc-editor.org/rfc/rfc6120#section-4.9.1.2)), without names, for the peer has named nobody.
    private static func farewell(_ error: StreamError) -> ByteBuffer {
        var writer = StreamWriter()
        writer.open(StreamHeader(from: nil, to: nil, id: "refused", version: "1.0", language: "en"))
        writer.write(error.element)
        writer.closeStream()
        return writer.take(ByteBufferAllocator())
    }

    /// Finishes what is under way, then ends all streams in order.
    func drain() async {
        await self.router.drain()
        await self.wait(Self.drainTimeout) { await $0.isSettled }
        await self.router.shutDown()
        await self.wait(Self.closeTimeout) { await !$0.hasConnections }
    }

    private func wait(_ timeout: Duration, until condition: (Router) async -> Bool) async {
        let end = ContinuousClock.now + timeout
        while ContinuousClock.now < end, !Task.isCancelled {
            if await condition(self.router) { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A page of the live streams.
    func streams(_ query: StreamQuery) async -> StreamPage {
        let now = WallClock.milliseconds()
        let all = await self.router.descriptions.map { $0.liveStream(now: now) }.sorted { $0.id < $1.id }
        let page = all.drop { $0.id <= query.cursor ?? "" }.prefix(max(1, query.limit))
        let hasMore = page.last.map { last in all.contains { $0.id > last.id } } ?? false
        return StreamPage(streams: Array(page), nextCursor: hasMore ? page.last?.id : nil)
    }
}
