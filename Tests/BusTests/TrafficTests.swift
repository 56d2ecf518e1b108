import Messaging
import NIOCore
import NIOPosix
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import Bus

/// An edge of a test: what it received, what was answered to it, and what it answers by itself.
final class TestEdge: Sendable {
    let bus: Bus
    let loop: any EventLoop
    let port: TrafficPort
    let received = Recorder<(text: String, from: String)>()
    let answered = Recorder<(number: UInt64, result: Result<Taken, DeliveryFailure>)>()
    /// What may go to another edge: it is among ``answered`` as well.
    let givenBack = Recorder<(number: UInt64, isGone: Bool)>()
    let tokens = Recorder<TrafficToken>()

    /// - Parameters:
    ///   - bus: Its bus.
    ///   - answers: The fate of everything that is received; `nil` to leave it open.
    init(_ bus: Bus, answers: Result<Taken, DeliveryFailure>?) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (received, answered, tokens) = (self.received, self.answered, self.tokens)
        let givenBack = self.givenBack
        let reply = Mutex<TrafficPort?>(nil)
        let port = bus.traffic(on: loop) { events in
            for event in events {
                switch event {
                case .received(let message, let token, let instance):
                    guard case .instantMessage(let content) = message.content else { continue }
                    received.record((content.body[0].text, instance))
                    tokens.record(token)
                    if let answers { reply.withLock { $0?.answer(token, answers) } }
                case .answered(let number, let result):
                    answered.record((number, result))
                case .givenBack(let number, let failure, let isGone):
                    givenBack.record((number, isGone))
                    answered.record((number, .failure(failure)))
                }
            }
        }
        reply.withLock { $0 = port }
        self.bus = bus
        self.loop = loop
        self.port = port
    }

    func meet(_ records: [EdgeRecord]) async throws {
        try await self.loop.submit { self.port.update(peers: records) }.get()
    }

    /// Sends texts in one batch; `nil` for those that were not taken.
    @discardableResult
    func send(_ texts: [String], to instance: String, timeout: Duration = .seconds(20)) async throws -> [UInt64?] {
        try await self.loop.submit {
            defer { self.port.flush() }
            return texts.map { self.port.send(neutralMessage($0), to: instance, timeout: timeout) }
        }.get()
    }
}

extension Bus {
    func record(at endpoint: String) -> EdgeRecord {
        EdgeRecord(
            kind: self.configuration.service == .sipEdge ? .sip : .xmpp,
            instance: self.instance,
            endpoint: endpoint
        )
    }
}

@Suite("Traffic between edges", .timeLimit(.minutes(5)))
struct TrafficTests {
    /// Two edges that know each other.
    private func withEdges(
        answers: Result<Taken, DeliveryFailure>?,
        limits: Bus.Limits = Bus.Limits(),
        receiverLimits: Bus.Limits = Bus.Limits(),
        metrics: MetricsRegistry = MetricsRegistry(),
        _ body: @Sendable (_ xmpp: TestEdge, _ sip: TestEdge) async throws -> Void
    ) async throws {
        let world = try BusWorld()
        let sip = TestEdge(try world.bus(.sipEdge, limits: receiverLimits), answers: answers)
        let xmpp = TestEdge(try world.bus(.xmppEdge, limits: limits, metrics: metrics), answers: answers)
        try await running(sip.bus) { sipEndpoints in
            try await running(xmpp.bus) { xmppEndpoints in
                let records = [
                    sip.bus.record(at: sipEndpoints.requests), xmpp.bus.record(at: xmppEndpoints.requests),
                ]
                try await xmpp.meet(records)
                try await sip.meet(records)
                try await body(xmpp, sip)
            }
        }
    }

    @Test("Messages arrive in order, and each is answered exactly once")
    func order() async throws {
        try await self.withEdges(answers: .success(Taken())) { xmpp, sip in
            var numbers: [UInt64?] = []
            for batch in 0..<100 {
                let texts = (0..<30).map { "\(batch * 30 + $0)" }
                numbers += try await xmpp.send(texts, to: sip.bus.instance)
            }
            try await eventually("all answers") { xmpp.answered.values.count >= 3000 }
            #expect(sip.received.values.map(\.text) == (0..<3000).map { "\($0)" })
            #expect(sip.received.values.allSatisfy { $0.from == xmpp.bus.instance })
            #expect(xmpp.answered.values.map(\.number) == numbers.compactMap { $0 })
            #expect(xmpp.answered.values.allSatisfy { $0.result == .success(Taken()) })
        }
    }

    @Test("Both directions work at the same time, and a failure arrives as it was told")
    func bothWays() async throws {
        let failure = DeliveryFailure(
            .itemNotFound,
            reason: .unknownUser,
            text: "no such user",
            alternative: Address(user: "new", domain: "sip.example"),
            sipStatus: 404
        )
        try await self.withEdges(answers: .failure(failure)) { xmpp, sip in
            try await xmpp.send(["to sip"], to: sip.bus.instance)
            try await sip.send(["to xmpp"], to: xmpp.bus.instance)
            try await eventually("both answers") {
                xmpp.answered.values.count == 1 && sip.answered.values.count == 1
            }
            #expect(xmpp.answered.values.map(\.result) == [.failure(failure)])
            #expect(sip.answered.values.map(\.result) == [.failure(failure)])
        }
    }

    @Test("A message that nobody decides on fails when its time is over; a late answer is dropped")
    func deadline() async throws {
        let metrics = MetricsRegistry()
        try await self.withEdges(answers: nil, metrics: metrics) { xmpp, sip in
            try await xmpp.send(["slow"], to: sip.bus.instance, timeout: .milliseconds(500))
            try await eventually("the deadline") { !xmpp.answered.values.isEmpty }
            #expect(xmpp.answered.values.map(\.result) == [.failure(.deadlineExceeded)])
            try await eventually("the message") { !sip.tokens.values.isEmpty }
            try await sip.loop.submit {
                sip.port.answer(sip.tokens.values[0], .success(Taken()))
                sip.port.flush()
            }.get()
            try await eventually("the late answer is counted") {
                metrics.prometheusText().contains("isthmus_bus_late_replies_total 1")
            }
            #expect(xmpp.answered.values.count == 1)
        }
    }

    @Test("When the other edge dies, everything that waits for it fails at once")
    func dies() async throws {
        let world = try BusWorld()
        let sip = TestEdge(try world.bus(.sipEdge, listen: FixedPort.endpoint()), answers: nil)
        let sipRun = try await RunningBus(sip.bus)
        let xmpp = TestEdge(try world.bus(.xmppEdge), answers: nil)
        try await running(xmpp.bus) { _ in
            try await xmpp.meet([sip.bus.record(at: sipRun.endpoints.requests)])
            try await xmpp.send((0..<100).map { "\($0)" }, to: sip.bus.instance, timeout: .seconds(600))
            try await eventually("the messages have arrived") { sip.received.values.count == 100 }
            await sipRun.kill()
            try await eventually("all have failed") { xmpp.answered.values.count == 100 }
            #expect(xmpp.answered.values.allSatisfy { $0.result == .failure(.edgeUnavailable) })
            #expect(xmpp.givenBack.values.isEmpty)

            // A message for an edge that stays away fails as well, long before its deadline; it may go to another edge.
            let late = try await xmpp.send(["too late", "later"], to: sip.bus.instance, timeout: .seconds(600))
            try await eventually("both have failed") { xmpp.answered.values.count == 102 }
            #expect(xmpp.givenBack.values.map(\.number) == late)
            #expect(xmpp.givenBack.values.allSatisfy { !$0.isGone })

            // A new life at the same address.
            let reborn = TestEdge(
                try world.bus(.sipEdge, listen: sipRun.endpoints.requests),
                answers: .success(Taken())
            )
            try await running(reborn.bus) { endpoints in
                try await xmpp.meet([reborn.bus.record(at: endpoints.requests)])
                try await xmpp.send(["again"], to: reborn.bus.instance)
                try await eventually("it is taken") { xmpp.answered.values.last?.result == .success(Taken()) }
                #expect(reborn.received.values.map(\.text) == ["again"])
            }
        }
        #expect(xmpp.answered.values.count == 103)
    }

    @Test("Messages wait for an edge that is about to start")
    func startsInAnyOrder() async throws {
        let world = try BusWorld()
        let endpoint = FixedPort.endpoint()
        let sip = TestEdge(try world.bus(.sipEdge, listen: endpoint), answers: .success(Taken()))
        let xmpp = TestEdge(try world.bus(.xmppEdge), answers: nil)
        try await running(xmpp.bus) { _ in
            try await xmpp.meet([sip.bus.record(at: endpoint)])
            try await xmpp.send(["early"], to: sip.bus.instance)
            try await running(sip.bus) { _ in
                try await eventually("it is taken") { xmpp.answered.values.map(\.result) == [.success(Taken())] }
            }
        }
    }

    @Test("An edge that is not listed, or has too much to do, is not sent to")
    func refuses() async throws {
        var limits = Bus.Limits()
        limits.outstandingTraffic = 3
        try await self.withEdges(answers: nil, limits: limits) { xmpp, sip in
            #expect(try await xmpp.send(["nobody"], to: "nobody") == [nil])
            let numbers = try await xmpp.send(["1", "2", "3", "4"], to: sip.bus.instance)
            #expect(numbers.map { $0 != nil } == [true, true, true, false])
            try await xmpp.meet([])
            #expect(try await xmpp.send(["gone"], to: sip.bus.instance) == [nil])
        }
    }

    @Test("An edge that has too much to do refuses what other edges hand over")
    func receiverIsFull() async throws {
        var limits = Bus.Limits()
        limits.unansweredTraffic = 2
        try await self.withEdges(answers: nil, receiverLimits: limits) { xmpp, sip in
            try await xmpp.send(["1", "2"], to: sip.bus.instance)
            try await xmpp.send(["3"], to: sip.bus.instance)
            try await eventually("the third is refused") { xmpp.answered.values.count == 1 }
            #expect(xmpp.answered.values.map(\.result) == [.failure(.queueFull)])
        }
    }

    @Test("What an edge gives back is known not to have been taken: it may go to another one")
    func givesBack() async throws {
        let metrics = MetricsRegistry()
        try await self.withEdges(answers: nil, metrics: metrics) { xmpp, sip in
            let numbers = try await xmpp.send(["taken", "1", "2"], to: sip.bus.instance)
            try await eventually("the messages") { sip.tokens.values.count == 3 }
            try await sip.loop.submit {
                let tokens = sip.tokens.values
                for token in tokens.dropFirst() { sip.port.giveBack(token, .edgeUnavailable) }
                sip.port.answer(tokens[0], .failure(.queueFull))
                sip.port.flush()
            }.get()
            try await eventually("all answers") { xmpp.answered.values.count == 3 }
            #expect(xmpp.givenBack.values.map(\.number) == Array(numbers.dropFirst()))
            #expect(xmpp.givenBack.values.map(\.isGone) == [true, true])
            #expect(metrics.prometheusText().contains("isthmus_bus_given_back_traffic_total 2"))
        }
    }

    @Test("A kind of message that the other edge does not know is refused by itself")
    func notUnderstood() async throws {
        try await self.withEdges(answers: .success(Taken())) { xmpp, sip in
            let endpoint = try await sip.bus.endpoints().requests
            let keys = sip.bus.configuration.keysDirectory
            let stranger = try Stranger.edge(keysDirectory: keys, to: .sipEdge, at: endpoint)
            // Traffic of two messages: one without anything in it, one that is whole.
            var slab: [UInt8] = [0x0A, 0x02, 0x08, 0x05]
            let encoder = TrafficEncoder(service: "xmpp-edge", instance: "newer")
            let message = TrafficMessage(number: 6, timeoutMilliseconds: 1000, message: neutralMessage("known"))
            encoder.append(message, to: &slab)
            try stranger.send(encoder.header(forBatchOf: slab.count) + slab)
            var answers: [TrafficAnswer] = []
            while answers.count < 2, case .traffic(let batch) = try await stranger.receive().body {
                answers += batch.answers
            }
            #expect(
                answers == [
                    TrafficAnswer(number: 5, result: .failure(.notUnderstood)),
                    TrafficAnswer(number: 6, result: .success(Taken())),
                ]
            )
        }
    }

    @Test(
        "What is meant for the edge that had the address before is refused: it would come by another way than what follows"
    )
    func misdirected() async throws {
        try await self.withEdges(answers: .success(Taken())) { xmpp, sip in
            let endpoint = try await sip.bus.endpoints().requests
            let keys = sip.bus.configuration.keysDirectory
            let stranger = try Stranger.edge(keysDirectory: keys, to: .sipEdge, at: endpoint)
            let encoder = TrafficEncoder(service: "xmpp-edge", instance: "other")
            func answer(to recipient: String) async throws -> TrafficAnswer? {
                var slab: [UInt8] = []
                encoder.append(
                    TrafficMessage(number: 6, timeoutMilliseconds: 1000, message: neutralMessage("x")),
                    to: &slab
                )
                try stranger.send(encoder.header(forBatchOf: slab.count, to: recipient) + slab)
                guard case .traffic(let batch) = try await stranger.receive().body else { return nil }
                return batch.answers.first
            }
            #expect(
                try await answer(to: "killed")
                    == TrafficAnswer(number: 6, result: .failure(.edgeUnavailable), isGivenBack: true)
            )
            #expect(try await answer(to: sip.bus.instance)?.result == .success(Taken()))
            #expect(try await answer(to: "")?.result == .success(Taken()))
        }
    }

    @Test("When the process ends, everything that waits fails")
    func shutsDown() async throws {
        let world = try BusWorld()
        let xmpp = TestEdge(try world.bus(.xmppEdge), answers: nil)
        let run = try await RunningBus(xmpp.bus)
        let record = EdgeRecord(kind: .sip, instance: "sip", endpoint: "tcp://127.0.0.1:1")
        try await xmpp.meet([record])
        try await xmpp.send(["1"], to: "sip", timeout: .seconds(600))
        await run.kill()
        try await xmpp.send(["2"], to: "sip", timeout: .seconds(600))
        try await eventually("both have failed") { xmpp.answered.values.count == 2 }
        #expect(xmpp.answered.values.allSatisfy { $0.result == .failure(.edgeUnavailable) })
    }
}

extension Stranger {
    static func edge(keysDirectory: String, to service: ServiceName, at endpoint: String) throws -> Stranger {
        let keys = try BusKeys(of: ServiceName.xmppEdge.rawValue, in: keysDirectory)
        guard let server = keys.peers[service.rawValue] else { throw BusKeysMissing() }
        return try Stranger(security: .client(keys.own, server: server), endpoint: endpoint)
    }
}
