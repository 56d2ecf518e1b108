import Directory
import Foundation
import Messaging
import NIOPosix
import Policy
import SIPCore
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("When one of two xmpp-edges, or this edge, stops", .tags(.sip), .serialized)
struct CrossingTests {
    /// An edge between two xmpp-edges: the one that owns the conversations of its domain, and the other one.
    private struct Gateway {
        let edge: TestEdge
        let owner: XMPPSide
        let other: XMPPSide

        init(withOther: Bool = true) async throws {
            let edge = try await TestEdge()
            let keys = edge.scratch.file("keys").path
            let second = try await XMPPSide(keys: keys, loop: MultiThreadedEventLoopGroup.singleton.next())
            let records = withOther ? [edge.xmpp.record, second.record] : [edge.xmpp.record]
            let owner = EdgeDirectory(records).owner(ofLocalDomain: "sip.test", partnerDomain: "xmpp.test")
            let isFirst = owner?.instance == edge.xmpp.record.instance
            self.edge = edge
            self.owner = isFirst ? edge.xmpp : second
            self.other = isFirst ? second : edge.xmpp
            if withOther { try await self.list(second) }
        }

        func list(_ side: XMPPSide) async throws {
            self.edge.control.change(.edge(side.record))
            let instance = side.record.instance
            try await eventually("the edge to know") { await self.edge.edge.server.policy.edges[instance] != nil }
        }

        func stop() async {
            await self.edge.stop()
            await self.owner.bus.stop()
            await self.other.bus.stop()
        }
    }

    private func texts(_ numbers: ClosedRange<Int>, from: String = "romeo@sip.test") throws -> [UInt8] {
        try numbers.flatMap { number in
            let request = try request(.message, number: number, from: from) { $0.body = Array("\(number)".utf8) }
            return MessageWriter.bytes(of: request)
        }
    }

    @Test("What one gives back goes to the other, each answered once, and nothing overtakes what the first still has")
    func givenBack() async throws {
        let gateway = try await Gateway()
        let phone = Phone()
        try await phone.connect(to: await gateway.edge.port())
        gateway.owner.answer { _ in nil }
        try await phone.send(try self.texts(1...1))
        try await eventually("the first to be with its edge") { gateway.owner.texts == ["1"] }
        gateway.owner.giveBack()
        try await phone.send(try self.texts(2...4))
        try await eventually("the edge to have given back") { gateway.owner.texts.count >= 2 }
        // Another conversation need not wait; when it is through, those before it have been looked at.
        try await phone.send(try self.texts(9...9, from: "mercutio@sip.test"))
        try await eventually("another conversation to go on") { gateway.other.texts == ["9"] }
        gateway.owner.answer { _ in .success(Taken()) }
        try await gateway.owner.settle()
        try await eventually("all to be answered") { phone.responses.count >= 5 }
        #expect(phone.responses.allSatisfy { $0.status.code == 200 })
        #expect(gateway.other.texts == ["9", "2", "3", "4"])
        await gateway.stop()
        #expect(gateway.edge.control.refusals.isEmpty)
    }

    @Test("What the only one gives back waits for the next one, before the policy knows that it leaves")
    func onlyOne() async throws {
        let gateway = try await Gateway(withOther: false)
        let phone = Phone()
        try await phone.connect(to: await gateway.edge.port())
        gateway.owner.giveBack()
        try await phone.send(try self.texts(1...3))
        try await eventually("all to wait") { gateway.edge.edge.server.metrics.waitedFromSIP.value == 3 }
        #expect(phone.responses.isEmpty)
        try await gateway.list(gateway.other)
        try await eventually("all to be answered") { phone.responses.count >= 3 }
        #expect(phone.responses.allSatisfy { $0.status.code == 200 })
        #expect(gateway.other.texts == ["1", "2", "3"])
        await gateway.stop()
    }

    @Test("What both give back is answered 503, once")
    func nobody() async throws {
        let gateway = try await Gateway()
        let phone = Phone()
        try await phone.connect(to: await gateway.edge.port())
        gateway.owner.giveBack()
        gateway.other.giveBack()
        try await phone.send(try self.texts(1...1))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 503)
        #expect(gateway.owner.texts == ["1"] && gateway.other.texts == ["1"])
        try await eventually("it to be on record") { gateway.edge.control.refusals.count == 1 }
        await gateway.stop()
    }

    @Test("An edge that stops gives back messages and wishes that nobody was given")
    func stops() async throws {
        let edge = try await TestEdge(drainTime: .seconds(30))
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        // Keeps the edge from its end.
        edge.xmpp.answer { _ in nil }
        try await phone.send(try self.texts(1...1))
        try await eventually("something to be under way") { edge.xmpp.texts == ["1"] }
        async let stopped: Void = edge.stop()
        try await eventually("the edge to drain") { await edge.edge.server.isDraining }
        let text = InstantMessage(kind: .chat, body: [LocalizedText("Hello")])
        let wish = SubscriptionRequest(action: .subscribe)
        for content in [NeutralMessage.Content.instantMessage(text), .subscriptionRequest(wish)] {
            let fate = try await edge.send(content)
            #expect(fate == .failure(.shuttingDown))
        }
        #expect(edge.xmpp.givenBack.values.count == 2)
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        await stopped
        #expect(edge.control.refusals.isEmpty)
    }
}
