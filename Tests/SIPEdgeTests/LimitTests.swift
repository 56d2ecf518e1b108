import Bus
import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

/// What keeps the edge bounded: every limit is felt, says so, and lets go again (SPEC §13).
@Suite("Limits of sip-edge", .tags(.sip), .serialized)
struct LimitTests {
    @Test(
        "Requests that wait for their answer: more are refused with 503 and a time to come again, until one has its answer"
    )
    func transactions() async throws {
        let edge = try await TestEdge(settings: ["limits.transactions": "2"])
        edge.xmpp.answer { _ in nil }
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        for number in 1...3 { try await phone.send(try request(.message, number: number)) }
        let refused = try await eventually("503") { phone.final(.message, 3) }
        #expect(refused.status.code == 503 && refused.headers[.retryAfter] != nil)
        #expect(phone.responses.count == 1, "the others wait")
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        try await eventually("both are taken") { phone.final(.message, 1) != nil && phone.final(.message, 2) != nil }
        try await phone.send(try request(.message, number: 4))
        #expect(try await eventually("there is room again") { phone.final(.message, 4) }.status.code == 200)
        let record = try await eventually("a record") { edge.control.refusals.first { $0.reason == .queueFull } }
        #expect(record.rule == "limits.transactions=2")
        await edge.stop()
    }

    @Test("Subscriptions: one more is refused with 503, one that ends makes room")
    func subscriptions() async throws {
        let edge = try await TestEdge(settings: ["limits.subscriptions": "1"])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe, number: 1))
        let first = try await eventually("200") { phone.final(.subscribe, 1) }
        #expect(first.status.code == 200)
        try await phone.send(try request(.subscribe, number: 2, to: "nurse@xmpp.test"))
        #expect(try await eventually("503") { phone.final(.subscribe, 2) }.status.code == 503)
        try await phone.send(
            try request(.subscribe, number: 3) {
                $0.headers[.callID] = "call-1"
                $0.headers[.from] = "<sip:romeo@sip.test>;tag=romeo1"
                $0.headers[.to] = first.headers[.to]
                $0.headers.append(.expires, "0")
            }
        )
        try await eventually("it has ended") { await edge.edge.server.notifiers.isEmpty }
        try await phone.send(try request(.subscribe, number: 4, to: "nurse@xmpp.test"))
        #expect(try await eventually("200") { phone.final(.subscribe, 4) }.status.code == 200)
        await edge.stop()
    }

    @Test("Sessions: one more of a peer is refused with 503, one more of a contact comes back")
    func sessions() async throws {
        let phone = Phone()
        phone.answer(Talk.answer(tookFirst: true))
        let edge = try await SessionToSIPTests.edge(phone, .lync, settings: ["limits.sessions": "1"])
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        guard case .failure(let failure) = try await edge.send(MessageTests.text("Hello"), from: "nurse@xmpp.test")
        else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.condition == .resourceConstraint)
        let peer = Phone()
        try await peer.connect(to: await edge.port())
        try await peer.send(try Talk.invite(number: 7))
        #expect(try await eventually("503") { peer.final(.invite) }.status.code == 503)
        #expect(try await edge.send(MessageTests.text("More")) == .success(Taken()), "in the session there is")
        await edge.stop()
    }

    @Test("Requests over UDP whose answer is kept: more are refused with 503, and what was answered is answered again")
    func answeredRequests() async throws {
        let settings = ["sip.udp": "127.0.0.1:0", "limits.answered-requests": "2"]
        let edge = try await TestEdge(settings: settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        func status(_ number: Int) -> [Int] {
            phone.responses.filter { $0.headers.callID == "call-\(number)" }.map(\.status.code)
        }
        func send(_ number: Int) async throws {
            try await phone.send(
                try request(.message, number: number) {
                    $0.headers[.via] = "SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKudp\(number);rport"
                },
                to: port
            )
        }
        for number in 1...3 {
            try await send(number)
            try await eventually("an answer to \(number)") { !status(number).isEmpty }
        }
        #expect(status(1) == [200] && status(2) == [200] && status(3) == [503])
        try await send(1)
        try await eventually("the same answer again") { status(1) == [200, 200] }
        #expect(edge.xmpp.received.values.count == 2)
        await edge.stop()
    }

    @Test(
        "A message that trickles in, and a handshake that does not come, end their connection in time; silence between messages does not"
    )
    func time() async throws {
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["limits.message-time": "1s"]
        )
        let (silent, trickling, stalled) = (Phone(), Phone(), Phone())
        for phone in [silent, trickling] { try await phone.connect(to: await edge.port()) }
        try await stalled.connect(to: await edge.tlsPort())
        try await silent.send(try request(.message, number: 1))
        try await trickling.send(Array("MESSAGE sip:juliet@xmpp.test SIP/2.0\r\nVia: ".utf8))
        try await eventually("both are closed") {
            trickling.closedConnections == 1 && stalled.closedConnections == 1
        }
        try await silent.send(try request(.message, number: 2))
        #expect(try await eventually("it is served") { silent.final(.message, 2) }.status.code == 200)
        await edge.stop()
    }

    @Test("Connections of one address: one more is closed at once, and is on record")
    func connectionsPerAddress() async throws {
        let edge = try await TestEdge(settings: ["limits.connections-per-address": "2"])
        let phones = (1...3).map { _ in Phone() }
        for phone in phones { try await phone.connect(to: await edge.port()) }
        try await eventually("the third is closed") { phones[2].closedConnections == 1 }
        for phone in phones.prefix(2) {
            try await phone.send(try request(.options, number: 1))
            #expect(try await eventually("200") { phone.final(.options) }.status.code == 200)
        }
        let record = try await eventually("a record") {
            edge.control.refusals.first { $0.rule.contains("limits.connections-per-address=2") }
        }
        #expect(record.peer == "127.0.0.1")
        await edge.stop()
    }
}
