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

/// An INVITE for another edge, which its sender may cancel.
struct HandedOverInvite {
    let relayed: RelayedRequest
    /// Whether the owner may have it.
    var isAtOwner = false
    var isCancelled = false
}

/// Requests in dialogs that another sip-edge has, as behind a load balancer (docs/adr/0013-dialogs-name-their-edge.md): they are handed to
/// that edge, and its answer goes out by the connection the request came on.
extension SIPServer {
    /// How long an owner may take that lives and asks the XMPP side: as long as an answer of that (``trafficTimeout``) and its way over
    /// the bus, and less than the 32 s after which the peer gives up (Timers B and F).
    private static let relayPatience = Duration.seconds(25)
    /// How long one may take that knows the answer, or shall give a sign of life.
    private static let shortRelayPatience = Duration.seconds(5)
    /// How long a sign of life counts.
    private static let signOfLifeValidity = TimeAmount.seconds(5)
    /// What may wait behind a request of the same dialog.
    private static let relayQueueLimit = 100

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
        if let key, request.method == .invite { self.handedOver[key] = HandedOverInvite(relayed: relayed) }
        guard let waiting = self.relayQueues[id]?.count else {
            self.relayQueues[id] = []
            Task { await self.handOver(relayed, id) }
            return
        }
        guard waiting < Self.relayQueueLimit else {
            if let key {
                self.handedOver[key] = nil
                self.refuse(key, .overloaded)
            }
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
        defer { if let key = relayed.key { self.handedOver[key] = nil } }
        // What would have to wait for long is given to nobody who is dead: then nothing of it can be lost there.
        if relayed.awaitsFate, await !self.givesSignOfLife(relayed.owner) {
            self.ownerIsSilent(relayed, mayHaveIt: false)
            return self.flush()
        }
        if let key = relayed.key {
            // Cancelled while it waited: it has its answer.
            guard self.serverTransactions[key] != nil else { return }
            self.handedOver[key]?.isAtOwner = true
        }
        let patience = relayed.awaitsFate ? Self.relayPatience : Self.shortRelayPatience
        let answer = await self.ask(relayed.owner, relayed.message, patience, relayed.messageID)
        if let key = relayed.key, let answer {
            self.passOn(answer, key)
        } else {
            self.ownerIsSilent(relayed, mayHaveIt: relayed.awaitsFate)
        }
        self.flush()
    }

    /// The answer of the owner, as it is.
    private func passOn(_ answer: Response, _ key: ServerTransactionKey) {
        self.respond(key, answer.status, verbatim: answer)
        guard key.method == .invite, answer.status.isSuccess, let tag = answer.headers.to?.tag else { return }
        // What UDP loses is sent again from here, where the peer is; that the session ends without an ACK is the owner's.
        let id = Dialog.ID(callID: answer.headers.callID ?? "", localTag: tag)
        self.awaitAcknowledgement(of: key, id, answer.headers.cSeq?.number ?? 0, isRelayed: true)
    }

    private func ownerIsSilent(_ relayed: RelayedRequest, mayHaveIt: Bool) {
        guard let key = relayed.key, let request = self.serverTransactions[key]?.request else { return }
        // RFC 6665 §4.1.2.2, RFC 3261 §12.2.1.2: the peer gives up a dialog that nobody has, and makes another one.
        guard request.headers.to?.tag == nil else { return self.respond(key, Status(481)) }
        if self.handedOver[key]?.isCancelled == true { return self.respond(key, Status(487)) }
        // What has no dialog yet begins here, unless the owner may have handed its message on.
        if mayHaveIt { self.refuse(key, .ownerAway) } else { self.dispatch(request, key) }
    }

    /// Asks another edge; `nil` when it does not answer.
    private func ask(
        _ owner: EdgeRecord,
        _ message: SIPRelay,
        _ patience: Duration,
        _ id: MessageID? = nil
    ) async -> Response? {
        do throws(BusFailure) {
            let reply = try await self.bus.request(.sipRelay(message), to: owner, timeout: patience, messageID: id)
            self.signsOfLife[owner.instance] = .now()
            guard case .sipRelayed(let bytes) = reply, case .response(let response)? = self.message(in: bytes) else {
                return nil
            }
            return response
        } catch {
            self.signsOfLife[owner.instance] = nil
            self.logger.warning(
                "The edge that has a dialog does not answer",
                metadata: [
                    "edge.instance": "\(owner.instance)", "message.id": "\(id?.rawValue ?? "")", "error": "\(error)",
                ]
            )
            return nil
        }
    }

    /// Whether an owner lives: it has answered lately, or does so now.
    private func givesSignOfLife(_ owner: EdgeRecord) async -> Bool {
        if let heard = self.signsOfLife[owner.instance], heard + Self.signOfLifeValidity > .now() { return true }
        var headers = Headers()
        let name = self.uniqueName()
        let uri = SIPURI(user: nil, host: "isthmus.invalid")
        headers.append(.via, "SIP/2.0/TCP \(uri.host);branch=\(Admission.branchPrefix)\(name)")
        headers.append(.maxForwards, "0")
        headers.append(.from, "<\(uri)>;tag=\(name)")
        headers.append(.to, "<\(uri)>")
        headers.append(.callID, name)
        headers.append(.cSeq, "1 OPTIONS")
        let question = Request(.options, uri: uri, headers: headers)
        let message = SIPRelay(
            request: MessageWriter.bytes(of: question),
            peerAddress: "",
            isTLS: false,
            contact: ""
        )
        return await self.ask(owner, message, Self.shortRelayPatience) != nil
    }

    // MARK: - CANCEL

    /// The sender of an INVITE that another edge has, or is to have, takes it back
    /// ([RFC 3261 §9.2](https://www.rfc-editor.org/rfc/rfc3261#section-9.2)).
    func cancelHandedOver(_ cancel: Request, of invite: ServerTransactionKey) {
        guard let handedOver = self.handedOver[invite] else { return }
        self.handedOver[invite]?.isCancelled = true
        // Nobody has seen it yet: nothing of it happens.
        guard handedOver.isAtOwner else { return self.respond(invite, Status(487)) }
        let known = handedOver.relayed.message
        let message = SIPRelay(
            request: MessageWriter.bytes(of: cancel),
            peerAddress: known.peerAddress,
            isTLS: known.isTLS,
            contact: known.contact
        )
        Task { _ = await self.ask(handedOver.relayed.owner, message, Self.shortRelayPatience) }
    }

    /// The one message in `bytes`.
    func message(in bytes: [UInt8]) -> Message? {
        var framer = StreamFramer(limits: self.messageLimits)
        var items: [StreamFramer.Item] = []
        framer.feed(bytes[...], into: &items)
        guard items.count == 1, case .message(let message)? = items.first else { return nil }
        return message
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
