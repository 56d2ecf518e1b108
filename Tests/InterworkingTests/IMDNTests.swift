import Messaging
import SIPCore
import Testing
import XML
import XMPPCore

@testable import Interworking

/// [RFC 5438](https://www.rfc-editor.org/rfc/rfc5438) ⇄ [XEP-0184](https://xmpp.org/extensions/xep-0184.html), clause by clause.
@Suite("RFC 5438 ⇄ XEP-0184", .tags(.interworking))
struct IMDNTests {
    private static let now: Int64 = 1_289_690_940_000

    private func message(wanting dispositions: String?, time: String? = "2006-04-04T12:16:49-05:00") -> [UInt8] {
        let asked = dispositions.map { "note.Disposition-Notification: \($0)\r\n" } ?? ""
        let time = time.map { "DateTime: \($0)\r\n" } ?? ""
        return Array(
            """
            From: Romeo <im:romeo@example.net>\r
            To: Juliet <im:juliet@example.com>\r
            NS: note <urn:ietf:params:imdn>\r
            note.Message-ID: 34jk324j\r
            \(time)\(asked)\r
            Content-type: text/plain\r
            \r
            Hello World
            """.utf8
        )
    }

    private func interpret(_ body: [UInt8], _ type: String = "message/cpim") -> Interpretation {
        let headers: [(String, String)] = [
            ("Via", "SIP/2.0/TCP a.example;branch=z9hG4bKz"), ("From", "<sip:romeo@example.net>;tag=1"),
            ("To", "<sip:juliet@example.com>"), ("Call-ID", "c1"), ("CSeq", "1 MESSAGE"), ("Content-Type", type),
        ]
        let request = Request(
            .message,
            target: .sip(SIPURI(user: "juliet", host: "example.com")),
            headers: Headers(headers.map { .init(HeaderName($0.0), $0.1) }),
            body: body
        )
        return SIPMessageMapping.interpret(request, id: MessageID("m1"), now: Self.now)
    }

    /// What romeo is told of `outcome` for a message known by `id`.
    private func told(_ outcome: DeliveryReceipt.Outcome, _ id: String) throws -> SIPMessageParts? {
        let receipt = DeliveryReceipt(originID: id, outcome: outcome)
        let message = neutral(.deliveryReceipt(receipt), from: juliet, to: romeo)
        return try SIPMessageMapping.parts(for: message, now: Self.now)
    }

    static let asked: [(asked: String?, told: [DeliveryReceipt.Outcome], wantsReceipt: Bool)] = [
        ("positive-delivery, negative-delivery", [.delivered, .failed], true),
        ("positive-delivery", [.delivered], true),
        ("negative-delivery", [.failed], false), ("display", [.displayed], false),
        ("positive-delivery,display,processing,x-dreams", [.delivered, .displayed], true), ("processing", [], false),
        ("", [], false), (nil, [], false),
    ]

    @Test("§7.1.1.3, §7.2.1: what was asked for is told, and nothing else", arguments: asked)
    func wishes(_ asked: String?, told: [DeliveryReceipt.Outcome], wantsReceipt: Bool) throws {
        let message = try #require(self.interpret(self.message(wanting: asked)).instantMessage)
        #expect(message.wantsReceipt == wantsReceipt)
        let stanza = try #require(try neutral(.instantMessage(message)).stanzas().first)
        #expect(stanza.children.contains { $0.is("request", "urn:xmpp:receipts") } == wantsReceipt)
        let id = try #require(stanza.id)
        for outcome in DeliveryReceipt.Outcome.allCases {
            let parts = try self.told(outcome, id)
            #expect((parts?.headers[.contentType] == "message/cpim") == told.contains(outcome), "\(outcome)")
        }
    }

    @Test("Who did not ask for word of a failure, or knows no notifications, learns of it all the same, in words")
    func failureInWords() throws {
        for id in ["imdn-p~2006-04-04T12:16:49-05:00~34jk324j", "z9hG4bKz"] {
            let parts = try #require(try self.told(.failed, id))
            #expect(parts.headers[.contentType] == "text/plain;charset=UTF-8")
            #expect(String(decoding: parts.body, as: UTF8.self).hasPrefix("Your message could not be delivered"))
        }
    }

    @Test(
        "A receipt for what nobody sent, or under an id that is not ours, is told to nobody",
        arguments: ["34jk324j", "imdn-~~x", "imdn-pp~~x", "imdn-px~~x", "imdn-p~~", "imdn-p~x", "imdn-", ""]
    )
    func invented(_ id: String) throws {
        for outcome in DeliveryReceipt.Outcome.allCases { #expect(try self.told(outcome, id) == nil) }
    }

    @Test("§7.2.1, §11.1: a notification has a Message-ID of its own, the message's id and time, and is marked as one")
    func notification() throws {
        let message = try #require(self.interpret(self.message(wanting: "positive-delivery")).instantMessage)
        let id = try #require(message.originID)
        let parts = try #require(try self.told(.delivered, id))
        let cpim = try #require(CPIMMessage(parsing: parts.body[...]))
        #expect(cpim.imdn("Message-ID") == "m1")
        #expect(cpim.imdn("Disposition-Notification") == nil)
        #expect(cpim.header("From")?.value == "<sip:juliet@example.com>")
        #expect(cpim.header("To")?.value == "<sip:romeo@example.net>")
        #expect(cpim.content["Content-Type"] == "message/imdn+xml")
        #expect(cpim.content["Content-Disposition"] == "notification")
        let document = String(decoding: cpim.content.body, as: UTF8.self)
        #expect(document.contains("<message-id>34jk324j</message-id>"))
        #expect(document.contains("<datetime>2006-04-04T12:16:49-05:00</datetime>"))
        #expect(document.contains("<recipient-uri>sip:juliet@example.com</recipient-uri>"))
        #expect(document.contains("<delivery-notification><status><delivered/></status></delivery-notification>"))
    }

    @Test(
        "A message without a time, or with one that is none, is notified of with ours",
        arguments: [nil, "yesterday~"]
    )
    func timeless(_ time: String?) throws {
        let message = try #require(self.interpret(self.message(wanting: "display", time: time)).instantMessage)
        let id = try #require(message.originID)
        let parts = try #require(try self.told(.displayed, id))
        #expect(String(decoding: parts.body, as: UTF8.self).contains("<datetime>2010-11-13T23:29:00Z</datetime>"))
    }

    @Test("A notification we write is one we can read", arguments: DeliveryReceipt.Outcome.allCases)
    func imdn(_ outcome: DeliveryReceipt.Outcome) throws {
        let parts = try #require(try self.told(outcome, "imdn-pnd~~34jk<3~24j"))
        let receipt = DeliveryReceipt(originID: "34jk<3~24j", outcome: outcome)
        #expect(self.interpret(parts.body).message?.content == .deliveryReceipt(receipt))
    }

    static let statuses: [(element: String, status: String, outcome: DeliveryReceipt.Outcome?)] = [
        ("delivery", "delivered", .delivered), ("delivery", "failed", .failed), ("delivery", "forbidden", nil),
        ("delivery", "error", nil), ("display", "displayed", .displayed), ("display", "failed", nil),
        ("display", "forbidden", nil), ("display", "error", nil), ("processing", "processed", nil),
        ("processing", "stored", nil), ("processing", "error", nil), ("delivery", "x-dreamt", nil),
    ]

    @Test(
        "§11.1.7: what each status means; what is between servers, or about the notification itself, is nothing",
        arguments: statuses
    )
    func states(_ element: String, status: String, outcome: DeliveryReceipt.Outcome?) {
        let document = """
            <imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>i1</message-id><datetime>2008-04-04T12:16:49Z</datetime>\
            <\(element)-notification><status><\(status)/></status></\(element)-notification></imdn>
            """
        let expected = outcome.map {
            NeutralMessage.Content.deliveryReceipt(DeliveryReceipt(originID: "i1", outcome: $0))
        }
        let interpretation = self.interpret(Array(document.utf8), "message/imdn+xml")
        #expect(interpretation.message?.content == expected)
        if outcome == nil { #expect(interpretation == .ignore(.intermediateNotification)) }
    }

    @Test("§7.2.1: a notification that asks for one gets none")
    func receiptForReceipt() throws {
        let body = """
            From: <sip:romeo@example.net>\r
            To: <sip:juliet@example.com>\r
            NS: imdn <urn:ietf:params:imdn>\r
            imdn.Message-ID: n1\r
            imdn.Disposition-Notification: positive-delivery, display\r
            \r
            Content-type: message/imdn+xml\r
            Content-Disposition: notification\r
            \r
            <imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>i1</message-id><datetime>2008-04-04T12:16:49Z</datetime>\
            <delivery-notification><status><delivered/></status></delivery-notification></imdn>
            """
        let message = try #require(self.interpret(Array(body.utf8)).message)
        let stanzas = try message.stanzas()
        #expect(stanzas.count == 1)
        #expect(stanzas.first?.children.map(\.name) == ["received"])
        #expect(message.receipt(id: MessageID("m2")) == nil)
    }

    static let noReceipts: [(type: String, children: String)] = [
        ("chat", "<received xmlns='urn:xmpp:receipts' id='i1'/><request xmlns='urn:xmpp:receipts'/>"),
        ("groupchat", "<body>x</body><request xmlns='urn:xmpp:receipts'/>"),
        ("error", "<body>x</body><request xmlns='urn:xmpp:receipts'/>"),
        ("chat", "<composing xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>"),
    ]

    @Test("XEP-0184 §4: no receipt for a receipt, for typing, for an error, or for a room", arguments: noReceipts)
    func noReceipt(_ type: String, children: String) throws {
        let text =
            "<message from='juliet@example.com/r' to='romeo@example.net' type='\(type)' id='x'>\(children)</message>"
        guard case .neutral(let messages) = InboundStanza.interpret(try stanza(text), id: MessageID("m1")) else {
            return
        }
        #expect(messages.allSatisfy { $0.receipt(id: MessageID("m2")) == nil })
    }

    @Test("XEP-0184 §4: a request without an id asks for nothing; a text that comes with a receipt is both")
    func request() throws {
        func read(_ attributes: String, _ children: String) throws -> [NeutralMessage] {
            let text = "<message from='juliet@example.com/r' to='romeo@example.net' \(attributes)>\(children)</message>"
            guard case .neutral(let messages) = InboundStanza.interpret(try stanza(text), id: MessageID("m1")) else {
                return []
            }
            return messages
        }
        let request = "<body>x</body><request xmlns='urn:xmpp:receipts'/>"
        #expect(try read("", request).first?.receipt(id: MessageID("m2")) == nil)
        #expect(try read("id='i'", request).first?.receipt(id: MessageID("m2")) != nil)
        let both = try read("id='i'", "<body>x</body><received xmlns='urn:xmpp:receipts' id='i1'/>")
        #expect(both.count == 2)
        #expect(both.last?.content == .deliveryReceipt(DeliveryReceipt(originID: "i1", outcome: .delivered)))
    }

    @Test(
        "§7.1: who is asked for a notification is given the id, the time and both wishes, before which the namespace stands"
    )
    func asking() throws {
        let message = InstantMessage(kind: .chat, body: [LocalizedText("x")], originID: "i1", wantsReceipt: true)
        let options = SIPMessageOptions(usesCPIM: true)
        let parts = try #require(
            try SIPMessageMapping.parts(for: neutral(.instantMessage(message)), options: options, now: Self.now)
        )
        let cpim = try #require(CPIMMessage(parsing: parts.body[...]))
        #expect(cpim.imdn("Message-ID") == "i1")
        #expect(cpim.imdn("Disposition-Notification") == "positive-delivery, negative-delivery")
        #expect(cpim.header("DateTime")?.value == "2010-11-13T23:29:00Z")
        let plain = try #require(try SIPMessageMapping.parts(for: neutral(.instantMessage(message)), now: Self.now))
        #expect(plain.headers[.contentType] == "text/plain;charset=UTF-8")
    }
}
