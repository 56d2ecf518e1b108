import Bus
import Directory
import EdgeKit
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit
import Wire

extension SIPServer {
    /// How long the other edge may take for a message: well below the 32 s after which a SIP client gives up (Timer F), so that
    /// the end of its patience is an answer and not a silence ([RFC 4320](https://www.rfc-editor.org/rfc/rfc4320)).
    static let trafficTimeout = Duration.seconds(20)

    // MARK: - SIP → XMPP

    func receivedMessage(_ request: Request, _ key: ServerTransactionKey) {
        guard let transaction = self.serverTransactions[key] else { return }
        switch SIPMessageMapping.interpret(request, id: transaction.messageID, now: self.now) {
        case .refuse(let failure):
            self.metrics.failedFromSIP.increment()
            self.refuse(key, failure)
        case .ignore:
            self.respond(key, Status(200))
        case .neutral(let messages):
            // A MESSAGE is one thing said.
            guard let message = messages.first else { return self.respond(key, Status(200)) }
            self.learnNotifications(of: message)
            self.logger.debug(
                "Message from SIP",
                metadata: [
                    "message.id": "\(message.id)", "sip.call_id": "\(request.headers.callID ?? "")",
                    "peer.domain": "\(message.to.domain)",
                ]
            )
            self.sendToXMPP(message, for: key)
        }
    }

    /// Hands a message to the xmpp-edge that owns its domains; its fate answers `key`.
    func sendToXMPP(_ message: NeutralMessage, for key: ServerTransactionKey?) {
        let state = self.contactState(
            .outbound,
            message.decisionKind,
            localUser: message.from,
            contact: message.to,
            .toXMPP(message)
        )
        if let state { self.sendToXMPP(message, for: key, contact: state) }
    }

    func sendToXMPP(_ message: NeutralMessage, for key: ServerTransactionKey?, contact: Decision.ContactState) {
        let decision = self.policy.decide(
            .outbound,
            message.decisionKind,
            from: message.from,
            to: message.to,
            contact: contact
        )
        if let failure = decision.failure { return self.failToXMPP(message, failure, key) }
        self.logger.body(of: message, self.policy.settings)
        switch self.typed(message, from: .sip) {
        case .tell(let told): self.handOver(told, for: key)
        case .known: if let key { self.settle(key) }
        case .full: self.failToXMPP(message, .overloaded, key)
        }
    }

    func failToXMPP(_ message: NeutralMessage, _ failure: DeliveryFailure, _ key: ServerTransactionKey?) {
        self.metrics.failedFromSIP.increment()
        if let key { self.settle(key, failure) }
        self.testAnswered(message.id, failure)
        self.presenceFailed(message, failure)
    }

    // MARK: - Traffic

    /// Everything a batch of the bus has for this edge.
    func received(_ events: [TrafficEvent]) {
        for event in events {
            switch event {
            case .answered(let number, let result): self.answered(number, result)
            case .givenBack(let number, let failure, let isGone): self.givenBack(number, failure, isGone: isGone)
            case .received(let message, let token, _): self.received(message, token)
            }
        }
        self.flush()
    }

    private func answered(_ number: UInt64, _ result: Result<Taken, DeliveryFailure>) {
        guard let sent = self.outgoing.removeValue(forKey: number) else { return }
        switch result {
        case .success:
            self.metrics.messagesFromSIP.increment()
            if let key = sent.transaction { self.settle(key) }
            self.testAnswered(sent.message.id, nil)
            self.presenceTaken(sent.message)
        case .failure(let failure):
            self.metrics.failedFromSIP.increment()
            if let key = sent.transaction { self.settle(key, failure, isOurs: failure.isOfTheBus) }
            self.testAnswered(sent.message.id, failure)
            self.presenceFailed(sent.message, failure)
        }
        self.endCrossing(sent)
    }

    private func received(_ message: NeutralMessage, _ token: TrafficToken) {
        switch message.content {
        case .deliveryReceipt(let receipt) where self.isAboutTest(receipt): self.taken(token)
        case .instantMessage, .composition, .deliveryReceipt: self.sendToSIP(message, token)
        case .subscriptionRequest(let request): self.received(request, message, token)
        case .subscriptionState(let state): self.received(state, message, token)
        case .presence(let notification): self.received(notification, message, token)
        case .presenceProbe: self.receivedProbe(message, token)
        // Sessions are opened and closed by edges that have them.
        case .sessionOpened, .sessionClosed: self.port?.answer(token, .success(Taken()))
        }
    }

    // MARK: - XMPP → SIP

    private func sendToSIP(_ message: NeutralMessage, _ token: TrafficToken) {
        let state = self.contactState(
            .inbound,
            message.decisionKind,
            localUser: message.to,
            contact: message.from,
            .toSIP(message, token)
        )
        if let state { self.sendToSIP(message, token, contact: state) }
    }

    func sendToSIP(_ message: NeutralMessage, _ token: TrafficToken, contact: Decision.ContactState) {
        let decision = self.policy.decide(
            .inbound,
            message.decisionKind,
            from: message.from,
            to: message.to,
            contact: contact
        )
        if let failure = decision.failure { return self.fail(message, token, failure) }
        self.logger.body(of: message, self.policy.settings)
        let told: NeutralMessage
        switch self.typed(message, from: .xmpp) {
        case .tell(let message): told = message
        case .known: return self.taken(token)
        case .full: return self.fail(message, token, .overloaded)
        }
        if let text = told.text, text.utf8.count > self.configuration.limits.messageSize {
            return self.fail(message, token, .tooLarge(self.configuration.limits.messageSize))
        }
        if self.sendInSession(SessionMessage(told, token)) { return }
        self.sendPage(told, token)
    }

    /// Sends a message outside dialogs.
    func sendPage(_ message: NeutralMessage, _ token: TrafficToken) {
        let parts: SIPMessageParts?
        let isAsked = self.isAskedForNotifications(message)
        do {
            // A request has header fields beside what it says.
            let size = self.configuration.limits.messageSize + self.messageLimits.headerBytes
            let options = SIPMessageOptions(usesCPIM: isAsked, sizeLimit: size)
            parts = try SIPMessageMapping.parts(for: message, options: options, now: self.now)
        } catch {
            return self.fail(message, token, error)
        }
        // What SIP has no word for is not lost: there was nothing to say.
        guard let parts else { return self.taken(token) }
        guard !self.isDraining else { return self.giveBack(token) }
        self.logger.debug(
            "Message to SIP",
            metadata: ["message.id": "\(message.id)", "peer.domain": "\(message.from.domain)"]
        )
        if isAsked { self.notificationsAsked.insert(message.id) }
        self.send(self.request(parts), to: message.to, purpose: .message(message, token), id: message.id)
    }

    /// Says once more that a contact is typing, or that it has stopped, where that is said to this user.
    func tellTyping(_ message: NeutralMessage) {
        if self.sayInSession(message) { return }
        guard let parts = try? SIPMessageMapping.parts(for: message, now: self.now) else { return }
        self.send(self.request(parts), to: message.to, purpose: .typing, id: message.id)
    }

    private func request(_ parts: SIPMessageParts) -> Request {
        var headers = Headers()
        headers.fields.reserveCapacity(parts.headers.fields.count + 7)
        headers.append(.maxForwards, "70")
        headers.append(.from, "<\(parts.from)>;tag=\(self.uniqueName())")
        headers.append(.to, "<\(parts.to)>")
        headers.append(.callID, parts.callID ?? self.uniqueName())
        headers.append(.cSeq, "1 MESSAGE")
        headers.fields += parts.headers.fields
        return Request(.message, uri: parts.requestURI, headers: headers, body: parts.body)
    }

    /// What a MESSAGE came to.
    func completed(_ message: NeutralMessage, _ token: TrafficToken, _ outcome: SIPOutcome) {
        switch outcome {
        case .response(let response) where response.status.isSuccess:
            self.metrics.messagesToSIP.increment()
            let isAsked = self.notificationsAsked.remove(message.id) != nil
            self.port?.answer(token, .success(Taken(isUnconfirmed: isAsked || response.status.code == 202)))
        case .response(let response):
            if self.stopsAsking(message, token, response) { return }
            if self.turnToSession(message, token, response) { return }
            self.fail(message, token, DeliveryFailure(response))
        case .failure(let failure):
            self.notificationsAsked.remove(message.id)
            self.fail(message, token, failure)
        }
    }

    func taken(_ token: TrafficToken) { self.port?.answer(token, .success(Taken())) }

    /// Gives back a message that nobody was given, because this edge stops: another one may take it.
    func giveBack(_ token: TrafficToken) { self.port?.giveBack(token, .shuttingDown) }

    /// Says that a message of another edge cannot be delivered, and takes note of it.
    func fail(_ message: NeutralMessage, _ token: TrafficToken, _ failure: DeliveryFailure) {
        self.metrics.failedToSIP.increment()
        var record = RefusalRecord(
            time: self.now,
            service: self.context.name,
            messageID: message.id,
            subject: message.decisionKind.rawValue,
            from: message.from.description,
            to: message.to.description,
            peer: "",
            reason: failure.reason,
            answer: failure.sipStatus.map { "\($0)" } ?? "\(failure.condition)",
            text: failure.text
        )
        // From the XMPP side to a user of ours.
        record.direction = .inbound
        record.localDomain = message.to.domain
        record.remoteDomain = message.from.domain
        record.partner = self.policy.partner(ofDomain: message.from.domain)?.domain ?? ""
        record.step = .stanza
        // What is too large for UDP alone is another matter.
        record.rule =
            failure.reason == .sizeLimit && failure.condition == .policyViolation
            ? self.ruleOfSize
            : self.policy.rule(
                behind: failure.reason,
                local: message.to.domain,
                remote: message.from.domain,
                user: message.to
            )
        self.refusals.report(record)
        self.port?.answer(token, .failure(failure))
    }
}

extension NeutralMessage {
    /// What is said, where something is.
    fileprivate var text: String? {
        guard case .instantMessage(let message) = self.content else { return nil }
        return message.body.first?.text
    }

    /// What policy is asked about it.
    var decisionKind: Decision.Kind {
        switch self.content {
        case .instantMessage, .deliveryReceipt, .sessionOpened, .sessionClosed: .instantMessage
        case .composition: .composition
        case .subscriptionRequest, .subscriptionState, .presenceProbe: .subscription
        case .presence: .presence
        }
    }
}

extension DeliveryFailure {
    fileprivate static func tooLarge(_ limit: Int) -> DeliveryFailure {
        DeliveryFailure(
            .policyViolation,
            reason: .sizeLimit,
            text: "the message is larger than the \(limit) bytes that a message to SIP may have"
        )
    }

    /// Whether nobody at the other edge has decided this: the way there failed.
    var isOfTheBus: Bool {
        self.reason == .edgeUnavailable || self.reason == .deadlineExceeded || self.reason == .queueFull
    }
}
