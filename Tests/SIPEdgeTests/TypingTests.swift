import Messaging
import Policy
import SIPCore
import ServiceKit
import TestSupport
import Testing

@testable import SIPEdge

@Suite("Typing across sip-edge", .tags(.sip), .serialized)
struct TypingTests {
    private func typing(_ state: String, _ number: Int, refresh: Int? = nil) throws -> Request {
        try request(.message, number: number) { request in
            request.headers[.contentType] = "application/im-iscomposing+xml"
            let refresh = refresh.map { "<refresh>\($0)</refresh>" } ?? ""
            request.body = Array(
                "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>\(state)</state>\(refresh)</isComposing>"
                    .utf8
            )
        }
    }

    private func states(_ edge: TestEdge) -> [Composition.State] {
        edge.xmpp.received.values.compactMap { message -> Composition.State? in
            if case .composition(let composition) = message.content { composition.state } else { nil }
        }
    }

    @Test(
        "A SIP user who falls silent has paused when the refresh interval is over; repetitions are answered and not passed on"
    )
    func silence() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try self.typing("active", 1))
        try await phone.send(try self.typing("active", 2, refresh: 1))
        try await eventually("200 to both") { phone.responses.filter { $0.status.code == 200 }.count == 2 }
        try await eventually("paused") { self.states(edge) == [.composing, .paused] }
        await edge.stop()
    }

    @Test("With as many as may be composing, who else begins to is refused with 503; who has a place keeps it")
    func full() async throws {
        let edge = try await TestEdge(settings: ["limits.typing": "1"])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try self.typing("active", 1))
        try await eventually("200") { phone.responses.last?.status.code == 200 }
        var other = try self.typing("active", 2)
        other.headers[.from] = "<sip:mercutio@sip.test>;tag=m"
        try await phone.send(other)
        try await eventually("503") { phone.responses.last?.status.code == 503 }
        try await phone.send(try self.typing("active", 3))
        try await eventually("200 to who has a place") { phone.responses.count == 3 }
        #expect(phone.responses.last?.status.code == 200)
        #expect(self.states(edge) == [.composing])
        #expect(edge.edge.server.metrics.typingRefused.value == 1)
        await edge.stop()
    }

    @Test("A contact who composes is told to SIP with a refresh interval, once")
    func composing() async throws {
        let phone = Phone()
        let route = try await phone.route(dialect: .rfc)
        let edge = try await TestEdge(routes: [route])
        for state in [Composition.State.composing, .composing, .paused] {
            #expect(try await edge.send(.composition(Composition(state: state))).isSuccess)
        }
        let bodies = phone.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.count == 2)
        #expect(bodies.first?.contains("<state>active</state>") == true)
        #expect(bodies.first?.contains("<refresh>120</refresh>") == true)
        #expect(bodies.last?.contains("<state>idle</state>") == true)
        await edge.stop()
    }
}
