import Directory
import Messaging
import Policy
import SIPCore
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("While the xmpp-edge, or this edge, is restarted", .tags(.sip), .serialized)
struct AbsenceTests {
    /// Takes the only xmpp-edge out of the directory, as one is that is about to stop.
    private func removeXMPPEdge(of edge: TestEdge) async throws {
        var record = edge.xmpp.record
        record.isDraining = true
        edge.control.change(.edge(record))
        try await eventually("the edge to know") { await !edge.edge.server.directory.hasXMPPEdge }
    }

    private func texts(_ numbers: ClosedRange<Int>) throws -> [UInt8] {
        try numbers.flatMap { number in
            MessageWriter.bytes(of: try request(.message, number: number) { $0.body = Array("\(number)".utf8) })
        }
    }

    @Test("Requests wait for the only xmpp-edge, and are delivered in their order, each answered once")
    func back() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await self.removeXMPPEdge(of: edge)
        try await phone.send(try self.texts(1...20))
        try await eventually("all to wait") { edge.edge.server.metrics.waitedFromSIP.value == 20 }
        #expect(phone.responses.isEmpty)
        edge.control.change(.edge(edge.xmpp.record))
        try await eventually("all to be answered") { phone.responses.count >= 20 }
        #expect(phone.responses.allSatisfy { $0.status.code == 200 })
        #expect(edge.xmpp.texts == (1...20).map { "\($0)" })
        await edge.stop()
        #expect(edge.control.refusals.isEmpty)
    }

    @Test("That somebody types is not worth waiting: it is refused at once")
    func typing() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await self.removeXMPPEdge(of: edge)
        let composing =
            "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state></isComposing>"
        try await phone.send(
            try request(.message) {
                $0.headers[.contentType] = "application/im-iscomposing+xml"
                $0.body = Array(composing.utf8)
            }
        )
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 503)
        await edge.stop()
    }

    @Test("What waits for the connection of its sender no more is not delivered behind its back")
    func hungUp() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await self.removeXMPPEdge(of: edge)
        try await phone.send(try self.texts(1...1))
        try await eventually("it to wait") { edge.edge.server.metrics.waitedFromSIP.value == 1 }
        try await phone.hangUp()
        try await eventually("the connection to be gone") { await edge.edge.server.connections.isEmpty }
        edge.control.change(.edge(edge.xmpp.record))
        try await eventually("the refusal to be on record") { edge.control.refusals.count == 1 }
        #expect(edge.xmpp.texts.isEmpty)
        await edge.stop()
    }

    @Test("An edge that stops itself answers what waits, with 503")
    func stops() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await self.removeXMPPEdge(of: edge)
        try await phone.send(try self.texts(1...2))
        try await eventually("both to wait") { edge.edge.server.metrics.waitedFromSIP.value == 2 }
        await edge.stop()
        try await eventually("both to be answered") { phone.responses.count == 2 }
        #expect(phone.responses.allSatisfy { $0.status.code == 503 })
    }

    @Test(
        "Over UDP, the only sip-edge leaves new requests to its next life while it stops; with another one beside it, it answers 503",
        arguments: [false, true]
    )
    func leaves(hasOther: Bool) async throws {
        let other = EdgeRecord(kind: .sip, instance: "other", endpoint: "tcp://127.0.0.1:\(try FreePort.any())")
        let edge = try await TestEdge(otherEdges: hasOther ? [other] : [], settings: DatagramTests.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        edge.xmpp.answer { _ in nil }
        try await phone.send(try self.datagram(1), to: port)
        try await eventually("the first to be under way") { edge.xmpp.texts.count == 1 }
        async let stopped: Void = edge.stop()
        try await eventually("the edge to drain") { await edge.edge.server.isDraining }
        try await phone.send(try self.datagram(2), to: port)
        try await eventually("the second to have arrived") { edge.edge.server.metrics.requests.value == 2 }
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        await stopped
        let codes = phone.responses.map(\.status.code).sorted()
        #expect(codes == (hasOther ? [200, 503] : [200]))
    }

    private func datagram(_ number: Int) throws -> Request {
        try request(.message, number: number) {
            $0.headers[.via] = "SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKstop\(number);rport"
        }
    }
}
