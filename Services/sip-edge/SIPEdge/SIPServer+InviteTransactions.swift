import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit

/// INVITE transactions: ours and those of peers, ACK and CANCEL
/// ([RFC 3261 §§ 9, 13, 17](https://www.rfc-editor.org/rfc/rfc3261#section-17), [RFC 6026](https://www.rfc-editor.org/rfc/rfc6026)).
extension SIPServer {
    // MARK: - Ours

    /// A response to an INVITE of ours.
    func received(
        _ response: Response,
        _ number: UInt64,
        _ transaction: ClientTransaction,
        _ connection: SIPConnection
    ) {
        guard case .invite(var machine) = transaction.machine else { return }
        var transaction = transaction
        let actions = machine.handle(.response(response))
        transaction.machine = .invite(machine)
        self.clientTransactions[number] = response.isFinal ? nil : transaction
        self.awaitRepeats(number, transaction, actions)
        for action in actions {
            switch action {
            case .sendACK(let refusal): self.acknowledge(refusal, transaction.request, connection)
            case .deliver(let response) where response.isFinal:
                if let session = transaction.purpose.session { self.sessions[session]?.connection = connection.id }
                self.answered(transaction, response)
            case .startTimer(.m, let time):
                guard let session = transaction.purpose.session else { break }
                self.acceptedInvites[number] = AcceptedInvite(machine: machine, session: session)
                self.sessionTimers.insert(.accepted(number), at: .now() + TimeAmount(time))
            // Nothing is resent over a reliable transport, and a phone may ring.
            case .deliver, .sendRequest, .startTimer, .stopTimer, .fail, .finish: break
            }
        }
    }

    /// A response that no transaction waits for: resent, of a fork, or to an INVITE that was given up.
    func receivedStray(_ response: Response, on connection: SIPConnection) {
        guard let number = self.transactionNumber(of: response), let sequence = response.headers.cSeq else {
            return self.metrics.strayResponses.increment()
        }
        switch sequence.method {
        // Whatever CANCEL is answered: the INVITE's own answer tells.
        case .cancel: return self.cancels[number] = nil
        case _ where self.absorb(response, number, connection): return
        case .invite where response.isFinal: break
        default: return self.metrics.strayResponses.increment()
        }
        guard response.status.isSuccess else { return self.acknowledge(response, nil, connection) }
        if let accepted = self.acceptedInvites[number], let session = self.sessions[accepted.session],
            session.dialog.remoteTag == response.headers.to?.tag
        {
            return self.acknowledge(accepted.session, sequence.number)
        }
        guard var dialog = Dialog(of: response) else { return self.metrics.strayResponses.increment() }
        // RFC 3261 §13.2.2.4: a session that nobody wants any more, or of a fork that was too late.
        self.transmit(acknowledgement: dialog.acknowledgement(of: sequence.number), by: connection)
        _ = dialog.request(.invite)
        self.abandon(dialog, by: connection.id)
    }

    /// Ends a dialog that is no session of ours.
    func abandon(_ dialog: Dialog, by connection: ConnectionID?) {
        var dialog = dialog
        let bye = dialog.request(.bye)
        let address = Address(user: dialog.remote.sipURI?.user, domain: dialog.remote.sipURI?.host ?? "")
        self.send(bye, to: address, over: connection, in: dialog, purpose: .inSession(dialog.id, .bye, nil), id: nil)
    }

    /// The ACK of a 2xx, end to end.
    func acknowledge(_ id: Dialog.ID, _ number: UInt32) {
        guard let session = self.sessions[id], let connection = session.connection.flatMap({ self.connections[$0] })
        else { return }
        self.transmit(acknowledgement: session.dialog.acknowledgement(of: number), by: connection)
    }

    private func transmit(acknowledgement request: Request, by connection: SIPConnection) {
        var request = request
        let branch = "\(Admission.branchPrefix)\(self.uniqueName())"
        request.headers.fields.insert(Headers.Field(.via, self.via(connection, branch)), at: 0)
        connection.assumeIsolated { $0.append(request) }
        self.touch(connection.id)
    }

    /// The ACK of a refusal, to the next hop ([RFC 3261 §17.1.1.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.3)).
    func acknowledge(_ refusal: Response, _ invite: Request?, _ connection: SIPConnection) {
        guard let via = refusal.headers.topVia, let branch = via.branch, let to = refusal.headers.to?.sipURI,
            let number = refusal.headers.cSeq?.number
        else { return }
        var headers = Headers([.init(.via, self.via(connection, branch))])
        for route in invite?.headers.all(.route) ?? [] { headers.append(.route, route) }
        headers.append(.maxForwards, "70")
        for name in [HeaderName.from, .to, .callID] {
            if let value = refusal.headers[name] { headers.append(name, value) }
        }
        headers.append(.cSeq, CSeq(number, .ack).description)
        let request = Request(.ack, target: invite?.target ?? .sip(to), headers: headers)
        connection.assumeIsolated { $0.append(request) }
        self.touch(connection.id)
    }

    /// Whether an INVITE has had a provisional response.
    func isRinging(_ number: UInt64) -> Bool {
        guard case .invite(let machine)? = self.clientTransactions[number]?.machine else { return false }
        return machine.isProceeding
    }

    /// Lets a phone ring as long as a last attempt may take.
    func ringOn(_ number: UInt64) {
        let rest = self.configuration.answerTimeout - self.configuration.attemptTimeout
        self.sessionTimers.insert(.ringing(number), at: .now() + TimeAmount(max(.zero, rest)))
    }

    /// Takes an INVITE back that rings ([RFC 3261 §9.1](https://www.rfc-editor.org/rfc/rfc3261#section-9.1)).
    func cancelInvite(_ number: UInt64) {
        guard self.isRinging(number), let transaction = self.clientTransactions[number],
            let connection = transaction.connection.flatMap({ self.connections[$0] }),
            let sequence = transaction.request.headers.cSeq
        else { return }
        var headers = Headers([.init(.via, self.via(connection, self.branch(number)))])
        for name in [HeaderName.route, .maxForwards, .from, .to, .callID] {
            for value in transaction.request.headers.all(name) { headers.append(name, value) }
        }
        headers.append(.cSeq, CSeq(sequence.number, .cancel).description)
        self.send(
            cancel: Request(.cancel, target: transaction.request.target, headers: headers),
            number,
            by: connection
        )
    }

    func via(_ connection: SIPConnection, _ branch: String) -> String {
        // RFC 3581 §3: over UDP the answer is asked for at the port we send from, whatever stands between.
        let rport = connection.transport.isReliable ? "" : ";rport"
        return "SIP/2.0/\(connection.transport.token) \(self.sentBy(connection));branch=\(branch)\(rport)"
    }

    // MARK: - Those of peers

    /// Whether an INVITE is one that has its answer: what is to be sent again is.
    func isResentInvite(_ key: ServerTransactionKey) -> Bool {
        guard self.finishedInvites[key] != nil else { return false }
        self.drive(key, .request)
        return true
    }

    /// Sends a response to an INVITE; a final one ends what waits for it.
    func finishInvite(_ key: ServerTransactionKey, _ transaction: ServerTransaction, _ response: Response) {
        guard case .invite(let machine) = transaction.machine else { return }
        // A flood of INVITEs that nobody acknowledges costs no more than this table.
        let isFull = self.finishedInvites.count >= self.configuration.limits.transactions
        let finished = FinishedInvite(machine: machine, connection: transaction.connection, response: response)
        self.finishedInvites[key] = finished
        self.drive(key, .respond(response))
        if isFull { self.finishedInvites[key] = nil }
    }

    func drive(_ key: ServerTransactionKey, _ event: InviteServerTransaction.Event) {
        guard var finished = self.finishedInvites[key] else { return }
        let actions = finished.machine.handle(event)
        self.finishedInvites[key] = finished
        for action in actions {
            switch action {
            case .send(let response):
                guard let connection = self.connections[finished.connection] else { break }
                connection.assumeIsolated { $0.append(response) }
                self.touch(connection.id)
            case .startTimer(let timer, let time):
                self.sessionTimers.insert(.finished(key, timer), at: .now() + TimeAmount(time))
            case .finish: self.finishedInvites[key] = nil
            case .deliver, .sendTrying, .stopTimer: break
            }
        }
    }

    /// Says that an INVITE is being looked at, so that its sender has patience
    /// ([RFC 3261 §17.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1)).
    func sendTrying(_ key: ServerTransactionKey) {
        guard let transaction = self.serverTransactions[key], case .invite(var machine) = transaction.machine,
            let connection = self.connections[transaction.connection]
        else { return }
        for case .sendTrying in machine.handle(.timerFired(.trying)) {
            let response = transaction.request.response(Status(100), tag: nil)
            for case .send(let response) in machine.handle(.respond(response)) {
                connection.assumeIsolated { $0.append(response) }
                self.touch(connection.id)
            }
        }
        self.serverTransactions[key]?.machine = .invite(machine)
    }

    /// An ACK: of a refusal, to its transaction; of a 2xx, to its session.
    func receivedACK(_ request: Request, _ key: ServerTransactionKey) {
        self.drive(key.invite, .ack)
        guard let id = self.sessionID(of: request) else { return }
        self.refreshAcknowledged(id, request.headers.cSeq?.number ?? 0)
        self.drive(id, .acknowledged)
    }

    func receivedCancel(_ key: ServerTransactionKey) {
        let invite = key.invite
        guard self.serverTransactions[invite] != nil || self.finishedInvites[invite] != nil else {
            return self.respond(key, Status(481))
        }
        let cancel = self.serverTransactions[key]?.request
        self.respond(key, Status(200))
        if let session = self.pendingInvites[invite] { return self.drive(session, .cancelled) }
        if let cancel { self.cancelHandedOver(cancel, of: invite) }
    }
}

extension ClientTransaction.Purpose {
    /// The session it is about.
    var session: Dialog.ID? {
        switch self {
        case .invite(let id, _), .inSession(let id, _, _): id
        case .message, .typing, .subscribe, .notify, .probe, .test: nil
        }
    }
}

extension Dialog {
    /// The dialog that a 2xx to an INVITE of ours has made; `nil` when it lacks what a dialog needs.
    fileprivate init?(of response: Response) {
        guard let callID = response.headers.callID, let from = response.headers.from, let local = from.sipURI,
            let localTag = from.tag, let remote = response.headers.to?.sipURI, let tag = response.headers.to?.tag
        else { return nil }
        self.init(callID: callID, local: local, localTag: localTag, remote: remote)
        self.established(by: response.headers, remoteTag: tag, isResponse: true)
    }
}
