import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Notifications of delivery across sip-edge (RFC 5438)", .tags(.sip), .serialized)
struct NotificationTests {
    private static let question = NeutralMessage.Content.instantMessage(
        InstantMessage(kind: .chat, body: [LocalizedText("Hello")], originID: "i1", wantsReceipt: true)
    )

    private static func route(_ phone: Phone) async throws -> StaticRoute {
        try await phone.route(dialect: .rfc)
    }

    private static func cpim(_ number: Int, _ headers: String, _ content: String) throws -> Request {
        try request(.message, number: number) { request in
            request.headers[.contentType] = "message/cpim"
            request.body = Array(
                """
                From: <sip:romeo@sip.test>\r
                To: <sip:juliet@xmpp.test>\r
                NS: imdn <urn:ietf:params:imdn>\r
                \(headers)\r
                \r
                \(content)
                """.utf8
            )
        }
    }

    /// romeo's phone asks for a notification, and so is known to know them.
    private static func introduce(_ phone: Phone, to edge: TestEdge) async throws {
        try await phone.connect(to: await edge.port())
        let wish = "imdn.Message-ID: m1\r\nimdn.Disposition-Notification: positive-delivery"
        try await phone.send(try self.cpim(1, wish, "Content-Type: text/plain\r\n\r\nHi"))
        try await eventually("the message") { edge.xmpp.texts == ["Hi"] }
        try await eventually("its answer") { phone.responses.count == 1 }
    }

    @Test("Who knows notifications is asked for one, which is the receipt; the 200 is none")
    func asked() async throws {
        let phone = Phone()
        let edge = try await TestEdge(routes: [try await Self.route(phone)])
        #expect(try await edge.send(Self.question) == .success(Taken()))
        #expect(phone.requests.last?.headers[.contentType] == "text/plain;charset=UTF-8")

        try await Self.introduce(phone, to: edge)
        #expect(try await edge.send(Self.question) == .success(Taken(isUnconfirmed: true)))
        #expect(phone.requests.last?.headers[.contentType] == "message/cpim")
        let document = """
            <imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>i1</message-id><datetime>2008-04-04T12:16:49Z</datetime>\
            <delivery-notification><status><delivered/></status></delivery-notification></imdn>
            """
        try await phone.send(
            try Self.cpim(
                2,
                "imdn.Message-ID: n1",
                "Content-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n\(document)"
            )
        )
        try await eventually("the receipt") {
            edge.xmpp.received.values.last?.content
                == .deliveryReceipt(DeliveryReceipt(originID: "i1", outcome: .delivered))
        }
        await edge.stop()
    }

    @Test("A message that is refused because it asks comes again as plain text, and nothing more is asked")
    func refused() async throws {
        let phone = Phone()
        phone.answer { request in
            let isCPIM = request.headers[.contentType] == "message/cpim"
            return request.response(Status(isCPIM ? 415 : 200), tag: "phone")
        }
        let edge = try await TestEdge(routes: [try await Self.route(phone)])
        try await Self.introduce(phone, to: edge)
        for _ in 0..<2 { #expect(try await edge.send(Self.question) == .success(Taken())) }
        let types = phone.requests.map { $0.headers[.contentType] }
        #expect(types == ["message/cpim", "text/plain;charset=UTF-8", "text/plain;charset=UTF-8"])
        await edge.stop()
    }

    @Test("RFC 3428 §7: 202 says that a server keeps the message, and no receipt is given for it")
    func stored() async throws {
        let phone = Phone()
        phone.answer { $0.response(Status(202), tag: "phone") }
        let edge = try await TestEdge(routes: [try await Self.route(phone)])
        #expect(try await edge.send(Self.question) == .success(Taken(isUnconfirmed: true)))
        await edge.stop()
    }
}
