import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Sessions that are opened for XMPP contacts", .tags(.sip), .serialized)
struct SessionToSIPTests {
    static func route(_ port: Int, _ dialect: StaticRoute.Dialect) -> StaticRoute {
        StaticRoute(
            id: "r",
            domain: "sip.test",
            nextHop: "127.0.0.1",
            port: port,
            transport: .tcp,
            dialect: dialect
        )
    }

    static func edge(
        _ phone: Phone,
        _ dialect: StaticRoute.Dialect = .lync,
        settings: [String: String] = [:],
        drainTime: Duration = .milliseconds(500)
    ) async throws -> TestEdge {
        let route = self.route(try await phone.listen(), dialect)
        return try await TestEdge(routes: [route], settings: settings, drainTime: drainTime)
    }

    static let dialects: [(StaticRoute.Dialect, String)] = [
        (.lcs2005, "m=x-ms-message"), (.ocs2007, "m=message"), (.lync, "m=message"),
    ]

    @Test("A message opens a session in the dialect of the route, and is in its INVITE", arguments: dialects)
    func opened(_ dialect: StaticRoute.Dialect, _ media: String) async throws {
        let phone = Phone()
        phone.answer(Talk.answer(tookFirst: true))
        let edge = try await Self.edge(phone, dialect)
        #expect(try await edge.send(MessageTests.text("Hello Bob")) == .success(Taken()))
        let invite = try #require(phone.requests(.invite).first)
        #expect(invite.target.description == "sip:romeo@sip.test")
        #expect(invite.headers.from?.sipURI?.description == "sip:juliet@xmpp.test")
        #expect(invite.headers[HeaderName("ms-text-format")]?.hasSuffix("ms-body=\(Talk.hello)") == true)
        #expect(invite.headers.contact != nil)
        #expect(String(decoding: invite.body, as: UTF8.self).contains("\(media) "))
        try await eventually("ACK") { phone.requests(.ack).count == 1 }
        let ack = try #require(phone.requests(.ack).first)
        #expect(ack.target.description == Talk.gruu)
        #expect(ack.headers.cSeq?.number == invite.headers.cSeq?.number)

        #expect(try await edge.send(MessageTests.text("More")) == .success(Taken()))
        #expect(phone.requests(.invite).count == 1)
        #expect(phone.requests(.message).map(\.body) == [Array("More".utf8)])
        #expect(phone.requests(.message).first?.headers.to?.tag == "phone")
        await edge.stop()
    }

    @Test("A peer that did not take the first message in the INVITE gets it as a MESSAGE")
    func notTaken() async throws {
        let phone = Phone()
        phone.answer(Talk.answer(tookFirst: false))
        let edge = try await Self.edge(phone)
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        #expect(phone.requests.map(\.method) == [.invite, .ack, .message])
        #expect(phone.requests(.message).first?.body == Array("Hello".utf8))
        await edge.stop()
    }

    @Test("Until the peer accepts, however late, messages wait; then they come in order, one at a time")
    func delayedAccept() async throws {
        let phone = Phone()
        phone.answer { request in
            switch request.method {
            case .invite: request.response(Status(180), tag: "phone")
            case .message, .bye: request.response(Status(200), tag: "phone")
            default: nil
            }
        }
        // A ringing phone is no next hop that fails.
        let edge = try await Self.edge(phone, settings: ["sip.attempt-timeout": "100ms"])
        let numbers = try await Self.send(["one", "two", "three"], edge)
        let invite = try await eventually("INVITE") { phone.requests(.invite).first }
        try await eventually("all wait") {
            await edge.edge.server.sessions.values.first?.messages.count == 3
        }
        #expect(edge.xmpp.answers.values.isEmpty)
        try await phone.reply(Talk.accept(invite, tookFirst: true))
        try await eventually("all have their fate") { edge.xmpp.answers.values.count == 3 }
        #expect(edge.xmpp.answers.values.map(\.number) == numbers)
        #expect(phone.requests(.message).map { String(decoding: $0.body, as: UTF8.self) } == ["two", "three"])
        await edge.stop()
    }

    @Test("When the session is refused all that waits for it comes back, each once")
    func refused() async throws {
        let phone = Phone()
        phone.answer { $0.method == .invite ? nil : $0.response(Status(200), tag: "phone") }
        let edge = try await Self.edge(phone)
        let numbers = try await Self.send(["one", "two"], edge)
        let invite = try await eventually("INVITE") { phone.requests(.invite).first }
        try await eventually("both wait") { await edge.edge.server.sessions.values.first?.messages.count == 2 }
        var refusal = invite.response(Status(486), tag: "phone")
        refusal.headers.append(HeaderName("ms-diagnostics"), "4141;reason=\"User is busy\";source=\"fe\"")
        try await phone.reply(refusal)
        try await eventually("both come back") { edge.xmpp.answers.values.count == 2 }
        #expect(edge.xmpp.answers.values.map(\.number) == numbers)
        for answer in edge.xmpp.answers.values {
            guard case .failure(let failure) = answer.result else { return #expect(Bool(false), "taken") }
            #expect(failure.condition == .recipientUnavailable)
            #expect(failure.text.contains("User is busy"), "\(failure.text)")
        }
        try await eventually("ACK") { phone.requests(.ack).count == 1 }
        #expect(phone.requests(.ack).first?.headers.topVia?.branch == invite.headers.topVia?.branch)
        #expect(await edge.edge.server.sessions.isEmpty)
        await edge.stop()
    }

    @Test(
        "A session that nobody answers is cancelled when it rings, its messages come back; an answer too late is ended"
    )
    func unanswered() async throws {
        let phone = Phone()
        phone.answer { request in
            switch request.method {
            case .invite: request.response(Status(180), tag: "phone")
            default: request.response(Status(200), tag: "phone")
            }
        }
        let edge = try await Self.edge(
            phone,
            settings: ["sip.attempt-timeout": "100ms", "sip.answer-timeout": "300ms"]
        )
        guard case .failure(let failure) = try await edge.send(MessageTests.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .nextHopTimeout)
        try await eventually("CANCEL") { phone.requests(.cancel).count == 1 }
        let invite = try #require(phone.requests(.invite).first)
        #expect(phone.requests(.cancel).first?.headers.topVia?.branch == invite.headers.topVia?.branch)
        try await phone.reply(Talk.accept(invite))
        try await eventually("ACK and BYE") { phone.requests(.bye).count == 1 && phone.requests(.ack).count == 1 }
        await edge.stop()
    }

    @Test(
        "A dialog that the peer has lost: the message comes in another one, not lost and not doubled",
        arguments: [408, 430, 480, 481]
    )
    func deadDialog(_ status: Int) async throws {
        let phone = Phone()
        phone.answer(Talk.answer(tookFirst: true))
        let edge = try await Self.edge(phone)
        #expect(try await edge.send(MessageTests.text("one")) == .success(Taken()))
        let first = try #require(phone.requests(.invite).first?.headers.callID)
        phone.answer { request in
            if request.headers.callID == first { return request.response(Status(status), tag: "x") }
            return Talk.answer(tookFirst: true)(request)
        }
        let numbers = try await Self.send(["two", "three"], edge)
        try await eventually("both have their fate") { edge.xmpp.answers.values.count == 3 }
        #expect(edge.xmpp.answers.values.dropFirst().map(\.number) == numbers)
        #expect(edge.xmpp.answers.values.allSatisfy { $0.result == .success(Taken()) })
        let second = try #require(phone.requests(.invite).last)
        #expect(second.headers.callID != first)
        #expect(phone.requests(.invite).count == 2)
        #expect(second.headers[HeaderName("ms-text-format")]?.hasSuffix("dHdv") == true)  // two
        let texts = phone.requests(.message).filter { $0.headers.callID != first }.map(\.body)
        #expect(texts == [Array("three".utf8)])
        await edge.stop()
    }

    @Test("Both open a session at once: both stand, nothing is lost, the order is kept")
    func glare() async throws {
        let phone = Phone()
        phone.answer { $0.method == .invite ? nil : $0.response(Status(200), tag: "phone") }
        let edge = try await Self.edge(phone)
        let numbers = try await Self.send(["ours"], edge)
        let ours = try await eventually("INVITE") { phone.requests(.invite).first }
        let caller = Phone()
        try await caller.connect(to: await edge.port())
        let theirs = try Talk.invite(first: Talk.hello)
        try await caller.send(theirs)
        let accepted = try await eventually("the answer") { caller.final(.invite) }
        #expect(accepted.status.code == 200)
        try await caller.send(try Talk.next(.ack, 1, after: theirs, accepted))
        // What is said meanwhile waits behind what waits already.
        let more = try await Self.send(["next"], edge)
        try await eventually("it waits") {
            await edge.edge.server.sessions.values.contains { $0.messages.count == 2 }
        }
        try await phone.reply(Talk.accept(ours, tookFirst: true))
        try await eventually("both have their fate") { edge.xmpp.answers.values.count == 2 }
        #expect(edge.xmpp.answers.values.map(\.number) == numbers + more)
        #expect(phone.requests(.message).map(\.body) == [Array("next".utf8)])
        #expect(edge.xmpp.texts == ["Hello Bob"])
        await edge.stop()
    }

    @Test("No more messages wait for a session than the limit says; the others come back at once")
    func queueLimit() async throws {
        let phone = Phone()
        phone.answer { $0.method == .invite ? nil : $0.response(Status(200), tag: "phone") }
        let edge = try await Self.edge(phone, settings: ["limits.session-queue": "2"])
        let numbers = try await Self.send(["one", "two", "three", "four"], edge)
        let answer = try await eventually("one comes back") { edge.xmpp.answers.values.first }
        #expect(answer.number == numbers.last)
        guard case .failure(let failure) = answer.result else { return #expect(Bool(false), "taken") }
        #expect(failure.reason == .queueFull)
        try await phone.reply(Talk.accept(try #require(phone.requests(.invite).first), tookFirst: true))
        try await eventually("the others are said") { edge.xmpp.answers.values.count == 4 }
        #expect(phone.requests(.message).map(\.body) == [Array("two".utf8), Array("three".utf8)])
        await edge.stop()
    }

    @Test("An edge that stops says what waits, ends its sessions, and tells everybody")
    func drain() async throws {
        let phone = Phone()
        phone.answer { $0.method == .invite ? nil : $0.response(Status(200), tag: "phone") }
        let edge = try await Self.edge(phone, drainTime: .seconds(20))
        let numbers = try await Self.send(["one", "two"], edge)
        let invite = try await eventually("INVITE") { phone.requests(.invite).first }
        try await eventually("both wait") { await edge.edge.server.sessions.values.first?.messages.count == 2 }
        async let stopped: Void = edge.stop()
        try await eventually("the edge drains") { await edge.edge.server.isDraining }
        try await phone.reply(Talk.accept(invite, tookFirst: true))
        await stopped
        #expect(phone.requests.map(\.method) == [.invite, .ack, .message, .bye])
        #expect(edge.xmpp.answers.values.map(\.number) == numbers)
    }

    @Test("A server that refuses MESSAGE but takes INVITE is given sessions from then on")
    func foundOutByRefusal() async throws {
        let phone = Phone()
        phone.answer { request in
            guard request.method == .message, request.headers.to?.tag == nil else {
                return Talk.answer(tookFirst: true)(request)
            }
            var response = request.response(Status(405), tag: "x")
            response.headers.append(.allow, "INVITE, ACK, BYE, CANCEL")
            return response
        }
        let edge = try await Self.edge(phone, .auto)
        #expect(try await edge.send(MessageTests.text("one")) == .success(Taken()))
        #expect(phone.requests.map(\.method).filter { $0 != .ack } == [.message, .invite])
        #expect(try await edge.send(MessageTests.text("two"), from: "other@xmpp.test") == .success(Taken()))
        #expect(phone.requests(.invite).count == 2)
        await edge.stop()
    }

    @Test("A server that says what it is, is spoken to in its dialect; one that then refuses sessions gets MESSAGE")
    func foundOutByName() async throws {
        let phone = Phone()
        phone.answer { request in
            if request.method == .invite { return request.response(Status(501), tag: "x") }
            var response = request.response(Status(200), tag: "x")
            response.headers.append(.server, "RTC/3.5")
            return response
        }
        let edge = try await Self.edge(phone, .auto)
        try await eventually("it has said so") {
            await edge.edge.server.dialect(of: address("romeo@sip.test")) == .ocs2007
        }
        #expect(try await edge.send(MessageTests.text("one")) == .success(Taken()))
        #expect(phone.requests.map(\.method) == [.invite, .ack, .message])
        #expect(try await edge.send(MessageTests.text("two")) == .success(Taken()))
        #expect(phone.requests(.invite).count == 1)
        await edge.stop()
    }

    @Test("A user who opened a session teaches the dialect of the domain; a pinned route is obeyed")
    func foundOutByInvite() async throws {
        let phone = Phone()
        phone.answer(Talk.answer(tookFirst: true))
        let route = Self.route(try await phone.listen(), .auto)
        let (edge, caller, invite, accepted) = try await SessionFromSIPTests.established(routes: [route])
        try await caller.send(try Talk.next(.bye, 2, after: invite, accepted))
        try await eventually("the session ends") { await edge.edge.server.sessions.isEmpty }
        #expect(try await edge.send(MessageTests.text("one")) == .success(Taken()))
        #expect(phone.requests(.invite).count == 1)
        var pinned = route
        pinned.dialect = .rfc
        edge.control.change(.route(pinned))
        try await eventually("the change has arrived") {
            await edge.edge.server.policy.route(id: "r")?.dialect == .rfc
        }
        #expect(try await edge.send(MessageTests.text("two"), from: "other@xmpp.test") == .success(Taken()))
        #expect(phone.requests(.message).count == 1)
        await edge.stop()
    }

    @Test("A peer that asks for it has its session refreshed (RFC 4028), and one that does not take messages is left")
    func answers() async throws {
        let phone = Phone()
        phone.answer { request in
            guard request.method == .invite else { return request.response(Status(200), tag: "phone") }
            var response = Talk.accept(request)
            response.body = Array("v=0\r\nm=message 0 sip null\r\n".utf8)
            return response
        }
        let edge = try await Self.edge(phone)
        guard case .failure(let failure) = try await edge.send(MessageTests.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.condition == .notAcceptable)
        try await eventually("BYE") { phone.requests(.bye).count == 1 }
        phone.answer { request in
            var response = Talk.answer(tookFirst: true)(request) ?? request.response(Status(500), tag: "x")
            if request.method == .invite { response.headers.append(.sessionExpires, "1800;refresher=uac") }
            return response
        }
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        let id = try #require(await edge.edge.server.sessions.keys.first)
        await edge.edge.server.fire(.refresh, id)
        try await eventually("a re-INVITE, and its ACK") {
            phone.requests(.invite).count == 3 && phone.requests(.ack).count == 3
        }
        #expect(phone.requests(.invite).last?.headers.to?.tag == "phone")
        #expect(phone.requests(.invite).last?.headers[.sessionExpires] == "1800;refresher=uac")

        // RFC 3261 §14.2: two at a time are one too many.
        phone.answer { $0.method == .invite ? nil : $0.response(Status(200), tag: "phone") }
        await edge.edge.server.fire(.refresh, id)
        let ours = try await eventually("another one") { phone.requests(.invite).dropFirst(3).first }
        var theirs = ours
        theirs.headers[.via] = "SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bKtheirs"
        theirs.headers[.from] = ours.headers[.to]
        theirs.headers[.to] = ours.headers[.from]
        theirs.headers[Admission.marker] = nil
        theirs.headers[.cSeq] = "1 INVITE"
        try await phone.sendBack(theirs)
        #expect(try await eventually("491") { phone.final(.invite) }.status.code == 491)
        await edge.stop()
    }

    /// Hands over messages, one after the other, and waits for none of them; their numbers.
    static func send(_ texts: [String], _ edge: TestEdge) async throws -> [UInt64] {
        let record = try #require(edge.record)
        var numbers: [UInt64] = []
        for text in texts {
            let message = NeutralMessage(
                id: MessageID(text),
                from: address("juliet@xmpp.test"),
                to: address("romeo@sip.test"),
                content: MessageTests.text(text)
            )
            numbers.append(
                try await eventually("the edge is connected on the bus") {
                    try await edge.xmpp.send(message, to: record)
                }
            )
        }
        return numbers
    }
}

extension SIPServer {
    /// What a timer would do.
    func fire(_ timer: SessionMachine.Timer, _ id: Dialog.ID) {
        self.drive(id, .timerFired(timer))
        self.flush()
    }
}
