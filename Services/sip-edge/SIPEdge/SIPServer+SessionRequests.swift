import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit

/// What SIP users say in sessions: requests in the dialog.
extension SIPServer {
    /// The session that a request in a dialog belongs to.
    func sessionID(of request: Request) -> Dialog.ID? {
        guard let callID = request.headers.callID, let tag = request.headers.to?.tag else { return nil }
        let id = Dialog.ID(callID: callID, localTag: tag)
        guard let session = self.sessions[id], session.dialog.remoteTag == request.headers.from?.tag else {
            return nil
        }
        return id
    }

    func receivedInSession(_ request: Request, _ key: ServerTransactionKey) {
        guard request.headers.to?.tag != nil else { return self.refuse(key, .notServed(request.method)) }
        // RFC 3261 §12.2.2: the peer then knows that it must open another one.
        guard let id = self.sessionID(of: request), var session = self.sessions[id],
            let transaction = self.serverTransactions[key]
        else { return self.respond(key, Status(481)) }
        guard session.dialog.accepts(request) else { return self.respond(key, Status(500, "CSeq is too low")) }
        session.connection = transaction.connection
        self.sessions[id] = session
        switch request.method {
        case .message: self.receivedMessage(request, key, id, session, transaction.messageID)
        case .info: self.receivedInfo(request, key, id, session, transaction.messageID)
        case .bye: self.receivedBye(key, id, session)
        case .invite, .update: self.receivedRefresh(request, key, id)
        case .prack: self.respond(key, Status(200))
        // RFC 3515 §2.4.2; a transfer of a conversation does not cross.
        case .refer: self.respond(key, Status(603))
        case .ack, .cancel, .options, .register, .subscribe, .notify, .publish, .benotify, .service, .other:
            self.refuse(key, .notServed(request.method))
        }
    }

    private func receivedMessage(
        _ request: Request,
        _ key: ServerTransactionKey,
        _ id: Dialog.ID,
        _ session: Session,
        _ messageID: MessageID
    ) {
        self.drive(id, .heard)
        self.prefer(id)
        switch SIPSessionMapping.interpret(message: request, session.parties, id: messageID, now: self.now) {
        case .refuse(let failure):
            self.metrics.failedFromSIP.increment()
            self.refuse(key, failure)
        case .ignore: self.respond(key, Status(200))
        case .neutral(let messages):
            guard let message = messages.first else { return self.respond(key, Status(200)) }
            guard case .composition = message.content else { return self.sendToXMPP(message, for: key) }
            // Nobody waits for the fate of a key stroke.
            self.respond(key, Status(200))
            self.sendToXMPP(message, for: nil)
        }
    }

    private func receivedInfo(
        _ request: Request,
        _ key: ServerTransactionKey,
        _ id: Dialog.ID,
        _ session: Session,
        _ messageID: MessageID
    ) {
        self.drive(id, .heard)
        switch SIPSessionMapping.interpret(info: request, session.parties, id: messageID) {
        case .refuse(let failure): self.refuse(key, failure)
        case .ignore: self.respond(key, Status(200))
        case .neutral(let messages):
            self.respond(key, Status(200))
            for message in messages { self.sendToXMPP(message, for: nil) }
        }
    }

    /// The end of a session is the end of the chat ([RFC 7573 §6.1](https://www.rfc-editor.org/rfc/rfc7573#section-6.1)).
    private func receivedBye(_ key: ServerTransactionKey, _ id: Dialog.ID, _ session: Session) {
        self.respond(key, Status(200))
        self.drive(id, .receivedBye)
        guard let thread = session.thread, !self.isDraining else { return }
        self.sendToXMPP(
            NeutralMessage(
                id: MessageID(self.uniqueName()),
                from: session.user,
                to: session.contact,
                content: .sessionClosed(Messaging.Session(thread: thread))
            ),
            for: nil
        )
    }

    /// A re-INVITE or an UPDATE: the same session again, and nothing else
    /// ([RFC 3261 §14.2](https://www.rfc-editor.org/rfc/rfc3261#section-14.2)).
    private func receivedRefresh(_ request: Request, _ key: ServerTransactionKey, _ id: Dialog.ID) {
        let known = self.sessions[id]
        guard known?.invite.flatMap({ self.pendingInvites[$0] }) == nil else {
            return self.respond(key, Status(500), headers: Headers([.init(.retryAfter, "5")]))
        }
        guard known?.isRefreshing != true else { return self.respond(key, Status(491)) }
        guard self.isAcceptable(request, key) else { return }
        let hasOffer = request.method == .invite || !request.body.isEmpty
        guard !hasOffer || self.answerAgain(request, key, id) else { return }
        guard let transaction = self.serverTransactions[key] else { return }
        let timer = SessionTimer(answering: request.headers)
        self.sessions[id]?.timer = timer
        guard var session = self.sessions[id] else { return }
        if !hasOffer { session.answer = nil }
        let headers = self.sessionHeaders(session, transaction)
        self.respond(key, Status(200), headers: headers, body: session.answer?.bytes ?? [])
        if request.method == .invite { self.awaitAcknowledgement(of: key, id, request.headers.cSeq?.number ?? 0) }
        self.drive(id, .refreshed(timer))
    }

    /// The answer to an offer within a session; whatever is refused leaves the session as it was.
    private func answerAgain(_ request: Request, _ key: ServerTransactionKey, _ id: Dialog.ID) -> Bool {
        guard let accepted = self.answer(to: request, key) else { return false }
        self.sessions[id]?.answer = accepted.answer
        return true
    }
}

extension Session {
    /// Who speaks to whom when the SIP side speaks.
    var parties: SIPSessionMapping.Parties {
        SIPSessionMapping.Parties(from: self.user, to: self.contact, thread: self.thread)
    }
}
