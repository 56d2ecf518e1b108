import Bus
import Directory
import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

/// Several sip-edges behind one name: a request in a dialog may come to any of them (docs/adr/0013-dialogs-name-their-edge.md).
@Suite("Dialogs of another edge", .tags(.sip), .serialized)
struct RelayTests {
    /// A contact whose pair with romeo the edge owns.
    private func contact(of edge: SIPEdge) async throws -> String {
        let directory = await edge.server.directory
        let romeo = address("romeo@sip.test")
        return try #require(
            (0..<200).lazy.map { "juliet\($0)@xmpp.test" }.first {
                directory.owner(ofLocalUser: romeo, contact: address($0))?.instance == edge.server.bus.instance
            }
        )
    }

    private static func route(_ phone: Phone) async throws -> StaticRoute {
        try await phone.route()
    }

    private static func invite(_ number: Int, to: String, first: String? = nil) throws -> Request {
        try Talk.invite(number: number, first: first, epid: "epid\(number)") {
            $0.headers[.to] = "<sip:\(to)>"
            $0.target = .other("sip:\(to)")
        }
    }

    private static func cancel(_ invite: Request) -> Request {
        var cancel = invite
        cancel.method = .cancel
        cancel.headers[.cSeq] = invite.headers.cSeq.map { "\($0.number) CANCEL" }
        cancel.body = []
        return cancel
    }

    @Test("Our tags name the edge, and are told from those of others")
    func tags() {
        let tag = DialogTag(edge: "0a1b2c3d", random: 35)
        #expect(tag.text == "0a1b2c3d.z")
        #expect(DialogTag(tag.text) == tag)
        for other in ["", "abc", "0a1b2c3d", "0a1b2c3dz", "0a1b2c3", "753cf74dcb"] { #expect(DialogTag(other) == nil) }
    }

    @Test("A tag cannot be guessed: each of its 64 bits is random, and no two are the same (RFC 3261 §19.3)")
    func randomTags() async throws {
        let edge = try await TestEdge()
        let begin = "\(edge.edge.server.instance)."
        var numbers: [UInt64] = []
        for _ in 0..<500 {
            let tag = await edge.edge.server.newTag()
            numbers.append(try #require(UInt64(tag.dropFirst(begin.count), radix: 36)))
        }
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.reduce(0, |) == .max && numbers.reduce(.max, &) == 0, "each bit is 0 in some, 1 in others")
        await edge.stop()
    }

    @Test("A subscription is refreshed and ended through another edge, and begun through it at its owner")
    func subscription() async throws {
        let phone = Phone()
        let first = try await TestEdge(routes: [try await Self.route(phone)])
        let second = try await SecondEdge(beside: first)
        let to = try await self.contact(of: first.edge)
        let server = Phone()
        try await server.connect(to: await second.port())
        try await server.send(try request(.subscribe, to: to))
        let accepted = try await eventually("200") { server.responses.first }
        #expect(accepted.status.code == 200)
        // The Contact leads back to the edge that the peer is connected with.
        #expect(accepted.headers.contact?.sipURI?.port == UInt16(await second.port()))
        let tag = try #require(accepted.headers.to?.tag)
        #expect(DialogTag(tag)?.edge == first.edge.server.instance)
        #expect(await first.edge.server.notifiers.count == 1)
        #expect(await second.edge.server.notifiers.isEmpty)
        try await eventually("NOTIFY along the route") { phone.requests.first { $0.method == .notify } != nil }

        func again(_ number: Int, expires: Int, tag: String) throws -> Request {
            try request(.subscribe, number: number, to: to) {
                $0.headers[.callID] = "call-1"
                $0.headers[.to] = "<sip:\(to)>;tag=\(tag)"
                $0.headers[.from] = "<sip:romeo@sip.test>;tag=romeo1"
                $0.headers.append(.expires, "\(expires)")
            }
        }
        try await server.send(try again(2, expires: 600, tag: tag))
        let refreshed = try await eventually("200 to the refresh") { server.final(.subscribe, 2) }
        #expect(refreshed.status.code == 200 && refreshed.headers.expires == 600)
        try await server.send(try again(3, expires: 600, tag: "\(first.edge.server.instance).nobody"))
        #expect(try await eventually("481 of the owner") { server.final(.subscribe, 3) }.status.code == 481)
        try await server.send(try again(4, expires: 0, tag: tag))
        #expect(try await eventually("200 to the end") { server.final(.subscribe, 4) }.status.code == 200)
        try await eventually("the dialog is over") { await first.edge.server.notifiers.isEmpty }
        await second.stop()
        await first.stop()
    }

    @Test("What is said in a session reaches the edge that has it: MESSAGE, in order, and BYE")
    func session() async throws {
        let (first, phone, invite, accepted) = try await SessionFromSIPTests.established()
        let second = try await SecondEdge(beside: first)
        let other = Phone()
        try await other.connect(to: await second.port())
        for number in 2...6 { try await other.send(try Talk.text("text \(number)", number, after: invite, accepted)) }
        try await eventually("all are taken") {
            (2...6).allSatisfy { other.final(.message, UInt32($0))?.status.code == 200 }
        }
        #expect(first.xmpp.texts == (2...6).map { "text \($0)" })
        try await other.send(try Talk.next(.bye, 7, after: invite, accepted))
        #expect(try await eventually("200 to BYE") { other.final(.bye) }.status.code == 200)
        try await eventually("the session is over") { await first.edge.server.sessions.isEmpty }
        #expect(phone.requests(.bye).isEmpty)
        await second.stop()
        await first.stop()
    }

    @Test(
        "A session that comes to another edge begins at its owner: the contact's answer is said in it, and in no second one"
    )
    func firstInvite() async throws {
        let phone = Phone()
        let first = try await TestEdge(routes: [try await Self.route(phone)])
        let second = try await SecondEdge(beside: first)
        let to = try await self.contact(of: first.edge)
        first.xmpp.answer { _ in nil }
        let server = Phone()
        try await server.connect(to: await second.port())
        let invite = try Self.invite(1, to: to, first: Talk.hello)
        try await server.send(invite)
        let message = try await eventually("the first message") { first.xmpp.received.values.first }
        #expect(message.to == address(to) && first.xmpp.texts == ["Hello Bob"])
        try await eventually("100 Trying meanwhile") { server.responses.contains { $0.status.code == 100 } }
        #expect(server.final(.invite) == nil, "delivered means delivered")
        first.xmpp.answer { _ in .success(Taken()) }
        try await first.xmpp.settle()
        let accepted = try await eventually("the answer") { server.final(.invite) }
        #expect(accepted.status.code == 200)
        #expect(accepted.headers.to?.tag.flatMap { DialogTag($0) }?.edge == first.edge.server.instance)
        let port = UInt16(await second.port())
        #expect(accepted.headers.contact?.sipURI?.port == port, "the way back is the edge that it came to")
        #expect(SessionDescription(parsing: accepted.body)?.media.first?.port == port)
        try await eventually("without an ACK the answer comes again, from there") {
            server.responses.filter { $0.isFinal && $0.headers.cSeq?.method == .invite }.count > 1
        }
        try await server.send(try Talk.next(.ack, 1, after: invite, accepted))
        try await eventually("the session stands, at the owner") {
            await first.edge.server.sessions.values.contains { $0.machine.isEstablished }
        }
        try await eventually("and is acknowledged") { await second.edge.server.unacknowledgedRefreshes.isEmpty }
        #expect(await second.edge.server.sessions.isEmpty)
        #expect(try await first.send(MessageTests.text("Hi"), from: to) == .success(Taken()))
        #expect(phone.requests(.message).first?.headers.callID == invite.headers.callID, "in the dialog")
        #expect(phone.requests(.invite).isEmpty)
        await second.stop()
        await first.stop()
    }

    @Test(
        "CANCEL of an INVITE that was handed over reaches its owner: 200, and 487 for what was not delivered (RFC 3261 §9.2)"
    )
    func cancelled() async throws {
        let first = try await TestEdge(routes: [try await Self.route(Phone())])
        let second = try await SecondEdge(beside: first)
        let to = try await self.contact(of: first.edge)
        first.xmpp.answer { _ in nil }
        let server = Phone()
        try await server.connect(to: await second.port())
        let invite = try Self.invite(1, to: to, first: Talk.hello)
        try await server.send(invite)
        try await eventually("the first message, at the owner's") { first.xmpp.texts == ["Hello Bob"] }
        try await server.send(Self.cancel(invite))
        #expect(try await eventually("the answer to CANCEL") { server.final(.cancel) }.status.code == 200)
        try await eventually("the owner knows of it") {
            await first.edge.server.sessions.values.contains { $0.machine.isCancelled }
        }
        #expect(server.final(.invite) == nil, "the fate of the message decides")
        first.xmpp.answer { _ in .failure(DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "nobody")) }
        try await first.xmpp.settle()
        #expect(try await eventually("the answer to INVITE") { server.final(.invite) }.status.code == 487)
        try await eventually("nothing is left of it") {
            let isForgotten = await second.edge.server.handedOver.isEmpty
            return await first.edge.server.sessions.isEmpty && isForgotten
        }
        await second.stop()
        await first.stop()
    }

    @Test("When the owner is gone the peer hears 481, and makes another dialog")
    func ownerGone() async throws {
        let (first, _, invite, accepted) = try await SessionFromSIPTests.established()
        let second = try await SecondEdge(beside: first)
        let other = Phone()
        try await other.connect(to: await second.port())
        var lost = accepted
        lost.headers[.to] = "<sip:juliet@xmpp.test>;tag=deadbeef.x"
        try await other.send(try Talk.text("hello", 2, after: invite, lost))
        #expect(try await eventually("481") { other.final(.message, 2) }.status.code == 481)
        await second.stop()
        await first.stop()
    }

    @Test(
        "An edge that has died is answered for: 481 in its dialogs, and what begins with its users begins here, message and all"
    )
    func ownerDead() async throws {
        let dead = EdgeRecord(
            kind: .sip,
            instance: "sip-edge-deadbeef",
            endpoint: "tcp://127.0.0.1:\(try FreePort.any())"
        )
        let edge = try await TestEdge(otherEdges: [dead])
        let directory = await edge.edge.server.directory
        let to = try #require(
            (0..<200).lazy.map { "juliet\($0)@xmpp.test" }.first {
                directory.owner(ofLocalUser: address("romeo@sip.test"), contact: address($0))?.instance == dead.instance
            }
        )
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        let refresh = try request(.subscribe, number: 1, to: to) { $0.headers[.to] = "<sip:\(to)>;tag=deadbeef.x" }
        let bye = try request(.bye, number: 2, to: to) { $0.headers[.to] = "<sip:\(to)>;tag=deadbeef.y" }
        let subscribe = try request(.subscribe, number: 7, to: to)
        let message = try request(.message, number: 3, to: to) { $0.headers[.to] = "<sip:\(to)>;tag=deadbeef.z" }
        let invite = try Self.invite(4, to: to)
        // Nothing is given to who is not there: what it says begins here too, and is not lost.
        let withMessage = try Self.invite(5, to: to, first: Talk.hello)
        let withdrawn = try Self.invite(6, to: to, first: Talk.hello)
        for request in [refresh, bye, message, invite, withMessage, withdrawn, Self.cancel(withdrawn)] {
            try await phone.send(request)
        }
        try await phone.send(subscribe)
        func status(_ number: Int) -> Int? {
            phone.responses.first {
                $0.isFinal && $0.headers.callID == "call-\(number)" && $0.headers.cSeq?.method != .cancel
            }?
            .status.code
        }
        try await eventually("all are answered") { (1...7).allSatisfy { status($0) != nil } }
        #expect((1...7).map { status($0) } == [481, 481, 481, 200, 200, 487, 200])
        #expect(phone.final(.cancel)?.status.code == 200)
        #expect(edge.xmpp.texts == ["Hello Bob"], "once")
        for (number, invite) in [(4, invite), (5, withMessage)] {
            let accepted = try #require(phone.responses.last { $0.headers.callID == "call-\(number)" })
            try await phone.send(try Talk.next(.ack, number, after: invite, accepted))
        }
        #expect(await edge.edge.server.notifiers.count == 1)
        await edge.stop()
    }

    @Test("When another edge takes over a pair, its watcher is told to subscribe again")
    func takenOver() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        for number in 1...8 {
            try await phone.send(try request(.subscribe, number: number, to: "juliet\(number)@xmpp.test"))
        }
        try await eventually("NOTIFY each") { phone.requests(.notify).count == 8 }
        let second = try await SecondEdge(beside: edge)
        let directory = await edge.edge.server.directory
        let moved = (1...8).filter {
            let owner = directory.owner(
                ofLocalUser: address("romeo@sip.test"),
                contact: address("juliet\($0)@xmpp.test")
            )
            return owner?.instance == second.edge.server.bus.instance
        }
        try await eventually("deactivated, those and no others") {
            phone.requests(.notify).filter { $0.headers.subscriptionState?.parameter("reason") == "deactivated" }
                .compactMap(\.headers.callID).sorted() == moved.map { "call-\($0)" }
        }
        #expect(edge.control.records.count == 8, "the relations stay on record")
        await second.stop()
        await edge.stop()
    }
}
