import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Sessions that SIP users open", .tags(.sip), .serialized)
struct SessionFromSIPTests {
    @Test(
        "An INVITE of Lync with its first message: taken, answered, and the reply comes in the dialog, its routes untouched"
    )
    func withFirstMessage() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        edge.xmpp.answer { _ in nil }
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite(first: Talk.hello)
        try await phone.send(invite)
        let message = try await eventually("the first message") { edge.xmpp.received.values.first }
        #expect(message.from == address("romeo@sip.test"))
        guard case .instantMessage(let content) = message.content else { return #expect(Bool(false), "\(message)") }
        #expect(content.body.map(\.text) == ["Hello Bob"])
        #expect(content.kind == .chat)
        #expect(content.thread == "call-1")
        #expect(phone.final(.invite) == nil, "delivered means delivered")
        try await eventually("100 Trying while it is under way") { phone.responses.contains { $0.status.code == 100 } }

        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        let accepted = try await eventually("the answer") { phone.final(.invite) }
        #expect(accepted.status.code == 200)
        #expect(accepted.headers.tokens(.supported).contains("ms-text-format"))
        #expect(accepted.headers.all(.recordRoute) == [Talk.recordRoute])
        #expect(accepted.headers.contact != nil)
        let answer = try #require(SessionDescription(parsing: accepted.body))
        #expect(answer.media.map(\.kind) == ["message"])
        #expect(answer.media.first?.acceptTypes?.contains("text/plain") == true)
        try await phone.send(try Talk.next(.ack, 1, after: invite, accepted))

        try await eventually("the session stands") {
            await edge.edge.server.sessions.values.contains { $0.machine.isEstablished }
        }
        #expect(try await edge.send(MessageTests.text("Hi")) == .success(Taken()))
        let reply = try #require(phone.requests(.message).first)
        #expect(reply.target.description == Talk.gruu)
        #expect(reply.headers.all(.route) == [Talk.recordRoute])
        #expect(reply.headers.to?.parameter("epid")?.value == "48a4a25bb1")
        #expect(reply.headers.callID == "call-1")
        #expect(reply.body == Array("Hi".utf8))
        await edge.stop()
    }

    @Test("An INVITE without a message is answered at once; what is said in it has its own fate")
    func withoutFirstMessage() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite()
        try await phone.send(invite)
        let accepted = try await eventually("the answer") { phone.final(.invite) }
        #expect(accepted.status.code == 200)
        #expect(!accepted.headers.tokens(.supported).contains("ms-text-format"))
        try await phone.send(try Talk.next(.ack, 1, after: invite, accepted))
        try await phone.send(try Talk.text("one", 2, after: invite, accepted))
        #expect(try await eventually("its fate") { phone.final(.message, 2) }.status.code == 200)
        edge.xmpp.answer { _ in .failure(DeliveryFailure(.forbidden, reason: .peerRefused, text: "no")) }
        try await phone.send(try Talk.text("two", 3, after: invite, accepted))
        #expect(try await eventually("its fate") { phone.final(.message, 3) }.status.code == 603)
        #expect(edge.xmpp.texts == ["one", "two"])
        await edge.stop()
    }

    @Test("What the XMPP side does not take is refused, with Microsoft's diagnostics beside the warning")
    func refusedByXMPP() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        edge.xmpp.answer { _ in .failure(DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "nobody")) }
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite(first: Talk.hello)
        try await phone.send(invite)
        let refused = try await eventually("the answer") { phone.final(.invite) }
        #expect(refused.status.code == 604)
        #expect(refused.headers[.warning]?.contains("nobody") == true)
        #expect(refused.headers[HeaderName("ms-diagnostics")]?.contains("reason=\"nobody\"") == true)
        #expect(await edge.edge.server.sessions.isEmpty)
        // Its ACK ends the transaction, RFC 3261 §17.2.1.
        var ack = invite
        ack.method = .ack
        ack.headers[.to] = refused.headers[.to]
        ack.headers[.cSeq] = "1 ACK"
        ack.body = []
        try await phone.send(ack)
        try await eventually("the transaction has ended") { await edge.edge.server.finishedInvites.isEmpty }
        await edge.stop()
    }

    static let offers: [(String, String, Int, String)] = [
        ("application/sdp", "v=0\r\nm=audio 5004 RTP/AVP 0\r\n", 488, "304"),
        ("application/sdp", "v=0\r\nm=video 5004 RTP/AVP 34\r\nm=applicationsharing 1 TCP/RTP/AVP 127\r\n", 488, "304"),
        ("application/sdp", "v=0\r\nm=message 7394 TCP/MSRP *\r\na=accept-types:text/plain\r\n", 488, "302"),
        ("application/sdp", "v=0\r\nm=message 5060 sip null\r\na=accept-types:image/gif\r\n", 488, "305"),
        ("application/sdp", "no description", 400, "399"),
        ("application/ms-conf-invite+xml", "<Conferencing/>", 488, "399"),
        ("application/x-other", "what", 415, "399"),
        (
            "multipart/mixed;boundary=x",
            "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=message 1 sip null\r\n\r\n--x\r\n"
                + "Content-Type: application/ms-filetransfer+xml\r\n\r\n<request/>\r\n--x--\r\n", 488, "399"
        ),
    ]

    @Test("Calls, files, meetings and whatever is no text are refused, each with the reason", arguments: offers)
    func refusedOffers(_ type: String, _ body: String, _ status: Int, _ warning: String) async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try Talk.invite(first: Talk.hello) {
                $0.headers[.contentType] = type
                $0.body = Array(body.utf8)
            }
        )
        let refused = try await eventually("the answer") { phone.final(.invite) }
        #expect(refused.status.code == status)
        #expect(refused.headers.all(.warning).contains { $0.hasPrefix(warning) }, "\(refused.headers.all(.warning))")
        #expect(refused.headers[HeaderName("ms-diagnostics")] != nil)
        #expect(edge.xmpp.received.values.isEmpty)
        await edge.stop()
    }

    @Test("A meeting is refused even when it is one of messages")
    func meeting() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try Talk.invite {
                $0.headers.append(HeaderName("EndPoints"), "<sip:a@sip.test>, <sip:b@sip.test>, <sip:c@xmpp.test>")
            }
        )
        #expect(try await eventually("the answer") { phone.final(.invite) }.status.code == 488)
        try await phone.send(
            try Talk.invite(number: 2) { $0.headers.append(.require, "com.microsoft.rtc-multiparty") }
        )
        #expect(try await eventually("the answer") { phone.final(.invite, 2) }.status.code == 420)
        await edge.stop()
    }

    @Test("A file of an old client is refused in the session, which goes on")
    func oldFileTransfer() async throws {
        let (edge, phone, invite, accepted) = try await Self.established()
        try await phone.send(
            try Talk.next(.message, 2, after: invite, accepted) {
                $0.headers.append(.contentType, "text/x-msmsgsinvite; charset=UTF-8")
                $0.body = Array("Application-Name: File Transfer\r\nInvitation-Command: INVITE\r\n".utf8)
            }
        )
        #expect(try await eventually("its fate") { phone.final(.message, 2) }.status.code == 415)
        try await phone.send(try Talk.text("text", 3, after: invite, accepted))
        #expect(try await eventually("its fate") { phone.final(.message, 3) }.status.code == 200)
        await edge.stop()
    }

    @Test("Typing crosses both ways: KeyboardActivity is the chat state")
    func typing() async throws {
        let (edge, phone, invite, accepted) = try await Self.established()
        try await phone.send(
            try Talk.next(.info, 2, after: invite, accepted) {
                $0.headers.append(.contentType, "application/xml")
                $0.body = Array(
                    "<?xml version=\"1.0\"?><KeyboardActivity><status status=\"type\"/></KeyboardActivity>".utf8
                )
            }
        )
        #expect(try await eventually("the answer") { phone.final(.info) }.status.code == 200)
        let typing = try await eventually("the chat state") { edge.xmpp.received.values.first }
        #expect(typing.content == .composition(Composition(state: .composing, thread: "call-1")))

        let state = NeutralMessage.Content.composition(Composition(state: .composing))
        #expect(try await edge.send(state) == .success(Taken()))
        let info = try await eventually("INFO") { phone.requests(.info).first }
        #expect(String(decoding: info.body, as: UTF8.self).contains("status=\"type\""))
        await edge.stop()
    }

    @Test("BYE of the peer is answered, and tells the contact that the chat is over")
    func byeOfPeer() async throws {
        let (edge, phone, invite, accepted) = try await Self.established()
        try await phone.send(try Talk.next(.bye, 2, after: invite, accepted))
        #expect(try await eventually("the answer") { phone.final(.bye) }.status.code == 200)
        try await eventually("the end is told") {
            edge.xmpp.received.values.contains { $0.content == .sessionClosed(Messaging.Session(thread: "call-1")) }
        }
        #expect(await edge.edge.server.sessions.isEmpty)
        // In what is over nothing can be said: the peer opens another one.
        try await phone.send(try Talk.text("late", 3, after: invite, accepted))
        #expect(try await eventually("the answer") { phone.final(.message) }.status.code == 481)
        await edge.stop()
    }

    @Test("A contact who is gone ends the session, and so does silence")
    func byeOfOurs() async throws {
        let (edge, phone, _, _) = try await Self.established()
        let gone = NeutralMessage.Content.composition(Composition(state: .gone))
        #expect(try await edge.send(gone) == .success(Taken()))
        try await eventually("BYE") { phone.requests(.bye).count == 1 }
        await edge.stop()

        let (idle, other, _, _) = try await Self.established(settings: ["sip.session-idle-timeout": "100ms"])
        try await eventually("BYE") { other.requests(.bye).count == 1 }
        #expect(other.requests(.bye).first?.target.description == Talk.gruu)
        await idle.stop()
    }

    @Test("The same session again is answered; a call within it is refused, and the session goes on")
    func reinvite() async throws {
        let (edge, phone, invite, accepted) = try await Self.established()
        func again(_ number: Int, _ body: String) throws -> Request {
            try Talk.next(.invite, number, after: invite, accepted) {
                $0.headers.append(.contact, "<sip:romeo@10.0.0.9:5060>")
                $0.headers.append(.contentType, "application/sdp")
                $0.body = Array(body.utf8)
            }
        }
        try await phone.send(try again(2, "v=0\r\nm=audio 5004 RTP/AVP 0\r\n"))
        #expect(try await eventually("the answer") { phone.final(.invite, 2) }.status.code == 488)
        try await phone.send(try again(3, Talk.offer))
        #expect(try await eventually("the answer") { phone.final(.invite, 3) }.status.code == 200)
        try await phone.send(try Talk.next(.ack, 3, after: invite, accepted))
        try await phone.send(try Talk.next(.update, 4, after: invite, accepted))
        #expect(try await eventually("the answer") { phone.final(.update) }.status.code == 200)
        try await phone.send(try Talk.next(.refer, 5, after: invite, accepted))
        #expect(try await eventually("the answer") { phone.final(.refer) }.status.code == 603)
        #expect(try await edge.send(MessageTests.text("still here")) == .success(Taken()))
        // The target has moved with the re-INVITE, RFC 3261 §12.2.2.
        #expect(phone.requests(.message).first?.target.description == "sip:romeo@10.0.0.9:5060")
        await edge.stop()
    }

    @Test("The 2xx to a re-INVITE is sent until its ACK comes (RFC 3261 §13.3.1.4)")
    func reinviteRepeated() async throws {
        let (edge, phone, invite, accepted) = try await Self.established()
        let again = try Talk.next(.invite, 2, after: invite, accepted) {
            $0.headers.append(.contact, "<\(Talk.gruu)>")
            $0.headers.append(.contentType, "application/sdp")
            $0.body = Array(Talk.offer.utf8)
        }
        try await phone.send(again)
        func answers() -> Int { phone.responses.filter { $0.headers.cSeq?.number == 2 && $0.isFinal }.count }
        try await eventually("the 2xx again") { answers() >= 2 }
        try await phone.send(try Talk.next(.ack, 2, after: invite, accepted))
        try await eventually("nothing waits for an ACK") {
            await edge.edge.server.unacknowledgedRefreshes.isEmpty
        }
        await edge.stop()
    }

    @Test("Session-Expires is agreed to (RFC 4028); too short a one is refused with 422")
    func sessionTimer() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try Talk.invite {
                $0.headers.append(.supported, "timer")
                $0.headers.append(.sessionExpires, "60")
            }
        )
        let refused = try await eventually("the answer") { phone.final(.invite, 1) }
        #expect(refused.status.code == 422)
        #expect(refused.headers[.minSE] == "90")
        try await phone.send(
            try Talk.invite(number: 2) {
                $0.headers.append(.supported, "timer")
                $0.headers.append(.sessionExpires, "1800")
            }
        )
        let accepted = try await eventually("the answer") { phone.final(.invite, 2) }
        #expect(accepted.headers[.sessionExpires] == "1800;refresher=uac")
        #expect(accepted.headers.tokens(.require) == ["timer"])
        await edge.stop()
    }

    @Test(
        "A re-INVITE of ours that meets one of the peer's (491) is tried again after a pause, and the session stays (RFC 3261 §14.1)"
    )
    func crossed() async throws {
        let phone = Phone()
        let route = SessionToSIPTests.route(try await phone.listen(), .lync)
        let (edge, client, _, _) = try await Self.established(routes: [route])
        client.answer { request in
            guard request.method == .invite else { return request.response(Status(200), tag: "x") }
            // The first one crosses a re-INVITE of the peer.
            return client.requests(.invite).count == 1 ? request.response(Status(491), tag: "x") : Talk.accept(request)
        }
        let id = try #require(await edge.edge.server.sessions.keys.first)
        await edge.edge.server.fire(.refresh, id)
        try await eventually("another one") { client.requests(.invite).count == 2 }
        #expect(client.requests(.invite).map { $0.headers.callID } == ["call-1", "call-1"])
        try await eventually("the ACK of the refusal and that of the answer") { client.requests(.ack).count == 2 }
        #expect(await edge.edge.server.sessions[id]?.machine.isEstablished == true)
        #expect(client.requests(.bye).isEmpty)
        await edge.stop()
    }

    @Test("CANCEL does not take back what the XMPP side has: its fate decides; what it refuses is 487")
    func cancel() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        edge.xmpp.answer { _ in nil }
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite(first: Talk.hello)
        try await phone.send(invite)
        try await eventually("the first message") { !edge.xmpp.received.values.isEmpty }
        var cancel = invite
        cancel.method = .cancel
        cancel.headers[.cSeq] = "1 CANCEL"
        cancel.body = []
        try await phone.send(cancel)
        #expect(try await eventually("the answer") { phone.final(.cancel) }.status.code == 200)
        #expect(phone.final(.invite) == nil)
        edge.xmpp.answer { _ in .failure(DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "nobody")) }
        try await edge.xmpp.settle()
        #expect(try await eventually("the answer") { phone.final(.invite) }.status.code == 487)
        // There is nothing to cancel in what was never asked.
        cancel.headers[.via] = "SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bKnever"
        try await phone.send(cancel)
        try await eventually("the answer") { phone.responses.contains { $0.status.code == 481 } }
        await edge.stop()
    }

    @Test("Until its ACK comes the 200 is sent again; an INVITE that is resent makes no second session")
    func resent() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite()
        try await phone.send(invite)
        try await phone.send(invite)
        try await eventually("200 again", within: .seconds(20)) {
            phone.responses.filter { $0.status.code == 200 }.count >= 2
        }
        #expect(Set(phone.responses.filter { $0.status.code == 200 }.map { $0.headers.to?.tag }).count == 1)
        #expect(await edge.edge.server.sessions.count == 1)
        await edge.stop()
    }

    @Test("Another INVITE of the same device takes the place of its session; one of another device stands beside it")
    func severalSessions() async throws {
        let (edge, phone, _, _) = try await Self.established()
        let other = try Talk.invite(number: 2, epid: "other")
        try await phone.send(other)
        let second = try await eventually("the answer") { phone.final(.invite, 2) }
        try await phone.send(try Talk.next(.ack, 2, after: other, second))
        try await eventually("both stand") {
            await edge.edge.server.sessions.values.filter { $0.machine.isEstablished }.count == 2
        }
        #expect(phone.requests(.bye).isEmpty)
        #expect(try await edge.send(MessageTests.text("to the latest")) == .success(Taken()))
        #expect(phone.requests(.message).first?.headers.callID == "call-2")

        let again = try Talk.invite(number: 3)
        try await phone.send(again)
        let third = try await eventually("the answer") { phone.final(.invite, 3) }
        try await phone.send(try Talk.next(.ack, 3, after: again, third))
        try await eventually("the first one ends") { phone.requests(.bye).map(\.headers.callID) == ["call-1"] }
        await edge.stop()
    }

    @Test("Batches, extended subscriptions and piggybacked presence are not confirmed, and the plain way is taken")
    func microsoftSubscriptions() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try request(.subscribe) {
                $0.headers.append(.supported, "ms-benotify, ms-piggyback-first-notify, com.microsoft.autoextend")
                $0.headers.append(.proxyRequire, "ms-benotify")
                $0.headers.append(.accept, "text/xml+msrtc.pidf, application/pidf+xml")
                $0.headers.append(.expires, "3600")
            }
        )
        let answer = try await eventually("the answer") { phone.final(.subscribe) }
        #expect(answer.status.code == 200)
        #expect(answer.headers.tokens(.supported).isEmpty)
        #expect(answer.body.isEmpty)
        try await eventually("NOTIFY") { !phone.requests(.notify).isEmpty }
        await edge.stop()
    }

    /// An edge with an established session of romeo and juliet, and what has made it.
    static func established(
        routes: [StaticRoute] = [],
        settings: [String: String] = [:]
    ) async throws -> (edge: TestEdge, phone: Phone, invite: Request, accepted: Response) {
        let edge = try await TestEdge(routes: routes, settings: settings)
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite()
        try await phone.send(invite)
        let accepted = try await eventually("the answer") { phone.final(.invite) }
        try await phone.send(try Talk.next(.ack, 1, after: invite, accepted))
        try await eventually("the session stands") {
            await edge.edge.server.sessions.values.contains { $0.machine.isEstablished }
                || !phone.requests(.bye).isEmpty
        }
        return (edge, phone, invite, accepted)
    }
}
