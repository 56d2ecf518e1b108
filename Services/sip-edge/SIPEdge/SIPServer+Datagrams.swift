import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import SIPCore
import ServiceKit

/// What one host sends to one UDP listener: the ports it uses are its own business, and no entry in any table.
struct DatagramFlow: Hashable {
    let listener: Int
    let host: String
}

/// A UDP socket that hosts send requests to.
struct DatagramListener {
    var channel: any Channel
    let endpoint: Endpoint
}

/// SIP over UDP: one socket for each listener, and one for each next hop, all on the one event loop
/// ([RFC 3261 §18](https://www.rfc-editor.org/rfc/rfc3261#section-18)).
///
/// ```
///  datagram ─▶ host on the authorization list? ──yes──▶ its flow ─▶ as from any connection
///                └─no─▶ within its few a second? ──yes──▶ parsed, answered 403, forgotten
///                         └─no─▶ dropped unread, counted
/// ```
///
/// There is a flow for each host that the policy names, so that forged sources cost no memory. An answer always goes to the
/// address the datagram came from, whatever Via and `maddr` say: this edge cannot be made to send to others.
extension SIPServer {
    /// How long a listener that an error has closed stays closed.
    private static let reopenTime = TimeAmount.seconds(1)

    func listen(datagrams endpoint: Endpoint) async throws {
        let number = self.datagramListeners.count
        let channel = try await self.bind(datagrams: endpoint, port: endpoint.port, number)
        self.datagramListeners.append(DatagramListener(channel: channel, endpoint: endpoint))
        let port = channel.localAddress?.port ?? endpoint.port
        self.udpPort = self.udpPort ?? port
        self.logger.notice(
            "Listening",
            metadata: ["listen.address": "\(endpoint.host):\(port)", "transport": "udp"]
        )
    }

    private func bind(datagrams endpoint: Endpoint, port: Int, _ number: Int) async throws -> any Channel {
        try await DatagramSocket.listen(
            host: endpoint.host,
            port: port,
            on: self.loop,
            received: { [weak self] channel, datagram in
                self?.assumeIsolated { $0.received(datagram, on: channel, number) }
            },
            readCompleted: { [weak self] in self?.assumeIsolated { $0.flush() } },
            closed: { [weak self] in self?.assumeIsolated { $0.datagramListenerClosed(number) } }
        ).get()
    }

    /// Some errors of a single datagram end a socket; it is opened again.
    private func datagramListenerClosed(_ number: Int) {
        for (flow, id) in self.flows where flow.listener == number { self.connections[id]?.close(on: self.loop) }
        guard !self.isDraining, self.datagramListeners.indices.contains(number) else { return }
        let listener = self.datagramListeners[number]
        self.logger.warning(
            "UDP listener closed by an error; it is opened again",
            metadata: ["listen.address": "\(listener.endpoint.host):\(listener.endpoint.port)"]
        )
        self.loop.assumeIsolated().scheduleTask(in: Self.reopenTime) {
            self.assumeIsolated { $0.reopen(number) }
        }
    }

    private func reopen(_ number: Int) {
        Task {
            guard !self.isDraining else { return }
            let listener = self.datagramListeners[number]
            let port = listener.endpoint.port == 0 ? self.udpPort ?? 0 : listener.endpoint.port
            do {
                self.datagramListeners[number].channel = try await self.bind(
                    datagrams: listener.endpoint,
                    port: port,
                    number
                )
            } catch {
                self.datagramListenerClosed(number)
            }
        }
    }

    // MARK: - What arrives

    private func received(_ datagram: Datagram, on channel: any Channel, _ listener: Int) {
        // From port 0 nothing comes that could be answered.
        guard let host = datagram.source.ipAddress, let port = datagram.source.port, port != 0 else { return }
        let flow = DatagramFlow(listener: listener, host: host)
        if let connection = self.flows[flow].flatMap({ self.connections[$0] }) {
            return connection.assumeIsolated { $0.received(datagram: datagram.bytes, from: port) }
        }
        let isStranger = self.policy.host(host) == nil
        guard !isStranger || self.strangers.take(datagram.source) else {
            return self.metrics.datagramsDropped.increment()
        }
        let connection = self.makeConnection(channel, hop: nil, .udp, first: datagram, isStranger: isStranger)
        self.add(connection)
        if !isStranger { self.flows[flow] = connection.id }
        connection.assumeIsolated { $0.received(datagram: datagram.bytes, from: port) }
        guard isStranger else { return }
        connection.assumeIsolated { $0.flush() }
        self.closed(connection)
    }

    /// Ends the flows of hosts that are not on the list any more.
    func forgetStrangers() {
        for (flow, id) in self.flows where self.policy.host(flow.host) == nil {
            self.flows[flow] = nil
            self.connections[id]?.close(on: self.loop)
        }
    }

    /// The same for a request that comes again, without remembering it ([RFC 3261 §8.2.7](https://www.rfc-editor.org/rfc/rfc3261#section-8.2.7)).
    func tag(forStranger request: Request) -> String {
        var hasher = Hasher()
        hasher.combine(request.headers.topVia?.branch)
        hasher.combine(request.headers.callID)
        return String(UInt(bitPattern: hasher.finalize()), radix: 36)
    }

    // MARK: - Next hops

    /// A socket for one next hop: connected, so that the system says when nobody listens there
    /// ([RFC 3261 §18.4](https://www.rfc-editor.org/rfc/rfc3261#section-18.4)); each time another one of its addresses.
    func datagramSocket(to hop: NextHop, _ addresses: [SocketAddress]) -> EventLoopFuture<any Channel> {
        guard !addresses.isEmpty else { return self.loop.makeFailedFuture(ConnectError.noAddress) }
        let address = addresses[(self.hops[hop]?.addressNumber ?? 0) % addresses.count]
        return DatagramSocket.connect(to: address, on: self.loop) { [weak self] channel in
            try self?.assumeIsolated { try $0.prepare(channel, for: hop, nil) }
        }
    }

    /// Sends a request by TCP that is too large for UDP ([RFC 3261 §18.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1)): to
    /// the same host and port, where there is a next hop; else along the routes.
    func moveToTCP(_ number: UInt64, _ size: Int) {
        guard var transaction = self.clientTransactions.removeValue(forKey: number) else { return }
        guard var hop = transaction.hop else { return self.failOver(transaction, .failure(.tooLargeForUDP(size))) }
        hop.transport = .tcp
        transaction.take(hop)
        transaction.oversize = size
        self.start(transaction)
    }
}

extension ClientTransaction {
    /// Says of a request that was too large for UDP why it could not go otherwise either.
    func explain(_ outcome: SIPOutcome) -> SIPOutcome {
        guard let size = self.oversize, case .failure(let failure) = outcome, failure.reason == .nextHopUnreachable
        else {
            return outcome
        }
        return .failure(.tooLargeForUDP(size))
    }
}

extension DeliveryFailure {
    /// What must not go over UDP ([RFC 3428 §8](https://www.rfc-editor.org/rfc/rfc3428#section-8)).
    fileprivate static func tooLargeForUDP(_ size: Int) -> DeliveryFailure {
        DeliveryFailure(
            .notAcceptable,
            reason: .sizeLimit,
            text:
                "\(size) bytes are more than the \(SIPServer.datagramLimit) that go over UDP, and the SIP server takes no TCP"
        )
    }
}
