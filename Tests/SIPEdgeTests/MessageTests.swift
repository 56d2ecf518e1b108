import Messaging
import NIOCore
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Messages across sip-edge", .tags(.sip), .serialized)
struct MessageTests {
    static func text(_ text: String) -> NeutralMessage.Content {
        .instantMessage(InstantMessage(kind: .chat, body: [LocalizedText(text)], originID: "m1"))
    }

    @Test("A MESSAGE is answered 200 when the other side has taken it, and not before")
    func fromSIP() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        edge.xmpp.answer { _ in nil }
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.message))
        let message = try await eventually("the message crosses") { edge.xmpp.received.values.first }
        #expect(message.from == address("romeo@sip.test"))
        #expect(message.to == address("juliet@xmpp.test"))
        guard case .instantMessage(let content) = message.content else { return #expect(Bool(false), "\(message)") }
        #expect(content.body.map(\.text) == ["Hello"])
        #expect(phone.responses.isEmpty, "no early 100 either (RFC 4320)")

        edge.xmpp.answer { _ in .success(Taken()) }
        try await phone.send(try request(.message, number: 2))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 200)
        #expect(response.headers.cSeq?.number == 2)
        #expect(response.headers.topVia?.parameters.contains { $0.name == "rport" && $0.value != nil } == true)
        try await edge.xmpp.settle()
        await edge.stop()
    }

    static let failures: [(DeliveryFailure, Int)] = [
        (DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "nobody"), 604),
        (DeliveryFailure(.remoteServerTimeout, reason: .deadlineExceeded, text: "late"), 504),
        (DeliveryFailure(.forbidden, reason: .contactNotApproved, text: "not yet"), 403),
    ]

    @Test("A failure of the XMPP side is SIP's status, with the reason as a warning", arguments: failures)
    func failureOfXMPP(_ failure: DeliveryFailure, _ status: Int) async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        edge.xmpp.answer { _ in .failure(failure) }
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.message))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == status)
        #expect(response.headers[.warning]?.contains(failure.text) ?? false)
        await edge.stop()
    }

    @Test("Without an xmpp-edge the sender is told so, and when to try again")
    func noXMPPEdge() async throws {
        let edge = try await TestEdge(withXMPPEdge: false)
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.message))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 503)
        #expect(response.headers[.retryAfter] != nil)
        try await eventually("the refusal is on record") {
            edge.control.refusals.contains { $0.reason == .edgeUnavailable }
        }
        await edge.stop()
    }

    @Test("Two hundred messages of one read arrive in order, each answered once")
    func order() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        let bytes = try (1...200).flatMap { number in
            MessageWriter.bytes(of: try request(.message, number: number) { $0.body = Array("\(number)".utf8) })
        }
        try await phone.send(bytes)
        try await eventually("all are answered") { phone.responses.count >= 200 }
        #expect(phone.responses.count == 200)
        #expect(phone.responses.allSatisfy { $0.status.code == 200 })
        #expect(edge.xmpp.texts == (1...200).map { "\($0)" })
        await edge.stop()
    }

    @Test("A message to SIP is taken when the next hop says 200")
    func toSIP() async throws {
        let phone = Phone()
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route])
        #expect(try await edge.send(Self.text("Hello")) == .success(Taken()))
        let request = try #require(phone.requests.first)
        #expect(request.method == .message)
        #expect(request.target.description == "sip:romeo@sip.test")
        #expect(request.headers.from?.sipURI?.description == "sip:juliet@xmpp.test")
        #expect(request.headers.maxForwards == 70)
        #expect(request.body == Array("Hello".utf8))
        await edge.stop()
    }

    @Test(
        "A status of the next hop is the sender's failure",
        arguments: [(404, DeliveryFailure.Condition.itemNotFound), (486, .recipientUnavailable), (403, .forbidden)]
    )
    func refusedBySIP(_ status: Int, _ condition: DeliveryFailure.Condition) async throws {
        let phone = Phone()
        phone.answer { $0.response(Status(status), tag: "x") }
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route])
        guard case .failure(let failure) = try await edge.send(Self.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.condition == condition)
        #expect(failure.sipStatus == status)
        await edge.stop()
    }

    @Test("A next hop that cannot be reached, and one that says 503, give way to the next route")
    func failOver() async throws {
        let busy = Phone()
        busy.answer { $0.response(Status(503), tag: "x") }
        let good = Phone()
        let routes = [
            StaticRoute(
                id: "1",
                domain: "sip.test",
                nextHop: "127.0.0.1",
                port: try FreePort.any(),
                transport: .tcp,
                priority: 1
            ),
            try await busy.route("2", priority: 2),
            try await good.route("3", priority: 3),
        ]
        let edge = try await TestEdge(routes: routes)
        #expect(try await edge.send(Self.text("Hello")) == .success(Taken()))
        #expect(good.requests.count == 1)
        #expect(try await edge.send(Self.text("Again")) == .success(Taken()))
        #expect(good.requests.count == 2)
        await edge.stop()
    }

    @Test("A next hop that says nothing gives way to the next one; silence of the last is a failure with its reason")
    func timeOut() async throws {
        let silent = Phone()
        silent.answer { _ in nil }
        let good = Phone()
        let routes = [
            try await silent.route("1", priority: 1),
            try await good.route("2", priority: 2),
        ]
        let edge = try await TestEdge(
            routes: routes,
            settings: ["sip.attempt-timeout": "300ms", "sip.answer-timeout": "300ms"]
        )
        #expect(try await edge.send(Self.text("Hello")) == .success(Taken()))
        #expect(good.requests.count == 1)
        edge.control.change(.routeRemoved(id: "2"))
        try await eventually("the change has arrived") { await edge.edge.server.policy.route(id: "2") == nil }
        guard case .failure(let failure) = try await edge.send(Self.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .nextHopTimeout)
        await edge.stop()
    }

    @Test("A request that comes twice is handed on once (RFC 3261 §17.2.3)")
    func resent() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        edge.xmpp.answer { _ in nil }
        try await phone.connect(to: await edge.port())
        let twice = MessageWriter.bytes(of: try request(.message))
        try await phone.send(twice + twice + MessageWriter.bytes(of: try request(.message, number: 2)))
        try await eventually("both messages cross") { edge.xmpp.received.values.count == 2 }
        #expect(Set(edge.xmpp.received.values.map(\.id)).count == 2)
        try await phone.send(try request(.options, number: 3))
        try await eventually("the answer to what came later") { !phone.responses.isEmpty }
        #expect(edge.xmpp.received.values.count == 2)
        try await phone.hangUp()
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        await edge.stop()
    }

    @Test(
        "A request that a proxy has forked is handed on once: what comes by another way meanwhile is 482 (RFC 3261 §8.2.2.2)"
    )
    func merged() async throws {
        let edge = try await TestEdge()
        edge.xmpp.answer { _ in nil }
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.message))
        let other = Phone()
        try await other.connect(to: await edge.port())
        try await eventually("the first one is under way") { !edge.xmpp.received.values.isEmpty }
        let fork = try request(.message) { $0.headers[.via] = "SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bKother" }
        try await other.send(fork)
        #expect(try await eventually("its answer") { other.responses.first }.status.code == 482)
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        #expect(try await eventually("the answer") { phone.responses.first }.status.code == 200)
        #expect(edge.xmpp.texts == ["Hello"])
        #expect(await edge.edge.server.requestsUnderWay.isEmpty)
        await edge.stop()
    }

    @Test("A response with another Via beside ours is nobody's answer (RFC 3261 §8.1.3.3)")
    func astray() async throws {
        let phone = Phone()
        phone.answer { request in
            var response = request.response(Status(200), tag: "x")
            if request.method == .message { response.headers.append(.via, "SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKx") }
            return response
        }
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route], settings: ["sip.answer-timeout": "300ms"])
        guard case .failure(let failure) = try await edge.send(Self.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .nextHopTimeout)
        await edge.stop()
    }

    @Test(
        "A challenge of a next hop is a failure for the sender: there is no password that could be asked for (CVE-2021-41158)",
        arguments: [401, 407]
    )
    func challenged(_ status: Int) async throws {
        let phone = Phone()
        phone.answer { request in
            guard request.method == .message else { return request.response(Status(200), tag: "x") }
            var response = request.response(Status(status), tag: "x")
            let name = HeaderName(status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate")
            response.headers.append(name, "Digest realm=\"sip.test\", nonce=\"1\", algorithm=MD5")
            return response
        }
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route])
        guard case .failure(let failure) = try await edge.send(Self.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.sipStatus == status)
        let requests = phone.requests(.message)
        #expect(requests.count == 1)
        #expect(requests.allSatisfy { $0.headers[HeaderName("Authorization")] == nil })
        await edge.stop()
    }

    @Test("A connection that breaks under a message is a failure at once, not a silence")
    func brokenConnection() async throws {
        let phone = Phone()
        phone.answer { _ in nil }
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route])
        async let fate = edge.send(Self.text("Hello"))
        try await eventually("the message is there") { !phone.requests.isEmpty }
        try await phone.dropConnections()
        guard case .failure(let failure) = try await fate else { return #expect(Bool(false), "taken") }
        #expect(failure.reason == .nextHopUnreachable)
        await edge.stop()
    }

    @Test("Without a route the sender is told")
    func noRoute() async throws {
        let edge = try await TestEdge()
        guard case .failure(let failure) = try await edge.send(Self.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .noRoute)
        await edge.stop()
    }

    @Test("replace-host-in-request-uri puts the next hop there")
    func replaceHost() async throws {
        let phone = Phone()
        var route = try await phone.route()
        route.replaceHostInRequestURI = true
        let edge = try await TestEdge(routes: [route])
        #expect(try await edge.send(Self.text("Hello")) == .success(Taken()))
        #expect(phone.requests.first?.requestURI?.host == "127.0.0.1")
        #expect(phone.requests.first?.headers.to?.sipURI?.host == "sip.test")
        await edge.stop()
    }

    @Test("Next hops are asked for a sign of life")
    func probe() async throws {
        let phone = Phone()
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route])
        try await eventually("OPTIONS") { phone.probes > 0 }
        await edge.stop()
    }

    @Test("A stop answers what is under way and refuses what is new")
    func drain() async throws {
        let edge = try await TestEdge(drainTime: .seconds(20))
        let phone = Phone()
        edge.xmpp.answer { _ in nil }
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.message))
        try await eventually("the message crosses") { !edge.xmpp.received.values.isEmpty }
        async let stopped: Void = edge.stop()
        try await eventually("the edge drains") { await edge.edge.server.isDraining }
        try await phone.send(try request(.message, number: 2))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 503)
        #expect(response.headers[.retryAfter] != nil)
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        let first = try await eventually("the answer to what was under way") { phone.final(.message, 1) }
        #expect(first.status.code == 200)
        await stopped
    }
}

@Suite("What the console sees of sip-edge", .tags(.sip))
struct ListingTests {
    @Test("Connections are listed page by page")
    func pages() async throws {
        let edge = try await TestEdge()
        let phones = (0..<3).map { _ in Phone() }
        for phone in phones {
            try await phone.connect(to: await edge.port())
            try await phone.send(try request(.options))
            try await eventually("an answer") { !phone.responses.isEmpty }
        }
        let first = await edge.edge.server.streams(StreamQuery(limit: 2))
        #expect(first.streams.count == 2)
        let second = await edge.edge.server.streams(StreamQuery(cursor: first.nextCursor, limit: 2))
        #expect(second.streams.count == 1)
        #expect(second.nextCursor == nil)
        let stream = try #require(second.streams.first)
        #expect(stream.peerAddress.hasPrefix("127.0.0.1:"))
        #expect(stream.received == 1 && stream.sent == 1)
        #expect(stream.authentication == "address")
        await edge.stop()
    }
}
