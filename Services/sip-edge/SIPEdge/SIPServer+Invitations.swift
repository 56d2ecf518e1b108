import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit

/// Sessions that SIP users open: INVITE, its offer, its answer.
extension SIPServer {
    func receivedInvite(_ request: Request, _ key: ServerTransactionKey) {
        guard let transaction = self.serverTransactions[key] else { return }
        let addresses: (from: Address, to: Address)
        do { addresses = try SIPMessageMapping.addresses(of: request) } catch { return self.refuse(key, error) }
        guard addresses.from.user != nil, addresses.to.user != nil else { return self.refuse(key, .notAUser) }
        let decision = self.policy.decide(
            .outbound,
            .instantMessage,
            from: addresses.from,
            to: addresses.to
        )
        if let failure = decision.failure { return self.refuse(key, failure) }
        guard self.isAcceptable(request, key), let accepted = self.answer(to: request, key) else { return }
        guard self.sessions.count < self.configuration.limits.sessions else { return self.refuse(key, .overloaded) }
        guard let dialog = Dialog(answering: request, localTag: self.newTag()) else {
            return self.respond(key, Status(400, "Bad Request (a session needs Contact and a From tag)"))
        }
        self.learnDialect(of: addresses.from, from: request, accepted.media)
        let patience = TimeAmount(InviteServerTransaction.tryingDelay)
        self.sessionTimers.insert(.trying(key), at: .now() + patience)
        var session = Session(
            pair: SessionPair(local: addresses.from, contact: addresses.to),
            machine: self.newSessionMachine(),
            dialog: dialog,
            user: addresses.from,
            contact: addresses.to,
            thread: request.headers.callID,
            media: accepted.media
        )
        session.takesIsComposing = accepted.takesIsComposing
        session.takesAlternatives = accepted.takesAlternatives
        session.connection = transaction.connection
        session.invite = key
        session.answer = accepted.answer
        session.timer = SessionTimer(answering: request.headers)
        let first = SIPSessionMapping.firstMessage(of: request, session.parties, id: transaction.messageID)
        self.add(session)
        self.metrics.sessionsFromSIP.increment()
        self.logger.debug(
            "Session from SIP",
            metadata: ["message.id": "\(transaction.messageID)", "sip.call_id": "\(dialog.callID)"]
        )
        self.drive(dialog.id, .invited(withMessage: first != nil))
        guard let first else { return }
        self.pendingInvites[key] = dialog.id
        self.sendToXMPP(first, for: key)
    }

    /// What an INVITE asks for beside its offer.
    func isAcceptable(_ request: Request, _ key: ServerTransactionKey) -> Bool {
        guard !request.headers.asksForTooShortSession else {
            // RFC 4028 §6
            let headers = Headers([.init(.minSE, String(SessionTimer.minimum))])
            self.respond(key, Status(422), headers: headers)
            return false
        }
        return true
    }

    /// The answer to an offer; without one, what we offer.
    ///
    /// Refuses what cannot be answered.
    func answer(to request: Request, _ key: ServerTransactionKey) -> SessionOffer.Accepted? {
        let (host, port) = self.place(answering: key) ?? ("isthmus.invalid", 0)
        do throws(DeliveryFailure) {
            guard let offer = try SIPSessionOffer.read(request) else {
                return SessionOffer.Accepted(offering: .message, address: host, port: port)
            }
            do throws(SessionOffer.Objection) {
                let contact = "sip:\(host.bracketed):\(port)"
                return try SessionOffer.accept(offer, address: host, port: port, contact: contact)
            } catch {
                let agent = self.serverTransactions[key].map { self.agent(for: $0.connection) } ?? host
                let warning = Headers.Field(.warning, "\(error.warning) \(agent) \"\(error.text)\"")
                self.refuse(key, .offerRefused(error.text), extra: [warning])
                return nil
            }
        } catch {
            let accept = error.sipStatus == 415 ? [Headers.Field(.accept, "application/sdp")] : []
            self.refuse(key, error, extra: accept)
            return nil
        }
    }

    /// Our host and port, as a session description says them.
    func place(_ connection: SIPConnection) -> (host: String, port: UInt16) {
        (
            self.configuration.advertisedHost ?? connection.localAddress,
            UInt16(clamping: self.listeningPort(connection))
        )
    }

    /// The offer of an INVITE of ours: it names the end of the connection it leaves by.
    func describeSession(in request: inout Request, _ connection: SIPConnection) {
        let id = Dialog.ID(callID: request.headers.callID ?? "", localTag: request.headers.from?.tag ?? "")
        guard let session = self.sessions[id] else { return }
        let (host, port) = self.place(connection)
        request.headers.append(.contentType, "application/sdp")
        request.body = SessionOffer.offer(session.media, address: host, port: port).bytes
    }

    // MARK: - Answers to INVITE

    /// The first message of an INVITE, or a message, was taken by the XMPP side.
    func settle(_ key: ServerTransactionKey) {
        guard let id = self.pendingInvites.removeValue(forKey: key) else { return self.respond(key, Status(200)) }
        self.drive(id, .firstTaken)
    }

    /// It was not.
    func settle(_ key: ServerTransactionKey, _ failure: DeliveryFailure, isOurs: Bool = true) {
        guard let id = self.pendingInvites.removeValue(forKey: key) else {
            return self.refuse(key, failure, isOurs: isOurs)
        }
        self.sessions[id]?.refusal = (failure, isOurs)
        self.drive(id, .firstRefused)
    }

    /// The 2xx to the peer's INVITE, for the first time or again.
    func accept(_ id: Dialog.ID, tookFirst: Bool) {
        guard let session = self.sessions[id], let key = session.invite else { return }
        if let finished = self.finishedInvites[key] { return self.drive(key, .respond(finished.response)) }
        guard let transaction = self.serverTransactions[key] else { return }
        var headers = self.sessionHeaders(session, transaction)
        if tookFirst { headers.append(.supported, "ms-text-format") }
        headers.append(.allow, SIPCapabilities.allow)
        self.respond(key, Status(200), headers: headers, tag: id.localTag, body: session.answer?.bytes ?? [])
        if let timer = session.timer { self.drive(id, .refreshed(timer)) }
    }

    /// What every 2xx that makes or refreshes a session says ([RFC 3261 §12.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1),
    /// [RFC 4028 §9](https://www.rfc-editor.org/rfc/rfc4028#section-9)).
    func sessionHeaders(_ session: Session, _ transaction: ServerTransaction) -> Headers {
        let routes = transaction.request.headers.all(.recordRoute)
        var headers = Headers(routes.map { Headers.Field(.recordRoute, $0) })
        let key = ServerTransactionKey(transaction.request, via: transaction.request.headers.topVia)
        if let contact = key.flatMap({ self.contact(answering: $0) }) { headers.append(.contact, contact) }
        if session.answer != nil { headers.append(.contentType, "application/sdp") }
        if let timer = session.timer {
            headers.append(.sessionExpires, timer.answer)
            if !timer.isOurs { headers.append(.require, "timer") }
        }
        headers.append(.supported, "timer")
        return headers
    }

    func refuseInvite(_ id: Dialog.ID, isCancelled: Bool) {
        guard let session = self.sessions[id], let key = session.invite else { return }
        if isCancelled { return self.respond(key, Status(487)) }
        let refusal = session.refusal ?? (.noXMPPEdge, true)
        self.refuse(key, refusal.failure, isOurs: refusal.isOurs)
    }
}

extension DeliveryFailure {
    fileprivate static let notAUser = DeliveryFailure(
        .itemNotFound,
        reason: .notSupported,
        text: "Only users can write and be written to.",
        sipStatus: 404
    )
    fileprivate static func offerRefused(_ text: String) -> DeliveryFailure {
        DeliveryFailure(.notAcceptable, reason: .notSupported, text: text, sipStatus: 488)
    }
}
