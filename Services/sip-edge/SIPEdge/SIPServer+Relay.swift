import Bus
import Directory
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit
import Wire

/// The way back of a request that another edge has handed to us.
struct Relay {
    /// The end of the connection that the peer has with that edge.
    let contact: String
    /// Takes the final response; `nil` where there is none.
    let reply: @Sendable (Response?) -> Void
}

/// A request for the owner of its dialog.
struct RelayedRequest {
    let message: SIPRelay
    /// `nil` for an ACK, which nobody answers.
    let key: ServerTransactionKey?
    /// Whether its answer is the fate of a message: then the owner may take its time, and nobody else may serve it in its place.
    let awaitsFate: Bool
    let owner: EdgeRecord
    let messageID: MessageID?
}

/// Requests in dialogs that another sip-edge has, as behind a load balancer (docs/adr/0013-dialogs-name-their-edge.md): they are handed to
/// that edge, and its answer goes out by the connection the request came on.
extension SIPServer {
    /// How long an owner may take that asks the XMPP side: as long as an answer of that, and less than Timer F of the peer.
    private static let relayPatience = Duration.seconds(25)
    /// How long one may take that knows the answer.
    private static let shortRelayPatience = Duration.seconds(5)
    /// What may wait behind a request of the same dialog.
    private static let relayQueueLimit = 100
    /// The number of no connection.
    private static let noConnection: ConnectionID = 0

    // MARK: - To the owner

    /// The edge that has the dialog of a request, or is to have it, if that is another one and alive.
    ///
    /// When it is gone the request is looked at here, where no such dialog is found: 481 tells the peer to make another one. A subscription
    /// is to be where what the contact says of itself arrives, and a session where its answers do: at the owner of the two users.
    func otherOwner(of request: Request) -> EdgeRecord? {
        guard self.sipEdgeCount > 1 else { return nil }
        guard let tag = request.headers.to?.tag else {
            guard request.method == .subscribe || request.method == .invite,
                let addresses = try? SIPMessageMapping.addresses(of: request),
                let owner = self.directory.owner(ofLocalUser: addresses.from, contact: addresses.to)
            else { return nil }
            return owner.instance == self.bus.instance ? nil : owner
        }
        guard let tag = DialogTag(tag), tag.edge != self.instance else { return nil }
        return self.policy.edges.values.first {
            $0.kind == .sip && $0.instance.suffix(DialogTag.edgeLength) == tag.edge
        }
    }

    func relay(_ request: Request, _ key: ServerTransactionKey, to owner: EdgeRecord, _ connection: SIPConnection) {
        self.enqueue(request, key, owner, connection)
    }

    /// An ACK of a 2xx belongs to the dialog, and is admitted like any other request.
    func relayACK(_ request: Request, _ peer: PeerIdentity, _ connection: SIPConnection) {
        guard let owner = self.otherOwner(of: request),
            Admission.objection(to: request, from: peer, policy: self.policy, agent: self.agent(for: connection)) == nil
        else { return }
        self.refreshAcknowledged(Dialog.ID(of: request), request.headers.cSeq?.number ?? 0)
        self.enqueue(request, nil, owner, connection)
    }

    /// One request of a dialog is with its owner at a time, so that they arrive there in order.
    private func enqueue(
        _ request: Request,
        _ key: ServerTransactionKey?,
        _ owner: EdgeRecord,
        _ connection: SIPConnection
    ) {
        let id = Dialog.ID(of: request)
        // Whoever waits for the fate of a first message is told that it is being looked at (RFC 3261 §17.2.1).
        if let key, request.method == .invite {
            self.sessionTimers.insert(.trying(key), at: .now() + TimeAmount(InviteServerTransaction.tryingDelay))
        }
        let relayed = RelayedRequest(
            message: SIPRelay(
                request: MessageWriter.bytes(of: request),
                peerAddress: connection.remoteAddress,
                isTLS: connection.isKnownByCertificate,
                contact: self.contact(connection)
            ),
            key: key,
            awaitsFate: request.method == .message || request.headers[HeaderName("ms-text-format")] != nil,
            owner: owner,
            messageID: key.flatMap { self.serverTransactions[$0]?.messageID }
        )
        self.metrics.relayed.increment()
        guard let waiting = self.relayQueues[id]?.count else {
            self.relayQueues[id] = []
            Task { await self.handOver(relayed, id) }
            return
        }
        guard waiting < Self.relayQueueLimit else {
            if let key { self.refuse(key, .overloaded) }
            return
        }
        self.relayQueues[id]?.append(relayed)
    }

    private func handOver(_ first: RelayedRequest, _ id: Dialog.ID) async {
        var next: RelayedRequest? = first
        while let relayed = next {
            await self.handOver(relayed)
            next = self.relayQueues[id]?.isEmpty == false ? self.relayQueues[id]?.removeFirst() : nil
        }
        self.relayQueues[id] = nil
    }

    private func handOver(_ relayed: RelayedRequest) async {
        var answer: Response?
        do throws(BusFailure) {
            let reply = try await self.bus.request(
                .sipRelay(relayed.message),
                to: relayed.owner,
                timeout: relayed.awaitsFate ? Self.relayPatience : Self.shortRelayPatience,
                messageID: relayed.messageID
            )
            if case .sipRelayed(let bytes) = reply, case .response(let response)? = Self.message(in: bytes) {
                answer = response
            }
        } catch {
            self.logger.warning(
                "The edge that has a dialog does not answer",
                metadata: [
                    "edge.instance": "\(relayed.owner.instance)", "message.id": "\(relayed.messageID?.rawValue ?? "")",
                    "error": "\(error)",
                ]
            )
        }
        guard let key = relayed.key else { return }
        if let answer {
            self.respond(key, answer.status, verbatim: answer)
            guard key.method == .invite, answer.status.isSuccess, let tag = answer.headers.to?.tag else {
                return self.flush()
            }
            // What UDP loses is sent again from here, where the peer is; that the session ends without an ACK is the owner's.
            let id = Dialog.ID(callID: answer.headers.callID ?? "", localTag: tag)
            self.awaitAcknowledgement(of: key, id, answer.headers.cSeq?.number ?? 0, isRelayed: true)
        } else if let request = self.serverTransactions[key]?.request, request.headers.to?.tag == nil {
            // What has no dialog yet begins here, unless the owner may have handed its message on.
            if relayed.awaitsFate { self.refuse(key, .ownerAway) } else { self.dispatch(request, key) }
        } else {
            // RFC 6665 §4.1.2.2, RFC 3261 §12.2.1.2: the peer gives up a dialog that nobody has, and makes another one.
            self.respond(key, Status(481))
        }
        self.flush()
    }

    /// The one message in `bytes`.
    private static func message(in bytes: [UInt8]) -> Message? {
        var framer = StreamFramer()
        var items: [StreamFramer.Item] = []
        framer.feed(bytes[...], into: &items)
        guard items.count == 1, case .message(let message)? = items.first else { return nil }
        return message
    }

    // MARK: - At the owner

    /// Serves a request of a dialog of ours that came to another edge, which has admitted it.
    ///
    /// - Returns: the bytes of the final response, none where there is none; `nil` for what is no request
    func receivedRelayed(_ relay: SIPRelay) async -> [UInt8]? {
        guard case .request(let request)? = Self.message(in: relay.request) else { return nil }
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
        if let relay = self.relays[key] { return relay.contact }
        return self.serverTransactions[key].flatMap { self.connections[$0.connection] }.map { self.contact($0) }
    }
}

extension Dialog.ID {
    /// The dialog at our end that a request names; without a tag one that is to be.
    fileprivate init(of request: Request) {
        self.init(callID: request.headers.callID ?? "", localTag: request.headers.to?.tag ?? "")
    }
}

extension DeliveryFailure {
    fileprivate static let ownerAway = DeliveryFailure(
        .resourceConstraint,
        reason: .edgeUnavailable,
        text: "the edge of the gateway that serves these two users does not answer",
        sipStatus: 503
    )
}
