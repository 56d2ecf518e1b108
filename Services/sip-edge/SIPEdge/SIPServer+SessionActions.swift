import Bus
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit
import Wire

/// Session machines: what happens to them, and what they ask for.
extension SIPServer {
    /// Lets something happen to a session.
    ///
    /// All that it asks for is done before the next thing happens to any session.
    func drive(_ id: Dialog.ID, _ event: SessionMachine.Event) {
        self.sessionEvents.append((id, event))
        guard self.sessionEvents.count == 1 else { return }
        while let (id, event) = self.sessionEvents.first {
            for action in self.sessions[id]?.machine.handle(event) ?? [] { self.perform(action, id) }
            self.sessionEvents.removeFirst()
        }
    }

    private func perform(_ action: SessionMachine.Action, _ id: Dialog.ID) {
        switch action {
        case .sendInvite(let first): self.invite(id, first)
        case .sendACK: self.acknowledge(id, self.sessions[id]?.inviteNumber ?? 0)
        case .accept(let tookFirst): self.accept(id, tookFirst: tookFirst)
        case .refuse(let isCancelled): self.refuseInvite(id, isCancelled: isCancelled)
        case .sendMessage(let number): self.sendMessage(id, number)
        case .sendRefresh: self.refresh(id)
        case .sendBye: self.sendInDialog(.bye, id, .bye)
        case .taken(let number):
            guard let outgoing = self.takeMessages([number], of: id).first else { return }
            self.metrics.messagesToSIP.increment()
            self.port?.answer(outgoing.token, .success(Taken(isUnconfirmed: outgoing.isUnconfirmed)))
        case .bounce(let numbers): self.bounce(self.takeMessages(numbers, of: id))
        case .overflow(let number):
            for outgoing in self.takeMessages([number], of: id) {
                self.fail(outgoing.message, outgoing.token, .sessionQueueFull)
            }
        case .giveBack(let numbers):
            self.metrics.lostSessions.increment()
            let messages = self.takeMessages(numbers, of: id)
            self.logger.info(
                "Session lost; what waited is said elsewhere",
                metadata: ["sip.call_id": "\(id.callID)", "count": "\(messages.count)"]
            )
            self.sayElsewhere(messages)
        case .startTimer(let timer, let time): self.startTimer(timer, time, id)
        case .stopTimer(let timer): self.sessions[id]?.timers[timer] = nil
        case .established: self.established(id)
        case .finish: self.removeSession(id)
        }
    }

    private func takeMessages(_ numbers: [UInt64], of id: Dialog.ID) -> [SessionMessage] {
        numbers.compactMap { self.sessions[id]?.messages.removeValue(forKey: $0) }
    }

    private func bounce(_ messages: [SessionMessage]) {
        for outgoing in messages {
            let failure = outgoing.failure ?? .sessionLost
            if self.turnToPage(outgoing, failure) { continue }
            self.fail(outgoing.message, outgoing.token, failure)
        }
    }

    /// Notes why messages come back; the machine says which.
    func note(_ failure: DeliveryFailure, for numbers: [UInt64]? = nil, in id: Dialog.ID) {
        for number in numbers ?? self.sessions[id].map({ Array($0.messages.keys) }) ?? [] {
            self.sessions[id]?.messages[number]?.failure = failure
        }
    }

    /// Two users need one session; older ones of theirs end when there are too many, and when they are of the same device,
    /// which has forgotten them.
    private func established(_ id: Dialog.ID) {
        guard let session = self.sessions[id] else { return }
        self.logger.debug(
            "Session established",
            metadata: ["sip.call_id": "\(id.callID)", "origin": "\(session.isFromPeer ? "sip" : "xmpp")"]
        )
        let others = (self.conversations[session.pair] ?? []).filter { $0 != id }
        let isSameDevice = { (other: Dialog.ID) in
            guard let epid = session.dialog.remote.parameter("epid") else { return false }
            return self.sessions[other]?.dialog.remote.parameter("epid") == epid
        }
        for (index, other) in others.enumerated() {
            guard self.sessions[other]?.machine.isEstablished == true,
                others.count - index >= Session.limitPerPair || isSameDevice(other)
            else { continue }
            self.drive(other, .superseded)
        }
    }

    // MARK: - Requests of ours

    private func invite(_ id: Dialog.ID, _ first: UInt64) {
        guard var session = self.sessions[id], let outgoing = session.messages[first] else { return }
        let opening = SIPSessionMapping.opening(for: outgoing.message, embedsMessage: true)
        var request = session.dialog.request(.invite)
        session.inviteNumber = request.headers.cSeq?.number ?? 1
        session.embedsMessage = opening.firstMessage != nil
        self.sessions[id] = session
        if let field = opening.firstMessage { request.headers.fields.append(field) }
        if let subject = opening.subject { request.headers.append(.subject, subject) }
        if session.media == .message {
            request.headers.append(HeaderName("Ms-Conversation-ID"), self.newTag())
        }
        request.headers.append(.supported, "timer")
        request.headers.append(.allow, SIPCapabilities.allow)
        self.send(
            request,
            to: session.pair.local,
            purpose: .invite(id, outgoing.token.deadline),
            id: outgoing.message.id
        )
    }

    private func sendMessage(_ id: Dialog.ID, _ number: UInt64) {
        guard var session = self.sessions[id], let outgoing = session.messages[number] else { return }
        guard outgoing.token.deadline > .now(),
            let parts = SIPSessionMapping.parts(
                for: outgoing.message.content,
                takesIsComposing: session.takesIsComposing,
                takesAlternatives: session.takesAlternatives
            )
        else {
            // Its sender was told that it took too long.
            self.note(.nextHopTimeout, for: [number], in: id)
            return self.drive(id, .answered(number, .refused))
        }
        let request = session.dialog.request(parts)
        self.sessions[id] = session
        self.send(
            request,
            to: session.pair.local,
            over: session.connection,
            in: session.dialog,
            purpose: .inSession(id, .message(number), outgoing.token.deadline),
            id: outgoing.message.id
        )
    }

    private func refresh(_ id: Dialog.ID) {
        self.sendInDialog(.invite, id, .refresh) { request, session in
            session.inviteNumber = request.headers.cSeq?.number ?? 0
            session.isRefreshing = true
            request.headers.append(.supported, "timer")
            if let timer = session.timer {
                request.headers.append(.sessionExpires, "\(timer.seconds);refresher=uac")
            }
        }
    }

    private func sendInDialog(
        _ method: Method,
        _ id: Dialog.ID,
        _ what: ClientTransaction.SessionRequest,
        _ change: (inout Request, inout Session) -> Void = { _, _ in }
    ) {
        guard var session = self.sessions[id] else { return }
        var request = session.dialog.request(method)
        change(&request, &session)
        self.sessions[id] = session
        self.send(
            request,
            to: session.pair.local,
            over: session.connection,
            in: session.dialog,
            purpose: .inSession(id, what, nil),
            id: nil
        )
    }
}

extension DeliveryFailure {
    static let sessionQueueFull = DeliveryFailure(
        .resourceConstraint,
        reason: .queueFull,
        text: "too many messages wait for the session with the recipient"
    )
}
