import Messaging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import EdgeKit
@testable import XMPPEdge

@Suite("Conversations that go from one edge to another", .timeLimit(.minutes(5)))
struct CrossingsTests {
    private static let conversation = Conversation(
        of: message("x", from: "juliet@one.example", to: "romeo@two.example")
    )
    private static let other = Conversation(of: message("x", from: "nurse@one.example", to: "romeo@two.example"))

    @Test("What is newer waits for all that is with the former edge; what comes back goes first")
    func order() {
        var crossings = Crossings<Int>()
        // 1, 2 and 3 are with the former edge.
        for _ in 1...3 { crossings.begin(Self.conversation) }
        #expect(crossings.isCrossing(Self.conversation) && !crossings.isCrossing(Self.other))
        var waits = crossings.wait(4, Self.conversation)
        #expect(waits)
        var goesOn = crossings.end(Self.conversation, returned: 2)
        #expect(goesOn == [])
        waits = crossings.wait(5, Self.conversation)
        #expect(waits)
        goesOn = crossings.end(Self.conversation)
        #expect(goesOn == [])
        goesOn = crossings.end(Self.conversation, returned: 3)
        #expect(goesOn == [2, 3, 4, 5])
        #expect(crossings.isEmpty)
    }

    @Test("Whatever the devices of two users, their conversation is one")
    func devices() throws {
        func message(_ from: Address) -> NeutralMessage {
            let to = Address(user: "romeo", domain: "two.example", instance: "phone")
            return NeutralMessage(id: MessageID("m"), from: from, to: to, content: .presenceProbe)
        }
        let phone = message(Address(user: "juliet", domain: "one.example", instance: "phone"))
        #expect(Conversation(of: phone) == Self.conversation)
    }

    @Test("Not more waits than the limit; when it has gone, others may wait")
    func limit() {
        var crossings = Crossings<Int>()
        crossings.begin(Self.conversation)
        for number in 0..<Crossings<Int>.limit { _ = crossings.wait(number, Self.conversation) }
        crossings.begin(Self.other)
        var waits = crossings.wait(-1, Self.other)
        #expect(!waits)
        let gone = crossings.end(Self.conversation)
        #expect(gone.count == Crossings<Int>.limit)
        waits = crossings.wait(-1, Self.other)
        #expect(waits)
    }

    private static let romeo = Address(user: "romeo", domain: "two.example")
    private static let juliet = Address(user: "juliet", domain: "one.example")

    /// Two gateways, the second with two sip-edges; `former` owns what juliet writes to romeo.
    private func gateways() async throws -> (first: TestGateway, second: TestGateway, former: Int) {
        let (first, second) = try await GatewayFederationTests.pair(sipEdges: 2)
        return (first, second, second.ownerOfConversation(of: Self.romeo, with: Self.juliet))
    }

    private func say(_ texts: [String], _ gateway: TestGateway) async throws {
        _ = try await gateway.sip.send(texts.map { message($0, from: "juliet@one.example", to: "romeo@two.example") })
    }

    @Test("What an edge that stops gives back goes to the other one, and nothing overtakes what the first still has")
    func givenBack() async throws {
        let (first, second, former) = try await self.gateways()
        let (leaving, staying) = (second.sips[former], second.sips[1 - former])
        leaving.hold()
        try await self.say(["1"], first)
        try await eventually("the first to be with its edge") { leaving.texts == ["1"] }
        leaving.giveBack()
        try await self.say(["2", "3"], first)
        try await eventually("the edge to have given back") { leaving.texts.count >= 2 }
        try await self.say(["4"], first)
        // Others need not wait: when this one is there, those before it have been looked at.
        _ = try await first.sip.send([message("other", from: "nurse@one.example", to: "romeo@two.example")])
        try await eventually("another conversation to go on") { staying.texts == ["other"] }
        leaving.release()
        try await eventually("all to arrive") { staying.texts.count >= 4 }
        #expect(staying.texts == ["other", "2", "3", "4"])
        try await GatewayFederationTests.stop(first, second)
        #expect(first.sip.answers.values.allSatisfy { $0.result == .success(Taken()) })
        #expect(second.refusals.values.isEmpty)
    }

    @Test("What never left for an edge that is killed goes to the other one, in its order")
    func killed() async throws {
        let (first, second, former) = try await self.gateways()
        try await self.say(["0"], first)
        try await eventually("the connection to stand") { second.sips[former].texts == ["0"] }
        try await second.kill(former)
        try await self.say((1...20).map { "\($0)" }, first)
        let staying = second.sips[1 - former]
        try await eventually("all to arrive") { staying.texts.count >= 20 }
        #expect(staying.texts == (1...20).map { "\($0)" })
        #expect(second.refusals.values.isEmpty)
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("What the only edge gives back waits for the next one, before the policy knows that it leaves")
    func onlyOne() async throws {
        let (first, second, former) = try await self.gateways()
        let toFirst = first.toPartner(GatewayFederationTests.one, first)
        try await second.federate(with: [toFirst], missing: 1 - former)
        second.sips[former].giveBack()
        try await self.say(["1", "2"], first)
        try await eventually("both to wait") { second.edgeMetrics.waited.value == 2 }
        try await second.federate(with: [toFirst])
        let next = second.sips[1 - former]
        try await eventually("both to arrive") { next.texts.count >= 2 }
        #expect(next.texts == ["1", "2"])
        #expect(second.sips[former].texts.count <= 2)
        try await GatewayFederationTests.stop(first, second)
        #expect(second.refusals.values.isEmpty)
    }

    @Test("What both edges give back has failed, once: it is not handed round")
    func nobody() async throws {
        let (first, second, _) = try await self.gateways()
        for sip in second.sips { sip.giveBack() }
        try await self.say(["1"], first)
        try await eventually("it to have failed") { second.refusals.values.count == 1 }
        #expect(second.sips.map(\.texts) == [["1"], ["1"]])
        #expect(second.refusals.values.first?.reason == .edgeUnavailable)
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("A stopping xmpp-edge gives back what never got onto a stream")
    func stops() async throws {
        let (first, second) = try await GatewayFederationTests.pair()
        await first.federation.router.drain()
        let numbers = try await first.sip.send([message("1", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("it to come back") { first.sip.givenBack.values == numbers.compactMap { $0 } }
        try await GatewayFederationTests.stop(first, second)
        #expect(second.sip.texts.isEmpty)
        #expect(!first.refusals.values.contains { $0.subject == "message" })
    }
}
