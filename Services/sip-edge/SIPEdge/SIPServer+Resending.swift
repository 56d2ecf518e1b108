import NIOCore
import NetworkKit
import SIPCore
import ServiceKit

/// What a timer of a transaction is for.
enum TransactionTimer {
    /// Timers A and E.
    case resend(UInt64)
    /// Timers D and K.
    case forget(UInt64)
    /// Timer J.
    case answered(ServerTransactionKey)
    /// Timers E and F of a CANCEL.
    case cancel(UInt64, NonInviteClientTransaction.Timer)
    /// The 2xx to a re-INVITE.
    case unacknowledged(Dialog.ID, UInt32)
}

/// A CANCEL that has no answer: over UDP it is sent again.
struct PendingCancel {
    var machine = NonInviteClientTransaction(isTransportReliable: false)
    let request: Request
    let connection: ConnectionID
}

/// What UDP loses is sent again: the timers of [RFC 3261 §17](https://www.rfc-editor.org/rfc/rfc3261#section-17), Table 4.
///
/// Timers B and F have no place here: how long a next hop may take is configured, and shorter.
extension SIPServer {
    /// The largest request that goes over UDP ([RFC 3261 §18.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1)).
    static let datagramLimit = 1300

    // MARK: - Ours

    /// Sends a request that has its Via and Contact, and begins its transaction.
    func begin(_ number: UInt64, _ request: Request, by connection: SIPConnection) {
        guard !connection.transport.isReliable else {
            self.clientTransactions[number]?.connection = connection.id
            self.start(number, isTransportReliable: true)
            return self.write(request, by: connection)
        }
        let size = MessageWriter.bytes(of: request).count
        guard size <= Self.datagramLimit else { return self.moveToTCP(number, size) }
        self.clientTransactions[number]?.connection = connection.id
        self.clientTransactions[number]?.sent = request
        self.start(number, isTransportReliable: false)
        self.write(request, by: connection)
    }

    /// Starts the machine of a transaction; what it wants sent first is sent by the caller.
    private func start(_ number: UInt64, isTransportReliable: Bool) {
        guard var transaction = self.clientTransactions[number] else { return }
        transaction.machine = .init(transaction.request.method, isTransportReliable: isTransportReliable)
        let step = transaction.machine.start()
        self.clientTransactions[number] = transaction
        self.scheduleResending(number, step)
    }

    private func scheduleResending(_ number: UInt64, _ step: ClientTransaction.Machine.Resending) {
        guard let time = step.next else { return }
        self.transactionTimers.insert(.resend(number), at: .now() + TimeAmount(time))
    }

    func write(_ request: Request, by connection: SIPConnection) {
        connection.assumeIsolated { $0.append(request) }
        self.touch(connection.id)
    }

    /// Sends a request again, as it was.
    private func resend(_ number: UInt64) {
        guard var transaction = self.clientTransactions[number], let request = transaction.sent else { return }
        let step = transaction.machine.fire()
        self.clientTransactions[number] = transaction
        self.scheduleResending(number, step)
        guard step.sends, let connection = transaction.connection.flatMap({ self.connections[$0] }) else { return }
        self.metrics.resent.increment()
        self.write(request, by: connection)
    }

    /// Whether a response that came by `connection` may be one to the request: over UDP it may come to the port of our Via,
    /// from the same host.
    func isAnswerable(_ transaction: ClientTransaction, by connection: SIPConnection) -> Bool {
        guard let id = transaction.connection else { return false }
        if id == connection.id { return true }
        return !connection.transport.isReliable && transaction.sent != nil
            && self.connections[id]?.remoteAddress == connection.remoteAddress
    }

    /// Keeps a transaction over UDP that has its answer, for the answer may come again.
    func awaitRepeats(
        _ number: UInt64,
        _ transaction: ClientTransaction,
        _ actions: [NonInviteClientTransaction.Action]
    ) {
        for case .startTimer(.k, let time) in actions { self.keep(number, transaction, for: time) }
    }

    func awaitRepeats(_ number: UInt64, _ transaction: ClientTransaction, _ actions: [InviteClientTransaction.Action]) {
        for case .startTimer(.d, let time) in actions { self.keep(number, transaction, for: time) }
    }

    private func keep(_ number: UInt64, _ transaction: ClientTransaction, for time: Duration) {
        guard self.answeredTransactions.count < self.configuration.limits.answeredRequests else { return }
        self.answeredTransactions[number] = transaction
        self.transactionTimers.insert(.forget(number), at: .now() + TimeAmount(time))
    }

    /// Whether a response has come again: a refused INVITE is acknowledged again, all else is absorbed.
    func absorb(_ response: Response, _ number: UInt64, _ connection: SIPConnection) -> Bool {
        guard let transaction = self.answeredTransactions[number], self.isAnswerable(transaction, by: connection) else {
            return false
        }
        guard case .invite(var machine) = transaction.machine else { return true }
        for case .sendACK(let refusal) in machine.handle(.response(response)) {
            self.acknowledge(refusal, transaction.request, connection)
        }
        return true
    }

    // MARK: - CANCEL

    func send(cancel request: Request, _ number: UInt64, by connection: SIPConnection) {
        self.write(request, by: connection)
        guard !connection.transport.isReliable else { return }
        self.cancels[number] = PendingCancel(request: request, connection: connection.id)
        self.driveCancel(number, .start)
    }

    private func driveCancel(_ number: UInt64, _ event: NonInviteClientTransaction.Event) {
        guard var cancel = self.cancels[number] else { return }
        let actions = cancel.machine.handle(event)
        self.cancels[number] = cancel
        for action in actions {
            switch action {
            case .sendRequest where event != .start:
                self.metrics.resent.increment()
                if let connection = self.connections[cancel.connection] { self.write(cancel.request, by: connection) }
            case .startTimer(let timer, let time):
                self.transactionTimers.insert(.cancel(number, timer), at: .now() + TimeAmount(time))
            case .finish: self.cancels[number] = nil
            case .sendRequest, .stopTimer, .deliver, .fail: break
            }
        }
    }

    // MARK: - Those of peers

    /// Whether a request has been here before; then what was answered, if anything, is sent again.
    func isResent(_ key: ServerTransactionKey) -> Bool {
        if let transaction = self.serverTransactions[key] {
            self.repeatProvisional(key, transaction)
            return true
        }
        if var finished = self.finishedRequests[key] {
            self.metrics.resent.increment()
            self.perform(finished.machine.handle(.request), key, finished)
            return true
        }
        return self.isResentInvite(key)
    }

    /// [RFC 3261 §17.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1): an INVITE that comes again over UDP is told that
    /// the first one has arrived; other requests have no provisional answer (RFC 4320 §4.1).
    private func repeatProvisional(_ key: ServerTransactionKey, _ transaction: ServerTransaction) {
        guard case .invite(var machine) = transaction.machine,
            self.connections[transaction.connection]?.transport.isReliable == false
        else { return }
        for action in machine.handle(.request) {
            switch action {
            case .send(let response): self.transmit(response, by: transaction.connection)
            case .sendTrying:
                self.transmit(transaction.request.response(Status(100), tag: nil), by: transaction.connection)
            case .deliver, .startTimer, .stopTimer, .finish: break
            }
        }
    }

    /// Does what a transaction wants that has its final response.
    func perform(
        _ actions: [NonInviteServerTransaction.Action],
        _ key: ServerTransactionKey,
        _ finished: FinishedRequest
    ) {
        for action in actions {
            switch action {
            case .send(let response): self.transmit(response, by: finished.connection)
            case .startTimer(.j, let time):
                // What is over the limit was refused, with 503, and may come again as new.
                guard self.finishedRequests.count < self.configuration.limits.answeredRequests else { break }
                self.finishedRequests[key] = finished
                self.transactionTimers.insert(.answered(key), at: .now() + TimeAmount(time))
            case .deliver, .finish: break
            }
        }
    }

    func transmit(_ response: Response, by id: ConnectionID) {
        guard let connection = self.connections[id] else { return }
        connection.assumeIsolated { $0.append(response) }
        self.touch(id)
    }

    // MARK: - Time

    func fireTransactionTimers(at now: NIODeadline) {
        while let timer = self.transactionTimers.popExpired(at: now) {
            switch timer {
            case .resend(let number): self.resend(number)
            case .forget(let number): self.answeredTransactions[number] = nil
            case .answered(let key): self.finishedRequests[key] = nil
            case .cancel(let number, let timer): self.driveCancel(number, .timerFired(timer))
            case .unacknowledged(let id, let number): self.repeatAcceptance(id, number, at: now)
            }
        }
    }
}

extension ClientTransaction.Machine {
    /// Whether the request is to be sent, and after what time it may have to be sent again.
    struct Resending {
        var sends = false
        var next: Duration?
    }

    mutating func start() -> Resending { self.handle(.start, .start) }

    /// Timer A or E has fired.
    mutating func fire() -> Resending { self.handle(.timerFired(.a), .timerFired(.e)) }

    private mutating func handle(
        _ inviteEvent: InviteClientTransaction.Event,
        _ event: NonInviteClientTransaction.Event
    ) -> Resending {
        var step = Resending()
        switch self {
        case .invite(var machine):
            for action in machine.handle(inviteEvent) {
                if case .sendRequest = action { step.sends = true }
                if case .startTimer(.a, let time) = action { step.next = time }
            }
            self = .invite(machine)
        case .other(var machine):
            for action in machine.handle(event) {
                if case .sendRequest = action { step.sends = true }
                if case .startTimer(.e, let time) = action { step.next = time }
            }
            self = .other(machine)
        }
        return step
    }
}
