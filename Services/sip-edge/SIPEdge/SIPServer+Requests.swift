import Bus
import Directory
import EdgeKit
import Interworking
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import SIPCore
import ServiceKit
import TLS

extension SIPServer {
    func received(_ message: Message, on connection: SIPConnection) {
        switch message {
        case .request(let request): self.received(request, on: connection)
        case .response(let response): self.received(response, on: connection)
        }
    }

    /// Bytes that are no message we take: what can be answered is, and what has lost its frame ends the connection.
    func received(malformed error: SyntaxError, on connection: SIPConnection) {
        self.metrics.malformed.increment()
        let id = MessageID(self.uniqueName())
        var record = RefusalRecord(
            time: self.now,
            service: self.context.name,
            messageID: id,
            subject: "request",
            from: error.request?.headers[.from] ?? "",
            to: error.request?.target.description ?? "",
            peer: connection.remoteAddress,
            reason: error.reason == .bodyTooLong || error.reason == .headerTooLong ? .sizeLimit : .malformed,
            answer: error.request == nil
                ? error.isFramed ? "discarded" : "connection closed" : error.status.description,
            text: error.text
        )
        self.complete(&record, connection.id, sender: error.request.flatMap { self.sender(of: $0) }, recipient: nil)
        if error.reason == .bodyTooLong { record.rule = self.ruleOfSize }
        self.refusals.report(record)
        if var request = error.request, request.method != .ack, request.headers[.via] != nil {
            if let via = request.headers.topVia { self.noteSource(of: &request, via, connection) }
            var response = request.response(error.status, tag: self.newTag())
            response.headers.append(.warning, "399 \(self.agent(for: connection)) \"\(error.text)\"")
            connection.assumeIsolated { $0.append(response) }
            self.touch(connection.id)
        }
        guard !error.isFramed else { return }
        connection.assumeIsolated { $0.closeAfterFlush() }
    }

    private func received(_ request: Request, on connection: SIPConnection) {
        self.metrics.requests.increment()
        let via = request.headers.topVia
        guard let peer = self.peers[connection.id], let key = ServerTransactionKey(request, via: via) else { return }
        // An ACK is never answered.
        guard request.method != .ack else {
            self.relayACK(request, peer, connection)
            return self.receivedACK(request, key)
        }
        guard !self.isResent(key) else { return }
        if self.leavesToNextLife(request, connection) { return }
        var request = request
        if let via { self.noteSource(of: &request, via, connection) }
        self.serverTransactions[key] = ServerTransaction(
            request,
            messageID: MessageID(self.uniqueName()),
            connection: connection.id,
            peer: peer,
            tag: connection.isStranger ? self.tag(forStranger: request) : self.newTag(),
            transport: connection.transport,
            isStranger: connection.isStranger
        )
        self.serve(request, key, peer, connection)
    }

    /// received and rport ([RFC 3261 §18.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-18.2.1),
    /// [RFC 3581 §4](https://www.rfc-editor.org/rfc/rfc3581#section-4)); what the peer wrote there itself counts for nothing.
    private func noteSource(of request: inout Request, _ via: Via, _ connection: SIPConnection) {
        let wantsPort = via.parameters.contains { $0.name == "rport" }
        let saysReceived = via.parameters.contains { $0.name == "received" }
        guard wantsPort || saysReceived || via.host != connection.remoteAddress.bracketed else { return }
        var via = via
        via.parameters.removeAll { $0.name == "received" || $0.name == "rport" }
        if wantsPort {
            via.parameters.append(.init("rport", String(connection.assumeIsolated { $0.remotePort })))
        }
        via.parameters.append(.init("received", connection.remoteAddress))
        request.headers.replaceTopVia(by: via)
    }

    private func serve(
        _ request: Request,
        _ key: ServerTransactionKey,
        _ peer: PeerIdentity,
        _ connection: SIPConnection
    ) {
        if let objection = self.objection(to: request, peer, connection) { return self.refuse(key, objection) }
        if let mergeKey = MergeKey(request) {
            guard self.requestsUnderWay.insert(mergeKey).inserted else { return self.refuse(key, .merged) }
            self.serverTransactions[key]?.mergeKey = mergeKey
        }
        if let via = request.headers.topVia { self.noteAlias(via, connection) }
        // CANCEL goes from hop to hop (RFC 3261 §9.1): it is answered where its INVITE came in.
        if request.method != .cancel, let owner = self.otherOwner(of: request) {
            return self.relay(request, key, to: owner, connection)
        }
        self.dispatch(request, key)
    }

    /// Serves a request that was admitted, here or by the edge that hands it to us.
    func dispatch(_ request: Request, _ key: ServerTransactionKey) {
        switch request.method {
        case .options: self.answerOptions(key)
        case .invite where request.headers.to?.tag == nil: self.receivedInvite(request, key)
        case .message where request.headers.to?.tag == nil: self.receivedMessage(request, key)
        case .message, .invite, .info, .bye, .update, .prack, .refer: self.receivedInSession(request, key)
        case .subscribe: self.receivedSubscribe(request, key)
        case .notify: self.receivedNotify(request, key)
        case .cancel: self.receivedCancel(key)
        case .benotify: self.receivedNotify(request, key)
        case .other: self.refuse(key, .unknownMethod)
        case .ack, .publish, .register, .service:
            self.refuse(key, .notServed(request.method))
        }
    }

    private func objection(
        to request: Request,
        _ peer: PeerIdentity,
        _ connection: SIPConnection
    ) -> DeliveryFailure? {
        guard self.serverTransactions.count <= self.configuration.limits.transactions,
            self.finishedRequests.count < self.configuration.limits.answeredRequests || connection.transport.isReliable
        else { return .overloaded }
        let agent = self.agent(for: connection)
        if let objection = Admission.objection(to: request, from: peer, policy: self.policy, agent: agent) {
            return objection
        }
        guard self.isWithinRate(peer, connection) else {
            return DeliveryFailure(
                .resourceConstraint,
                reason: .rateLimit,
                text: "more than \(self.configuration.limits.clientRate) requests a second",
                sipStatus: 503
            )
        }
        // RFC 3261 §16.3: whoever would have to forward it with 0 left answers 483.
        if request.headers.maxForwards == 0, request.method != .options {
            return DeliveryFailure(.notAcceptable, reason: .loop, text: "Max-Forwards is used up", sipStatus: 483)
        }
        // RFC 3261 §8.2.2.3: not looked at in CANCEL.
        let required = request.headers.tokens(.require)
        guard required.isEmpty || request.method == .cancel else {
            return DeliveryFailure(
                .featureNotImplemented,
                reason: .notSupported,
                text: "extensions are not supported: \(required.joined(separator: ", "))",
                sipStatus: 420
            )
        }
        return self.isDraining && !request.endsWhatIs ? .shuttingDown : nil
    }

    /// Whether a request is dropped instead of refused, which [RFC 3261 §21.5.4](https://www.rfc-editor.org/rfc/rfc3261#section-21.5.4)
    /// allows: over UDP it comes again, and where there is no other sip-edge it is our next life that answers.
    private func leavesToNextLife(_ request: Request, _ connection: SIPConnection) -> Bool {
        self.isDraining && !connection.transport.isReliable && !request.endsWhatIs
            && !self.directory.sipEdges.contains { $0.instance != self.bus.instance }
    }

    /// throttle-as-server off: the limits of a client apply (SPEC §5).
    private func isWithinRate(_ peer: PeerIdentity, _ connection: SIPConnection) -> Bool {
        guard peer.authorization(in: self.policy)?.throttleAsServer == false else { return true }
        let rate = Double(self.configuration.limits.clientRate)
        return self.buckets[connection.id, default: TokenBucket(rate: rate, burst: 2 * rate)].take(at: .now())
    }

    // MARK: - Answers

    /// Sends the final response of a transaction, which ends it.
    func respond(
        _ key: ServerTransactionKey,
        _ status: Status,
        headers: Headers = Headers(),
        tag: String? = nil,
        body: [UInt8] = [],
        verbatim: Response? = nil
    ) {
        let ended = self.serverTransactions.removeValue(forKey: key)
        if let mergeKey = ended?.mergeKey { self.requestsUnderWay.remove(mergeKey) }
        guard let transaction = ended, key.method != .benotify else {
            self.relays.removeValue(forKey: key)?.reply(nil)
            return  // BENOTIFY is never answered ([MS-SIP] 3.5)
        }
        var response = transaction.request.response(status, tag: tag ?? transaction.tag)
        response.headers.fields += headers.fields
        response.body = body
        // What the owner of a dialog has answered goes out as it is.
        if let verbatim { response = verbatim }
        if let relay = self.relays.removeValue(forKey: key) { return relay.reply(response) }
        if transaction.isStranger { return self.transmit(response, by: transaction.connection) }
        guard case .other(var machine) = transaction.machine else {
            return self.finishInvite(key, transaction, response)
        }
        let actions = machine.handle(.respond(response))
        self.perform(actions, key, FinishedRequest(machine: machine, connection: transaction.connection))
    }

    /// Refuses the request of a transaction, says why in SIP's terms, and takes note of it.
    ///
    /// - Parameters:
    ///   - key: The transaction.
    ///   - failure: Why.
    ///   - isOurs: Whether this edge decided; what another one decided is on record there.
    ///   - extra: What the answer says beside the reason.
    func refuse(
        _ key: ServerTransactionKey,
        _ failure: DeliveryFailure,
        isOurs: Bool = true,
        extra: [Headers.Field] = []
    ) {
        guard let transaction = self.serverTransactions[key] else { return }
        let recipient = (try? Address(transaction.request.target)) ?? Address(user: nil, domain: "")
        let answer = SIPAnswer(failure, recipient: recipient, agent: self.agent(for: transaction.connection))
        var headers = answer.headers
        headers.fields += extra
        if MicrosoftDiagnostics.isRead(by: transaction.request.headers) {
            headers.fields.append(
                MicrosoftDiagnostics.field(for: failure, source: self.agent(for: transaction.connection))
            )
        }
        if [405, 488, 501].contains(answer.status.code) { headers[.allow] = SIPCapabilities.allow }
        if answer.status.code == 420 {
            headers.append(.unsupported, transaction.request.headers.all(.require).joined(separator: ", "))
        }
        var record = RefusalRecord(
            time: self.now,
            service: self.context.name,
            messageID: transaction.messageID,
            subject: transaction.request.method.name,
            from: transaction.request.headers.from?.sipURI?.description ?? "",
            to: transaction.request.target.description,
            peer: transaction.peer.address,
            reason: failure.reason,
            answer: answer.status.description,
            text: failure.text
        )
        let sender = self.sender(of: transaction.request)
        self.complete(&record, transaction.connection, sender: sender, recipient: recipient)
        if isOurs { self.refusals.report(record) } else { self.refusals.log(record) }
        self.respond(key, answer.status, headers: headers)
    }

    private func answerOptions(_ key: ServerTransactionKey) {
        var headers = Headers()
        headers.append(.allow, SIPCapabilities.allow)
        headers.append(.accept, SIPCapabilities.accept)
        headers.append(.allowEvents, "presence")
        self.respond(key, Status(200), headers: headers)
    }

    func agent(for connection: ConnectionID) -> String {
        self.connections[connection].map { self.agent(for: $0) } ?? self.configuration.advertisedHost ?? "isthmus"
    }
}

extension Request {
    /// Whether it goes on with what has begun, or ends it: that is served while the edge stops.
    fileprivate var endsWhatIs: Bool {
        self.method == .notify || self.method == .cancel || self.headers.to?.tag != nil
    }
}

extension String {
    /// An IPv6 address as URIs and Via have it.
    var bracketed: String { self.utf8.contains(UInt8(ascii: ":")) && !self.hasPrefix("[") ? "[\(self)]" : self }
}
