import Messaging
import Policy
import SIPCore
import TestSupport
import Testing

@testable import SIPEdge

/// How large a message may be, both ways (SPEC §13).
@Suite("The size of messages", .tags(.sip), .serialized)
struct SizeTests {
    private static let settings = ["limits.message-size": "2000"]

    @Test("A message from SIP that is too large is 413, and what comes behind it is served")
    func fromSIP() async throws {
        let edge = try await TestEdge(settings: Self.settings)
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.message, number: 1) { $0.body = Array(repeating: 0x61, count: 2001) })
        try await phone.send(try request(.message, number: 2) { $0.body = Array(repeating: 0x62, count: 2000) })
        #expect(try await eventually("413") { phone.final(.message, 1) }.status.code == 413)
        #expect(try await eventually("200") { phone.final(.message, 2) }.status.code == 200)
        #expect(edge.xmpp.texts.map(\.utf8.count) == [2000])
        let record = try await eventually("a record") { edge.control.refusals.first { $0.reason == .sizeLimit } }
        #expect(record.rule == "limits.message-size=2000" && record.answer.hasPrefix("413"))
        await edge.stop()
    }

    @Test(
        "A message to SIP that is too large comes back as a violation of the policy, in a session and outside of them",
        arguments: [StaticRoute.Dialect.rfc, .lync]
    )
    func toSIP(_ dialect: StaticRoute.Dialect) async throws {
        let phone = Phone()
        phone.answer(Talk.answer(tookFirst: true))
        let edge = try await SessionToSIPTests.edge(phone, dialect, settings: Self.settings)
        let text = String(repeating: "☆", count: 667)
        guard case .failure(let failure) = try await edge.send(MessageTests.text(text)) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.condition == .policyViolation && failure.reason == .sizeLimit)
        #expect(phone.requests.isEmpty)
        #expect(try await edge.send(MessageTests.text(String(text.dropLast()))).isSuccess)
        let record = try await eventually("a record") { edge.control.refusals.first { $0.reason == .sizeLimit } }
        #expect(record.rule == "limits.message-size=2000")
        await edge.stop()
    }
}
