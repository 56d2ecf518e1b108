import Messaging
import Policy
import SIPCore
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("SIP over UDP (RFC 3261 §18, RFC 3581)", .tags(.sip), .serialized)
struct DatagramTests {
    static let settings = ["sip.udp": "127.0.0.1:0"]

    static func route(_ port: Int, priority: Int = 1) -> StaticRoute {
        StaticRoute(
            id: "u\(priority)",
            domain: "sip.test",
            nextHop: "127.0.0.1",
            port: port,
            transport: .udp,
            priority: priority
        )
    }

    /// A MESSAGE as it comes over UDP, from a port that is not in its Via.
    private func message(
        _ number: Int = 1,
        sentBy: String = "127.0.0.1:5999",
        rport: String = ";rport"
    ) throws -> Request {
        try request(.message, number: number) {
            $0.headers[.via] = "SIP/2.0/UDP \(sentBy);branch=z9hG4bKudp\(number)\(rport)"
        }
    }

    // MARK: - From SIP

    @Test("With rport the answer goes to where the request came from, whatever port Via names")
    func rport() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        try await phone.send(try self.message(), to: try #require(await edge.edge.server.udpPort))
        let response = try await eventually("an answer") { phone.responses.first }
        #expect(response.status.code == 200)
        let via = try #require(response.headers.topVia)
        #expect(via.parameters.first { $0.name == "rport" }?.value == "\(phone.port)")
        #expect(via.parameters.first { $0.name == "received" }?.value == "127.0.0.1")
        #expect(edge.xmpp.texts == ["Hello"])
        await edge.stop()
    }

    @Test("Without rport the answer goes to the port of Via, at the address the request came from")
    func sentBy() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = DatagramPhone()
        let listening = DatagramPhone()
        try await phone.listen()
        try await listening.listen()
        // The host of Via is not believed: the answer goes to the source (RFC 3261 §18.2.2).
        let request = try self.message(sentBy: "192.0.2.7:\(listening.port)", rport: "")
        try await phone.send(request, to: try #require(await edge.edge.server.udpPort))
        let response = try await eventually("an answer") { listening.responses.first }
        #expect(response.status.code == 200)
        #expect(phone.responses.isEmpty)
        await edge.stop()
    }

    @Test("A request that comes again is handed on once, and its answer is sent again (Timer J)")
    func resentToUs() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        for count in 1...3 {
            try await phone.send(try self.message(), to: port)
            try await eventually("answer \(count)") { phone.responses.count == count }
        }
        #expect(Set(phone.responses.map { $0.headers[.to] }).count == 1, "the same answer each time")
        #expect(edge.xmpp.received.values.count == 1)
        await edge.stop()
    }

    @Test("What stands behind Content-Length is discarded; without Content-Length the body ends with the datagram")
    func framing() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        try await phone.send(Array("\r\n\r\n".utf8), to: port)
        try await phone.send(MessageWriter.bytes(of: try self.message(1)) + Array("GARBAGE".utf8), to: port)
        let text = String(decoding: MessageWriter.bytes(of: try self.message(2)), as: UTF8.self)
        try await phone.send(Array(text.replacing("Content-Length: 5\r\n", with: "").utf8), to: port)
        try await phone.send(
            Array(text.replacing("udp2", with: "udp3").replacing(": 5\r\n", with: ": 50\r\n").utf8),
            to: port
        )
        try await eventually("three answers") { phone.responses.count == 3 }
        #expect(phone.responses.map(\.status.code).sorted() == [200, 200, 400])
        #expect(edge.xmpp.texts == ["Hello", "Hello"])
        await edge.stop()
    }

    @Test("A host that is not listed gets 403, the same each time, and costs no memory")
    func stranger() async throws {
        let edge = try await TestEdge(hosts: [HostAuthorization(host: "127.0.0.9")], settings: Self.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        for _ in 0..<2 { try await phone.send(try self.message(), to: port) }
        try await eventually("both are answered") { phone.responses.count == 2 }
        #expect(phone.responses.allSatisfy { $0.status.code == 403 })
        #expect(Set(phone.responses.map { $0.headers[.to] }).count == 1)
        #expect(edge.xmpp.received.values.isEmpty)
        #expect(await edge.edge.server.tableSizes == [0, 0, 0, 0])
        try await eventually("it is on record") { edge.control.refusals.contains { $0.reason == .hostNotAuthorized } }
        await edge.stop()
    }

    @Test("A flood of datagrams of strangers is dropped, and who is known is served all the same")
    func flood() async throws {
        let edge = try await TestEdge(hosts: [HostAuthorization(host: "127.0.0.9")], settings: Self.settings)
        let stranger = DatagramPhone()
        let known = DatagramPhone("127.0.0.9")
        try await stranger.listen()
        try await known.listen()
        let port = try #require(await edge.edge.server.udpPort)
        for number in 0..<2000 { try await stranger.send(try self.message(number), to: port) }
        try await known.send(try self.message(5000), to: port)
        let response = try await eventually("an answer for who is known") { known.responses.first }
        #expect(response.status.code == 200)
        #expect(await edge.edge.server.tableSizes[0...1] == [1, 0], "one flow, and nothing that waits")
        #expect(stranger.responses.count < 1000)
        #expect(edge.edge.server.metrics.datagramsDropped.value > 0)
        await edge.stop()
    }

    // MARK: - To SIP

    @Test("A request that is lost is sent again, and arrives once")
    func loss() async throws {
        let phone = DatagramPhone()
        try await phone.listen()
        // The first two of each transaction are lost.
        phone.lose { request in
            request.method == .message
                && phone.requests.filter { $0.headers.topVia == request.headers.topVia }.count <= 2
        }
        let edge = try await TestEdge(routes: [Self.route(phone.port)], settings: Self.settings)
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        #expect(phone.requests.count == 3)
        #expect(Set(phone.requests.map { MessageWriter.bytes(of: $0) }).count == 1, "what is sent again is the same")
        let via = try #require(phone.requests.first?.headers.topVia)
        #expect(via.transport == "UDP" && via.parameters.contains { $0.name == "rport" && $0.value == nil })
        #expect(via.port.map { Int($0) } == (await edge.edge.server.udpPort))
        await edge.stop()
    }

    @Test("Nobody listens there: the next route is taken at once (RFC 3261 §18.4), and without one the sender is told")
    func portUnreachable() async throws {
        let gone = DatagramPhone()
        try await gone.listen()
        let deadPort = gone.port
        try await gone.close()
        let phone = DatagramPhone()
        try await phone.listen()
        let edge = try await TestEdge(
            routes: [Self.route(deadPort), Self.route(phone.port, priority: 2)],
            settings: Self.settings.merging(["sip.attempt-timeout": "18s", "sip.answer-timeout": "18s"]) { $1 }
        )
        let start = ContinuousClock.now
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        #expect(ContinuousClock.now - start < .seconds(17), "not after a time-out")
        edge.control.change(.routeRemoved(id: "u2"))
        try await eventually("the change has arrived") { await edge.edge.server.policy.route(id: "u2") == nil }
        guard case .failure(let failure) = try await edge.send(MessageTests.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .nextHopUnreachable)
        await edge.stop()
    }

    @Test("More than 1300 bytes go by TCP to the same port (RFC 3261 §18.1.1)")
    func large() async throws {
        let tcp = Phone()
        let port = try await tcp.listen()
        let udp = DatagramPhone()
        try await udp.listen(port: port)
        let edge = try await TestEdge(routes: [Self.route(port)], settings: Self.settings)
        let text = String(repeating: "long ", count: 250)
        #expect(try await edge.send(MessageTests.text(text)) == .success(Taken()))
        #expect(tcp.requests.first?.headers.topVia?.transport == "TCP")
        #expect(udp.requests.isEmpty)
        #expect(try await edge.send(MessageTests.text("short")) == .success(Taken()))
        #expect(udp.requests.count == 1)
        await edge.stop()
    }

    @Test("A message too large for a next hop without TCP comes back, and says why")
    func tooLarge() async throws {
        let udp = DatagramPhone()
        try await udp.listen()
        let edge = try await TestEdge(routes: [Self.route(udp.port)], settings: Self.settings)
        let text = String(repeating: "long ", count: 250)
        guard case .failure(let failure) = try await edge.send(MessageTests.text(text)) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .sizeLimit)
        #expect(failure.text.contains("takes no TCP"), "\(failure)")
        await edge.stop()
    }

    @Test("An answer counts only with the whole branch, and from the next hop itself")
    func forged() async throws {
        let phone = DatagramPhone()
        phone.answer { _ in nil }
        try await phone.listen()
        let edge = try await TestEdge(
            routes: [Self.route(phone.port)],
            settings: Self.settings.merging(["sip.answer-timeout": "1s"]) { $1 }
        )
        async let fate = edge.send(MessageTests.text("Hello"))
        let request = try await eventually("the request") { phone.requests.first }
        var response = request.response(Status(200), tag: "forger")
        let branch = try #require(request.headers.topVia?.branch)
        let guessed = branch.split(separator: ".").dropLast().joined(separator: ".") + ".guess"
        response.headers[.via] = request.headers[.via]?.replacing(branch, with: guessed)
        try await phone.sendBack(response)
        guard case .failure(let failure) = try await fate else { return #expect(Bool(false), "taken") }
        #expect(failure.reason == .nextHopTimeout)
        await edge.stop()
    }

    @Test("An answer may come to the port of our Via (RFC 3261 §18.1.2)")
    func answeredToSentBy() async throws {
        let phone = DatagramPhone()
        phone.answer { _ in nil }
        try await phone.listen()
        let edge = try await TestEdge(routes: [Self.route(phone.port)], settings: Self.settings)
        async let fate = edge.send(MessageTests.text("Hello"))
        let request = try await eventually("the request") { phone.requests.first }
        let response = request.response(Status(200), tag: "old")
        let port = try #require(request.headers.topVia?.port)
        try await phone.send(MessageWriter.bytes(of: response), to: Int(port))
        #expect(try await fate == .success(Taken()))
        await edge.stop()
    }

    @Test("Next hops over UDP are asked for a sign of life")
    func probed() async throws {
        let phone = DatagramPhone()
        try await phone.listen()
        let edge = try await TestEdge(routes: [Self.route(phone.port)])
        try await eventually("OPTIONS, from a socket without a listener") { phone.probes > 0 }
        await edge.stop()
    }

    // MARK: - Sessions

    private func invite(_ port: Int, _ number: Int = 1) throws -> Request {
        try Talk.invite(number: number) {
            $0.headers[.via] = "SIP/2.0/UDP 127.0.0.1:\(port);branch=z9hG4bKinvite\(number)"
            $0.headers[.recordRoute] = nil
            $0.headers[.contact] = "<sip:romeo@127.0.0.1:\(port)>"
        }
    }

    @Test("A refusal of INVITE is sent until its ACK comes (Timer G)")
    func refusalRepeated() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        var invite = try self.invite(phone.port)
        invite.body = Array(String(decoding: invite.body, as: UTF8.self).replacing("m=message", with: "m=audio").utf8)
        try await phone.send(invite, to: port)
        try await eventually("the refusal, again and again") {
            phone.responses.filter { $0.status.code == 488 }.count >= 3
        }
        var acknowledgement = invite
        acknowledgement.method = .ack
        acknowledgement.headers[.to] = phone.responses.last?.headers[.to]
        acknowledgement.headers[.cSeq] = "1 ACK"
        acknowledgement.body = []
        try await phone.send(acknowledgement, to: port)
        try await eventually("the transaction is confirmed") { await edge.edge.server.isConfirmed }
        await edge.stop()
    }

    @Test("A session over UDP: accepted until acknowledged, said in, ended")
    func session() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = DatagramPhone()
        try await phone.listen()
        let port = try #require(await edge.edge.server.udpPort)
        let invite = try self.invite(phone.port)
        try await phone.send(invite, to: port)
        try await eventually("200, again and again") { phone.responses.filter { $0.status.code == 200 }.count >= 2 }
        let accepted = try #require(phone.responses.last)
        #expect(accepted.headers[.contact]?.contains("transport=udp") == true)
        var acknowledgement = try Talk.next(.ack, 1, after: invite, accepted)
        acknowledgement.headers[.via] = "SIP/2.0/UDP 127.0.0.1:\(phone.port);branch=z9hG4bKack"
        try await phone.send(acknowledgement, to: port)
        #expect(try await edge.send(MessageTests.text("in the session")) == .success(Taken()))
        let said = try #require(phone.requests.first { $0.method == .message })
        #expect(said.headers[.callID] == invite.headers[.callID])
        #expect(said.headers.topVia?.transport == "UDP")
        await edge.stop()
    }

    @Test("An INVITE of ours that is refused: the refusal is acknowledged each time it comes")
    func refusalAcknowledged() async throws {
        let phone = DatagramPhone()
        phone.answer { $0.response(Status($0.method == .invite ? 486 : 200), tag: "busy") }
        try await phone.listen()
        var route = Self.route(phone.port)
        route.dialect = .lync
        let edge = try await TestEdge(routes: [route], settings: Self.settings)
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess == false)
        let invite = try #require(phone.requests.first { $0.method == .invite })
        try await phone.sendBack(invite.response(Status(486), tag: "busy"))
        try await eventually("two ACKs") { phone.requests.filter { $0.method == .ack }.count == 2 }
        #expect(phone.requests.filter { $0.method == .ack }.allSatisfy { $0.target == invite.target })
        await edge.stop()
    }
}

extension SIPServer {
    /// Flows, requests that wait, requests that have their answer, of both methods.
    var tableSizes: [Int] {
        [self.flows.count, self.serverTransactions.count, self.finishedRequests.count, self.finishedInvites.count]
    }

    /// Whether no refusal waits for its ACK: one that comes again now is not sent.
    var isConfirmed: Bool {
        self.finishedInvites.values.allSatisfy { finished in
            var machine = finished.machine
            return machine.handle(.timerFired(.g)).isEmpty
        }
    }
}
