import Bus
import Messaging
import NIOCore
import Policy
import Synchronization
import Wire

@testable import SIPEdge

/// The xmpp-edge of a test: keeps what it is handed, and answers as it is told.
final class XMPPSide: Sendable {
    typealias FateOf = @Sendable (NeutralMessage) -> Result<Taken, DeliveryFailure>?

    let received = Recorder<NeutralMessage>()
    let answers = Recorder<(number: UInt64, result: Result<Taken, DeliveryFailure>)>()
    /// Those of the ``answers`` that may go to another edge.
    let givenBack = Recorder<UInt64>()
    let bus: RunningBus
    private let port: TrafficPort
    private let loop: any EventLoop
    private let shared: Shared

    /// What both the loop and the test touch.
    private final class Shared: Sendable {
        /// A structure: a closure in a tuple would be wrapped once more each time it is read.
        struct State {
            var port: TrafficPort?
            var fate: FateOf = { _ in .success(Taken()) }
            /// What a new message is given back with.
            var refusal: DeliveryFailure?
        }

        let state = Mutex(State())
        /// What has no fate yet.
        let open = Mutex<[(message: NeutralMessage, token: TrafficToken)]>([])
    }

    init(keys: String, loop: any EventLoop) async throws {
        self.bus = try RunningBus.make(.xmppEdge, keys: keys)
        try await self.bus.start()
        self.loop = loop
        let shared = Shared()
        let (received, answers, givenBack) = (self.received, self.answers, self.givenBack)
        self.port = self.bus.bus.traffic(on: loop) { events in
            for event in events {
                switch event {
                case .received(let message, let token, _):
                    received.record(message)
                    let state = shared.state.withLock { $0 }
                    if let refusal = state.refusal {
                        state.port?.giveBack(token, refusal)
                    } else if let result = state.fate(message) {
                        state.port?.answer(token, result)
                    } else {
                        shared.open.withLock { $0.append((message, token)) }
                    }
                case .answered(let number, let result): answers.record((number, result))
                case .givenBack(let number, let failure, _):
                    givenBack.record(number)
                    answers.record((number, .failure(failure)))
                }
            }
        }
        self.shared = shared
        let port = self.port
        shared.state.withLock { $0.port = port }
    }

    var record: EdgeRecord {
        EdgeRecord(kind: .xmpp, instance: self.bus.bus.instance, endpoint: self.bus.requests)
    }

    /// From now on messages have this fate; `nil` leaves it open.
    func answer(_ fate: @escaping FateOf) { self.shared.state.withLock { $0.fate = fate } }

    /// From now on messages are given back, as by an edge that stops.
    func giveBack() { self.shared.state.withLock { $0.refusal = .shuttingDown } }

    /// Gives what was left open the fate that messages have now.
    func settle() async throws {
        try await self.loop.submit { [port, shared] in
            let open = shared.open.withLock { open in
                defer { open = [] }
                return open
            }
            let fate = shared.state.withLock { $0.fate }
            for (message, token) in open {
                if let result = fate(message) { port.answer(token, result) }
            }
            port.flush()
        }.get()
    }

    func connect(to edge: EdgeRecord) async throws {
        try await self.loop.submit { [port] in port.update(peers: [edge]) }.get()
    }

    /// Hands a message to the sip-edge; its number.
    func send(_ message: NeutralMessage, to edge: EdgeRecord, timeout: Duration = .seconds(20)) async throws -> UInt64?
    {
        try await self.loop.submit { [port] in
            defer { port.flush() }
            return port.send(message, to: edge.instance, timeout: timeout)
        }.get()
    }

    /// What was said of subscriptions.
    var states: [SubscriptionState] {
        self.received.values.compactMap { message -> SubscriptionState? in
            if case .subscriptionState(let state) = message.content { state } else { nil }
        }
    }

    /// What was asked for.
    var wishes: [SubscriptionRequest.Action] {
        self.received.values.compactMap { message -> SubscriptionRequest.Action? in
            if case .subscriptionRequest(let request) = message.content { request.action } else { nil }
        }
    }

    /// The presence that was shown.
    var shown: [PresenceNotification] {
        self.received.values.compactMap { message -> PresenceNotification? in
            if case .presence(let presence) = message.content { presence } else { nil }
        }
    }

    /// The texts of the messages.
    var texts: [String] {
        self.received.values.compactMap { message -> String? in
            if case .instantMessage(let content) = message.content { content.body.first?.text } else { nil }
        }
    }
}
