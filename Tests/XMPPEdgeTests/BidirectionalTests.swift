import Bus
import Messaging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("XEP-0288 between two gateways: one connection for both directions", .timeLimit(.minutes(5)))
struct BidirectionalTests {
    private static let one = GatewayFederationTests.one
    private static let two = GatewayFederationTests.two

    private static func fromOne(_ text: String, id: String = "1") -> NeutralMessage {
        message(text, from: "juliet@one.example", to: "romeo@two.example", id: id)
    }

    private static func fromTwo(_ text: String, id: String = "2") -> NeutralMessage {
        message(text, from: "romeo@two.example", to: "juliet@one.example", id: id)
    }

    private static func streams(_ gateway: TestGateway) async -> [LiveStream] {
        await gateway.federation.streams(StreamQuery()).streams.filter { $0.state == "established" }
    }

    private static func partner(_ domain: String, _ method: String, limit: Int = 20) -> Partner {
        method == "sasl-external"
            ? Partner(domain: domain, kind: .federated, connectionLimit: limit)
            : Partner(
                domain: domain,
                kind: .federated,
                tls: .required,
                sasl: .notSupported,
                dialback: true,
                connectionLimit: limit
            )
    }

    @Test("Both ways, a thousand each, in order and each once", arguments: ["sasl-external", "tls-dialback"])
    func oneConnection(method: String) async throws {
        let (first, second) = try await GatewayFederationTests.pair(
            one: Self.partner(Self.two, method),
            two: Self.partner(Self.one, method)
        )
        _ = try await first.sip.send([Self.fromOne("0")])
        try await eventually("the first") { second.sip.texts == ["0"] }
        let texts = (1...1000).map { "\($0)" }
        for start in stride(from: 0, to: texts.count, by: 250) {
            _ = try await first.sip.send(texts[start..<start + 250].map { Self.fromOne($0, id: "a\($0)") })
            _ = try await second.sip.send(texts[start..<start + 250].map { Self.fromTwo($0, id: "b\($0)") })
            try await eventually("the batch to be taken") {
                first.sip.answers.values.count == start + 251 && second.sip.answers.values.count == start + 250
            }
        }
        try await eventually("all to arrive") { second.sip.texts.count == 1001 && first.sip.texts.count == 1000 }
        #expect(second.sip.texts == ["0"] + texts)
        #expect(first.sip.texts == texts)
        #expect((first.sip.answers.values + second.sip.answers.values).allSatisfy { $0.result == .success(Taken()) })
        for (gateway, direction) in [(first, LiveStream.Direction.outbound), (second, .inbound)] {
            let streams = await Self.streams(gateway)
            #expect(streams.map(\.direction) == [direction])
            #expect(streams.first?.authentication == method)
            #expect(streams.first.map { $0.sent >= 1000 && $0.received >= 1000 } == true)
        }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("Where one side has switched it off, each direction has its stream", arguments: [true, false])
    func switchedOff(atFirst: Bool) async throws {
        let (first, second) = try await GatewayFederationTests.pair(bidirectional: (!atFirst, atFirst))
        _ = try await first.sip.send([Self.fromOne("there")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        _ = try await second.sip.send([Self.fromTwo("back")])
        try await eventually("the answer to arrive") { first.sip.texts == ["back"] }
        for gateway in [first, second] {
            try await eventually("both streams") { await Self.streams(gateway).count == 2 }
        }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "connection-limit: a partner with one stream gets no second, and needs none if the one goes both ways",
        arguments: [true, false]
    )
    func connectionLimit(isBidirectional: Bool) async throws {
        let (first, second) = try await GatewayFederationTests.pair(
            two: Self.partner(Self.one, "sasl-external", limit: 1),
            bidirectional: (isBidirectional, isBidirectional)
        )
        _ = try await first.sip.send([Self.fromOne("there")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        _ = try await second.sip.send([Self.fromTwo("back")])
        try await eventually("the fate") { second.sip.answers.values.count == 1 }
        switch second.sip.answers.values.first?.result {
        case .success?: #expect(isBidirectional)
        case .failure(let failure)?:
            #expect(!isBidirectional)
            #expect(failure.text.contains("as many as there may be"))
        case nil: Issue.record("no fate")
        }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "What was written and not acknowledged when the stream ends is bounced, once; the next message finds its own way"
    )
    func bounced() async throws {
        let (first, second) = try await GatewayFederationTests.pair()
        _ = try await first.sip.send([Self.fromOne("there")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        // One's sip-edge never answers, so one never acknowledges two's messages on one's stream.
        first.sip.answer { _ in nil }
        _ = try await second.sip.send((0..<3).map { Self.fromTwo("\($0)", id: "b\($0)") })
        try await eventually("they are under way") { first.sip.texts == ["0", "1", "2"] }
        #expect(second.sip.answers.values.isEmpty)
        // One no longer serves its domain: host-gone on the stream that lives (RFC 6120 §4.9.3.5).
        try await first.federate(with: [first.toPartner(Self.two, second)], domain: "elsewhere.example")
        try await eventually("the fates") { second.sip.answers.values.count >= 3 }
        #expect(second.sip.answers.values.count == 3)
        for answer in second.sip.answers.values {
            guard case .failure(let failure) = answer.result else { Issue.record("delivered"); continue }
            #expect(failure.condition == .remoteServerNotFound)
            #expect(failure.text.contains("host-gone"))
        }
        first.sip.answer { _ in .success(Taken()) }
        try await first.federate(with: [first.toPartner(Self.two, second)])
        _ = try await second.sip.send([Self.fromTwo("again", id: "b4")])
        try await eventually("the next") { first.sip.texts.last == "again" }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "A stream that is not read because too much of it is under way lives on, and loses nothing",
        arguments: [true, false]
    )
    func backPressure(fromInitiator: Bool) async throws {
        let (first, second) = try await GatewayFederationTests.pair(limits: Limits(unsettled: 10))
        _ = try await first.sip.send([Self.fromOne("there")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        let (sender, receiver) = fromInitiator ? (first, second) : (second, first)
        receiver.sip.hold()
        let before = receiver.sip.texts.count
        let body = String(repeating: "x", count: 30_000)
        _ = try await sender.sip.send(
            (0..<200).map { fromInitiator ? Self.fromOne(body, id: "m\($0)") : Self.fromTwo(body, id: "m\($0)") }
        )
        try await eventually("the receiver to stop reading") { receiver.edgeMetrics.paused.value > 0 }
        // What one read brings may exceed it; two hundred messages of 30 000 bytes are more than that, and than sockets take.
        #expect(receiver.sip.texts.count - before < 100)
        receiver.sip.release()
        try await eventually("all to arrive") { receiver.sip.texts.count - before == 200 }
        try await eventually("all fates") {
            sender.sip.answers.values.count { $0.result == .success(Taken()) } == 200 + (fromInitiator ? 1 : 0)
        }
        #expect(await Self.streams(first).count == 1)
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "A peer that is too fast is read more slowly on the stream that we opened, too: nothing is lost, the order stays",
        arguments: BackPressureTests.rates.indices
    )
    func slowed(rate: Int) async throws {
        let (name, change) = BackPressureTests.rates[rate]
        var limits = Limits()
        change(&limits)
        let (first, second) = try await GatewayFederationTests.pair(limits: limits)
        _ = try await first.sip.send([Self.fromOne("there")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        let before = first.value("isthmus_xmpp_limits_total{limit=\"\(name.rawValue)\"}")
        let texts = (0..<300).map { "\($0)" }
        _ = try await second.sip.send(texts.map { Self.fromTwo($0, id: "b\($0)") })
        try await eventually("all of them", within: .seconds(60)) { first.sip.texts.count == texts.count }
        #expect(first.sip.texts == texts)
        #expect(first.value("isthmus_xmpp_limits_total{limit=\"\(name.rawValue)\"}") > before)
        #expect(first.value("isthmus_xmpp_paused_total") > 0)
        try await eventually("the end of the last pause") { first.value("isthmus_xmpp_paused_streams") == 0 }
        try await eventually("all fates") { second.sip.answers.values.count == texts.count }
        #expect(second.sip.answers.values.allSatisfy { $0.result == .success(Taken()) })
        #expect(await Self.streams(first).map(\.direction) == [.outbound])
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("A partner's new rules end the use of its stream at once: what is not allowed any more carries nothing")
    func rulesChange() async throws {
        let (first, second) = try await GatewayFederationTests.pair(
            one: Self.partner(Self.two, "tls-dialback"),
            two: Self.partner(Self.one, "tls-dialback")
        )
        _ = try await first.sip.send([Self.fromOne("there")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        _ = try await second.sip.send([Self.fromTwo("back")])
        try await eventually("the answer to arrive") { first.sip.texts == ["back"] }
        #expect(await Self.streams(second).count == 1)
        try await second.federate(with: [second.toPartner(Self.one, first)])
        _ = try await second.sip.send([Self.fromTwo("by certificate", id: "3")])
        try await eventually("the fate") { second.sip.answers.values.count == 2 }
        let streams = await Self.streams(second)
        #expect(!streams.contains { $0.direction == .inbound && $0.sent > 1 })
        try await GatewayFederationTests.stop(first, second)
    }
}
