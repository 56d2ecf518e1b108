import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit
import Wire

/// Requests of our dialogs that came to another edge, which has handed them to us (docs/adr/0013-dialogs-name-their-edge.md).
extension SIPServer {
    /// The number of no connection.
    private static let noConnection: ConnectionID = 0

    /// Serves a request of a dialog of ours that came to another edge, which has admitted it.
    ///
    /// - Returns: the bytes of the final response, none where there is none; `nil` for what is no request
    func receivedRelayed(_ relay: SIPRelay) async -> [UInt8]? {
        guard case .request(let request)? = self.message(in: relay.request) else { return nil }
        let response: Response? = await withCheckedContinuation { continuation in
            self.serve(request, relay) { continuation.resume(returning: $0) }
            self.flush()
        }
        return response.map { MessageWriter.bytes(of: $0) } ?? []
    }

    private func serve(_ request: Request, _ relay: SIPRelay, _ reply: @escaping @Sendable (Response?) -> Void) {
        self.metrics.requests.increment()
        guard let key = ServerTransactionKey(request, via: request.headers.topVia) else { return reply(nil) }
        guard request.method != .ack else {
            self.receivedACK(request, key)
            return reply(nil)
        }
        // The edge it came to absorbs what is resent.
        guard self.serverTransactions[key] == nil, self.relays[key] == nil else { return reply(nil) }
        guard self.serverTransactions.count <= self.configuration.limits.transactions else {
            return reply(request.response(Status(503), tag: self.newTag()))
        }
        self.serverTransactions[key] = ServerTransaction(
            request,
            messageID: MessageID(self.uniqueName()),
            connection: Self.noConnection,
            peer: PeerIdentity(address: relay.peerAddress, isKnownByCertificate: relay.isTLS, certificate: nil),
            tag: self.newTag(),
            // Whatever the peer used, what is resent ends at the edge it came to.
            transport: .tcp,
            isStranger: false
        )
        self.relays[key] = Relay(contact: relay.contact, reply: reply)
        self.dispatch(request, key)
    }

    /// The same as a place for a session description.
    func place(answering key: ServerTransactionKey) -> (host: String, port: UInt16)? {
        guard let relay = self.relays[key] else {
            return self.serverTransactions[key].flatMap { self.connections[$0.connection] }.map { self.place($0) }
        }
        return NameAddress(parsing: relay.contact)?.sipURI.map { ($0.host.filter { !"[]".contains($0) }, $0.port ?? 0) }
    }

    /// Where a peer reaches us that has sent a request: the end of its connection, with whichever edge that is.
    func contact(answering key: ServerTransactionKey) -> String? {
        guard let transaction = self.serverTransactions[key] else { return nil }
        let contact =
            self.relays[key]?.contact ?? self.connections[transaction.connection].map { self.contact($0) }
        return transaction.request.asksForSIPS ? contact.map(Self.sips) : contact
    }
}
