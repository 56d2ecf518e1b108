import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    @Suite("Receipts (XEP-0184) and notifications (RFC 5438) between Prosody and a SIP user agent")
    struct ReceiptTests {
        private static let receipts = "urn:xmpp:receipts"

        /// A MESSAGE of juliet's whose body is CPIM.
        private func cpim(
            _ juliet: SIPPeer,
            to contact: String,
            _ headers: String,
            _ content: String,
            _ world: World
        ) async throws {
            let branch = try await juliet.send(
                .message,
                from: "juliet@sip.test",
                to: contact,
                host: world.edgeAddress
            ) { request in
                request.headers.append(.contentType, "message/cpim")
                request.body = Array(
                    """
                    From: <sip:juliet@sip.test>\r
                    To: <sip:\(contact)>\r
                    DateTime: 2006-04-04T12:16:49-05:00\r
                    NS: imdn <urn:ietf:params:imdn>\r
                    \(headers)\r
                    \r
                    \(content)
                    """.utf8
                )
            }
            #expect(try await eventually("an answer", value: { juliet.fates[branch] }) == .answered(200))
        }

        /// The notifications that juliet has got.
        private func notifications(_ juliet: SIPPeer) -> [String] {
            juliet.requests.map { String(decoding: $0.body, as: UTF8.self) }.filter { $0.contains("<imdn") }
        }

        @Test("What either side asks for is told by the other's own word, once, under the id it knows; nothing else is")
        func receipts() async throws {
            try await withWorld(3) { world in
                let juliet = SIPPeer(address: world.sipAddress)
                try await juliet.listen()
                let romeo = try await world.user("romeo")
                try await romeo.send(await romeo.element("presence", [:]))

                // juliet asks, romeo's client answers; what he says of other messages is his invention.
                let wish = "imdn.Message-ID: 34jk324j\r\nimdn.Disposition-Notification: positive-delivery"
                try await self.cpim(juliet, to: "romeo@xmpp.test", wish, "Content-Type: text/plain\r\n\r\nHi", world)
                let message = try await romeo.waitFor("the message") { $0.body == "Hi" }
                #expect(message.elements.contains { $0.name == "request" && $0.namespace == Self.receipts })
                for id in ["invented", try #require(message.attribute("id"))] {
                    let received = XMLElement("received", namespace: Self.receipts, attributes: [.init("id", id)])
                    try await romeo.send(
                        await romeo.element("message", ["to": "juliet@sip.test", "id": "r-\(id.count)"], [received])
                    )
                }
                try await eventually("the notification") { self.notifications(juliet).count == 1 }
                let told = try #require(self.notifications(juliet).first)
                #expect(told.contains("<message-id>34jk324j</message-id>"))
                #expect(told.contains("<datetime>2006-04-04T12:16:49-05:00</datetime>"))
                #expect(told.contains("<delivered/>"))

                // romeo asks, and juliet is known to know notifications.
                let children = [
                    await romeo.child("body", "Are you there?"), XMLElement("request", namespace: Self.receipts),
                ]
                try await romeo.send(
                    await romeo.element("message", ["to": "juliet@sip.test", "id": "q1", "type": "chat"], children)
                )
                let question = try await eventually("the question") {
                    juliet.requests.first { String(decoding: $0.body, as: UTF8.self).contains("Are you there?") }
                }
                #expect(question.headers[.contentType] == "message/cpim")
                #expect(String(decoding: question.body, as: UTF8.self).contains("imdn.Message-ID: q1\r\n"))
                let document = """
                    <imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>q1</message-id>\
                    <datetime>2008-04-04T12:16:49Z</datetime><delivery-notification><status><delivered/></status>\
                    </delivery-notification></imdn>
                    """
                let type = "Content-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n"
                try await self.cpim(juliet, to: "romeo@xmpp.test", "imdn.Message-ID: n1", type + document, world)
                _ = try await romeo.waitFor("the receipt") { stanza in
                    stanza.elements.contains { $0.name == "received" && $0.attribute("id") == "q1" }
                }
                let all = await romeo.received.filter { $0.elements.contains { $0.name == "received" } }
                #expect(all.count == 1, "the 200 was none")

                // What comes back after its 200 is a failure.
                let failure = "imdn.Message-ID: f1\r\nimdn.Disposition-Notification: negative-delivery"
                try await self.cpim(
                    juliet,
                    to: "nobody@xmpp.test",
                    failure,
                    "Content-Type: text/plain\r\n\r\nHi",
                    world
                )
                try await eventually("the failure") { self.notifications(juliet).count == 2 }
                let failed = try #require(self.notifications(juliet).last)
                #expect(failed.contains("<message-id>f1</message-id>") && failed.contains("<failed/>"))
                await romeo.close()
                await juliet.stop()
            }
        }
    }
}
