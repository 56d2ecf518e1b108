import Bus
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit

/// Messages to SIP users by sessions: found, opened, and opened again when the peer has lost them.
extension SIPServer {
    /// Says something in a session.
    ///
    /// - Parameter outgoing: What is to be said.
    /// - Returns: Whether it is taken care of; otherwise it is for a MESSAGE outside dialogs.
    func sendInSession(_ outgoing: SessionMessage) -> Bool {
        let pair = SessionPair(local: outgoing.message.to, contact: outgoing.message.from)
        guard let id = self.openSession(of: pair) else { return self.sendInNewSession(outgoing, pair) }
        switch outgoing.message.content {
        case .instantMessage(let message):
            self.enqueue(outgoing, id, thread: message.thread)
        case .composition(let composition):
            self.say(composition, id)
            self.taken(outgoing.token)
        case .deliveryReceipt:
            // A 2xx has said it; a session has no other word for it.
            self.taken(outgoing.token)
        case .subscriptionRequest, .subscriptionState, .presence, .presenceProbe, .sessionOpened, .sessionClosed:
            return false
        }
        return true
    }

    /// Says typing where a session is, or where one would have to be.
    ///
    /// - Returns: whether nothing is to be said outside dialogs.
    func sayInSession(_ message: NeutralMessage) -> Bool {
        guard case .composition(let composition) = message.content else { return true }
        guard let id = self.openSession(of: SessionPair(local: message.to, contact: message.from)) else {
            return self.dialect(of: message.to).media != nil
        }
        self.say(composition, id)
        return true
    }

    /// The session to use: one in which something waits, so that the order is kept, else the one heard of last.
    private func openSession(of pair: SessionPair) -> Dialog.ID? {
        guard let open = self.conversations[pair]?.filter({ self.sessions[$0]?.machine.isOpen == true }) else {
            return nil
        }
        return open.first { self.sessions[$0]?.machine.isQuiet == false } ?? open.last
    }

    private func enqueue(_ outgoing: SessionMessage, _ id: Dialog.ID, thread: String?) {
        let number = self.newTimerNumber()
        self.sessions[id]?.messages[number] = outgoing
        self.sessions[id]?.contact = outgoing.message.from
        if let thread { self.sessions[id]?.thread = thread }
        self.drive(id, .send(number))
    }

    /// Typing is told where a session is; for who is gone it ends ([RFC 7573 §6.1](https://www.rfc-editor.org/rfc/rfc7573#section-6.1)).
    private func say(_ composition: Composition, _ id: Dialog.ID) {
        guard var session = self.sessions[id] else { return }
        guard composition.state != .gone else { return self.drive(id, .leave) }
        // What is typed while messages wait is old news when they are said.
        guard session.machine.isEstablished, session.machine.isQuiet,
            let parts = SIPSessionMapping.parts(
                for: .composition(composition),
                takesIsComposing: session.takesIsComposing
            )
        else { return }
        let request = session.dialog.request(parts)
        self.sessions[id] = session
        self.send(
            request,
            to: session.pair.local,
            over: session.connection,
            in: session.dialog,
            purpose: .inSession(id, .typing, nil),
            id: nil
        )
    }

    // MARK: - New sessions

    private func sendInNewSession(_ outgoing: SessionMessage, _ pair: SessionPair) -> Bool {
        guard let media = self.dialect(of: pair.local).media else { return false }
        switch outgoing.message.content {
        case .instantMessage(let message):
            guard !self.isDraining else {
                self.giveBack(outgoing.token)
                return true
            }
            guard self.sessions.count < self.configuration.limits.sessions else {
                self.fail(outgoing.message, outgoing.token, .overloaded)
                return true
            }
            self.openSession(outgoing, pair, media, thread: message.thread)
        case .composition, .deliveryReceipt:
            // Nobody is called because somebody types.
            self.taken(outgoing.token)
        case .subscriptionRequest, .subscriptionState, .presence, .presenceProbe, .sessionOpened, .sessionClosed:
            return false
        }
        return true
    }

    private func openSession(
        _ outgoing: SessionMessage,
        _ pair: SessionPair,
        _ media: SessionOffer.Media,
        thread: String?
    ) {
        let opening = SIPSessionMapping.opening(for: outgoing.message, embedsMessage: true)
        // A Call-ID names one dialog: that of a lost session is not used again.
        let callID = outgoing.attempts == 0 ? opening.callID : nil
        let dialog = Dialog(
            callID: callID ?? self.uniqueName(),
            local: opening.from,
            localTag: self.newTag(),
            remote: opening.to
        )
        var session = Session(
            pair: pair,
            machine: self.newSessionMachine(),
            dialog: dialog,
            user: pair.local,
            contact: outgoing.message.from,
            thread: thread,
            media: media
        )
        let number = self.newTimerNumber()
        session.messages[number] = outgoing
        self.add(session)
        self.metrics.sessionsToSIP.increment()
        self.logger.debug(
            "Session to SIP",
            metadata: ["message.id": "\(outgoing.message.id)", "sip.call_id": "\(dialog.callID)"]
        )
        self.drive(dialog.id, .invite(first: number))
    }

    func newSessionMachine() -> SessionMachine {
        SessionMachine(
            limit: self.configuration.limits.sessionQueue,
            idleTime: self.configuration.sessionIdleTimeout
        )
    }

    func add(_ session: Session) {
        self.sessions[session.dialog.id] = session
        self.conversations[session.pair, default: []].append(session.dialog.id)
        self.metrics.sessions.increment()
    }

    /// The session is over.
    func removeSession(_ id: Dialog.ID) {
        guard let session = self.sessions.removeValue(forKey: id) else { return }
        self.metrics.sessions.decrement()
        self.conversations[session.pair]?.removeAll { $0 == id }
        if self.conversations[session.pair]?.isEmpty == true { self.conversations[session.pair] = nil }
        if let invite = session.invite { self.pendingInvites[invite] = nil }
    }

    /// The peer has spoken in it: what is answered goes there.
    func prefer(_ id: Dialog.ID) {
        guard let pair = self.sessions[id]?.pair, self.conversations[pair]?.last != id else { return }
        self.conversations[pair]?.removeAll { $0 == id }
        self.conversations[pair]?.append(id)
    }

    // MARK: - What could not be said

    /// What a session did not say goes to another one, each message so many times.
    func sayElsewhere(_ messages: [SessionMessage]) {
        for var outgoing in messages {
            outgoing.attempts += 1
            let failure = outgoing.failure ?? .sessionLost
            let mayTry = outgoing.attempts < SessionMessage.attemptLimit
            guard mayTry, outgoing.token.deadline > .now() else {
                self.fail(outgoing.message, outgoing.token, failure)
                continue
            }
            if !self.sendInSession(outgoing) { self.sendPage(outgoing.message, outgoing.token) }
        }
    }
}

extension Dialog {
    /// A request of ours within a session.
    mutating func request(_ parts: SIPSessionMapping.Parts) -> Request {
        var request = self.request(parts.method)
        request.headers.fields += parts.headers.fields
        request.body = parts.body
        return request
    }
}

extension DeliveryFailure {
    static let sessionLost = DeliveryFailure(
        .recipientUnavailable,
        reason: .peerRefused,
        text: "the SIP side has ended the session, and another one too"
    )
}
