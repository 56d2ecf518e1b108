import Interworking
import Messaging
import SIPCore
import Testing
import XML
import XMPPCore

@Suite("RFC 7572: MESSAGE ⇄ neutral", .tags(.interworking))
struct SIPMessageTests {
    private static let now: Int64 = 1_289_690_940_000

    private func request(
        _ body: String = "hi",
        _ headers: [(String, String)] = [("Content-Type", "text/plain")],
        target: Request.Target = .sip(SIPURI(user: "juliet", host: "example.com")),
        from: String = "<sip:romeo@example.net>;tag=1"
    ) -> Request {
        let basic = [
            ("Via", "SIP/2.0/TCP a.example;branch=z9hG4bKz"), ("From", from), ("To", "<sip:x@example.com>"),
            ("Call-ID", "c1"), ("CSeq", "1 MESSAGE"),
        ]
        return Request(
            .message,
            target: target,
            headers: Headers((basic + headers).map { .init(HeaderName($0.0), $0.1) }),
            body: Array(body.utf8)
        )
    }

    private func interpret(_ request: Request) -> Interpretation {
        SIPMessageMapping.interpret(request, id: MessageID("m1"), now: Self.now)
    }

    @Test("Table 2: From, Request-URI, Call-ID, Subject, Content-Language, transaction")
    func table2() throws {
        let interpretation = self.interpret(
            self.request(
                "Ahoj",
                [("Content-Type", "text/plain"), ("Content-Language", "cs"), ("s", "Verona")],
                from: "\"R\" <sip:romeo@example.net;gr=dr4h>;tag=1"
            )
        )
        let expected = InstantMessage(
            kind: .normal,
            body: [LocalizedText("Ahoj", language: "cs")],
            subject: [LocalizedText("Verona", language: "cs")],
            thread: "c1",
            originID: "z9hG4bKz"
        )
        let message = try #require(interpretation.message)
        #expect(message.content == .instantMessage(expected))
        #expect(message.from == Address(user: "romeo", domain: "example.net", instance: "dr4h"))
        #expect(message.to == juliet)
        let stanza = try #require(try message.stanzas().first)
        #expect(stanza.type == nil && stanza.language == "cs" && stanza.id == "z9hG4bKz")
        #expect(message.senderName == "R")
    }

    static let names: [(from: String, name: String?)] = [
        ("\"Juliet Capulet\" <sip:juliet@example.net>;tag=1", "Juliet Capulet"),
        ("Juliet <sip:juliet@example.net>;tag=1", "Juliet"), ("<sip:juliet@example.net>;tag=1", nil),
        ("sip:juliet@example.net;tag=1", nil), ("\" \" <sip:juliet@example.net>;tag=1", nil),
        ("\"a\u{7}b\" <sip:juliet@example.net>;tag=1", "a b"),
        ("\"\(String(repeating: "x", count: 257))\" <sip:juliet@example.net>;tag=1", nil),
        ("\"\u{FFFF}\" <sip:juliet@example.net>;tag=1", nil),
    ]

    @Test("What a user is called is what From says, if that can be a name", arguments: names)
    func name(_ from: String, name: String?) {
        #expect(self.interpret(self.request(from: from)).message?.senderName == name)
    }

    static let dates: [(String, Int64?)] = [
        ("Sat, 13 Nov 2010 23:29:00 GMT", nil), ("Sat, 13 Nov 2010 23:28:30 GMT", nil),
        ("Sat, 13 Nov 2010 22:29:00 GMT", 1_289_687_340_000), ("nonsense", nil),
    ]

    @Test("A Date of a while ago is a delay, one of just now is not", arguments: dates)
    func date(_ date: String, sentAt: Int64?) {
        #expect(
            self.interpret(self.request("x", [("Content-Type", "text/plain"), ("Date", date)])).message?.sentAt
                == sentAt
        )
    }

    @Test("Nothing to say: acknowledged and ignored")
    func empty() {
        #expect(self.interpret(self.request("", [])) == .ignore(.noContent))
    }

    static let refused: [([(String, String)], Int)] = [
        ([], 400), ([("Content-Type", "nonsense")], 400), ([("Content-Type", "text/enriched")], 415),
        ([("Content-Type", "text/plain"), ("Content-Encoding", "gzip")], 415),
        ([("Content-Type", "text/plain; charset=koi8-r")], 415),
    ]

    @Test("What cannot be read is refused with the status that says so", arguments: refused)
    func refuses(_ headers: [(String, String)], status: Int) throws {
        let failure = try #require(self.interpret(self.request("hi", headers)).failure)
        let answer = SIPAnswer(failure, recipient: juliet, agent: "gw")
        #expect(answer.status.code == status)
        #expect((answer.headers[.accept] != nil) == (status == 415))
    }

    @Test("A body that is too large is 413")
    func tooLarge() throws {
        let failure = try #require(self.interpret(self.request(String(repeating: "x", count: 200_000))).failure)
        #expect(SIPAnswer(failure, recipient: juliet, agent: "gw").status.code == 413)
    }

    static let addresses: [(Request.Target, String, Int)] = [
        (.other("tel:+49301234"), "<sip:romeo@example.net>;tag=1", 416),
        (.sip(SIPURI(user: "juliet\u{0}x", host: "example.com")), "<sip:romeo@example.net>;tag=1", 404),
        (.sip(SIPURI(user: nil, host: "example.com")), "<sip:romeo@example.net>;tag=1", 404),
        (.sip(SIPURI(user: "juliet", host: "example.com")), "<tel:+49301234>;tag=1", 400),
        (.sip(SIPURI(user: "juliet", host: "example.com")), "rubbish", 400),
        (.sip(SIPURI(.sips, user: "juliet", host: "example.com")), "<sip:romeo@example.net>;tag=1", 416),
    ]

    @Test("An address that cannot be mapped is refused", arguments: addresses)
    func refusesAddress(_ target: Request.Target, from: String, status: Int) throws {
        let failure = try #require(self.interpret(self.request(target: target, from: from)).failure)
        #expect(SIPAnswer(failure, recipient: juliet, agent: "gw").status.code == status)
    }

    private func parts(
        _ content: NeutralMessage.Content,
        from: Address = Address(user: "juliet", domain: "example.com", instance: "yn0cl4bnw0yr3vym"),
        to: Address = romeo,
        sentAt: Int64? = nil,
        options: SIPMessageOptions = SIPMessageOptions()
    ) throws -> SIPMessageParts? {
        try SIPMessageMapping.parts(
            for: neutral(content, from: from, to: to, sentAt: sentAt),
            options: options,
            now: Self.now
        )
    }

    @Test("Example 2 and table 1")
    func example2() throws {
        let message = InstantMessage(
            kind: .chat,
            body: [
                LocalizedText("Art thou not Romeo, and a Montague?", language: "en"),
                LocalizedText("…", language: "it"),
            ],
            subject: [LocalizedText("Capulet\r\nX-Evil: 1")],
            thread: "D9AA95FD-2BD5-46E2-AF0F-6CFAA96BDDFA"
        )
        let parts = try #require(try self.parts(.instantMessage(message), sentAt: 0))
        #expect(parts.requestURI.description == "sip:romeo@example.net")
        #expect(parts.to.description == "sip:romeo@example.net")
        #expect(parts.from.description == "sip:juliet@example.com;gr=yn0cl4bnw0yr3vym")
        #expect(parts.callID == "D9AA95FD-2BD5-46E2-AF0F-6CFAA96BDDFA")
        #expect(
            parts.headers
                == Headers([
                    .init(.contentType, "text/plain;charset=UTF-8"), .init(.contentLanguage, "en"),
                    .init(.subject, "Capulet  X-Evil: 1"), .init(.date, "Thu, 01 Jan 1970 00:00:00 GMT"),
                ])
        )
        #expect(String(decoding: parts.body, as: UTF8.self) == "Art thou not Romeo, and a Montague?")
    }

    @Test(
        "A thread that is no Call-ID becomes one",
        arguments: [
            ("a b", "a%20b"), ("a@b@c", "a%40b%40c"), ("a@b", "a@b"), ("@b", "%40b"), ("a@", "a%40"),
            ("100%", "100%25"), ("ü", "%C3%BC"),
            ("a\nX: 1", "a%0AX:%201"),
        ]
    )
    func callID(_ thread: String, callID: String) throws {
        let message = InstantMessage(kind: .chat, body: [LocalizedText("x")], thread: thread)
        #expect(try self.parts(.instantMessage(message))?.callID == callID)
    }

    @Test("The device that is written to is named only where the next hop wants it")
    func devices() throws {
        let to = Address(user: "romeo", domain: "example.net", instance: "dr4h")
        let message = NeutralMessage.Content.instantMessage(InstantMessage(kind: .chat, body: [LocalizedText("x")]))
        #expect(try self.parts(message, to: to)?.requestURI.description == "sip:romeo@example.net")
        #expect(
            try self.parts(message, to: to, options: SIPMessageOptions(addressesDevice: true))?.requestURI.description
                == "sip:romeo@example.net;gr=dr4h"
        )
    }

    @Test("RFC 7572 §6: over an unsafe path more than 1300 bytes are a policy violation")
    func size() throws {
        let options = SIPMessageOptions(sizeLimit: InterworkingLimits.messageOverUnsafePath)
        let short = NeutralMessage.Content.instantMessage(
            InstantMessage(kind: .chat, body: [LocalizedText(String(repeating: "x", count: 500))])
        )
        #expect(try self.parts(short, options: options) != nil)
        let long = NeutralMessage.Content.instantMessage(
            InstantMessage(kind: .chat, body: [LocalizedText(String(repeating: "x", count: 1300))])
        )
        let failure = #expect(throws: DeliveryFailure.self) { try self.parts(long, options: options) }
        #expect(failure?.condition == .policyViolation && failure?.reason == .sizeLimit)
        #expect(try self.parts(long) != nil)
    }

    @Test("A typing state is isComposing; the end of a chat has no MESSAGE")
    func composition() throws {
        let parts = try #require(try self.parts(.composition(Composition(state: .composing, thread: "t"))))
        #expect(parts.headers[.contentType] == "application/im-iscomposing+xml" && parts.callID == "t")
        let root = try XMLDocument.parse(parts.body)
        #expect(root.child("state", "urn:ietf:params:xml:ns:im-iscomposing")?.text == "active")
        #expect(try self.parts(.composition(Composition(state: .gone))) == nil)
    }

    @Test("What is no message has no MESSAGE")
    func others() throws {
        #expect(try self.parts(.presenceProbe) == nil)
        #expect(try self.parts(.subscriptionState(.active)) == nil)
        #expect(try self.parts(.deliveryReceipt(DeliveryReceipt(originID: "z9hG4bKabc", outcome: .delivered))) == nil)
    }

    @Test("Who cannot be notified that a message came back is told in a message, in the same conversation")
    func bounce() throws {
        let failure = DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "no such\nuser")
        let receipt = DeliveryReceipt(originID: "z9hG4bKabc", outcome: .failed, failure: failure, thread: "t")
        let parts = try #require(try self.parts(.deliveryReceipt(receipt)))
        #expect(parts.headers[.contentType] == "text/plain;charset=UTF-8")
        #expect(parts.callID == "t")
        #expect(
            String(decoding: parts.body, as: UTF8.self) == "Your message could not be delivered: no such user"
        )
    }

    @Test("RFC 7247 §8: a SIPS URI in To is reason enough not to translate a request")
    func sips() throws {
        var request = self.request()
        request.headers[.to] = "<sips:juliet@example.com>"
        let failure = try #require(self.interpret(request).failure)
        #expect(SIPAnswer(failure, recipient: juliet, agent: "gw").status.code == 416)
        #expect(failure.text.contains("TLS on every hop"))
    }

    @Test(
        "The words of the XMPP side come in their own language, after ours",
        arguments: [("de", "en, de"), ("en", "en")]
    )
    func languages(_ language: String, header: String) throws {
        let error = StanzaError(.itemNotFound, text: "Niemand da", language: language)
        let failure = DeliveryFailure(StanzaError(error.element))
        #expect(StanzaError(failure).language == language && StanzaError(failure).text == "Niemand da")
        let receipt = DeliveryReceipt(originID: "z9hG4bKabc", outcome: .failed, failure: failure)
        #expect(try self.parts(.deliveryReceipt(receipt))?.headers[.contentLanguage] == header)
    }

    /// What we send, as it would come back to us.
    private func returned(_ parts: SIPMessageParts) -> Interpretation {
        var headers = parts.headers
        headers.append(.via, "SIP/2.0/TCP a.example;branch=z9hG4bKq")
        headers.append(.from, "<\(parts.from)>;tag=1")
        if let callID = parts.callID { headers.append(.callID, callID) }
        return self.interpret(Request(.message, uri: parts.requestURI, headers: headers, body: parts.body))
    }

    @Test("With CPIM a receipt is asked for, and the text comes back as it was")
    func cpim() throws {
        let message = InstantMessage(
            kind: .normal,
            body: [LocalizedText("má <děvo>\n\nspanilá", language: "cs")],
            subject: [LocalizedText("S")],
            thread: "t",
            originID: "i1",
            wantsReceipt: true
        )
        let parts = try #require(
            try self.parts(.instantMessage(message), sentAt: 0, options: SIPMessageOptions(usesCPIM: true))
        )
        #expect(parts.headers[.contentType] == "message/cpim")
        let back = try #require(self.returned(parts).instantMessage)
        #expect(back.body == message.body && back.subject == message.subject && back.thread == message.thread)
        #expect(back.wantsReceipt && back.originID == "imdn-pn~1970-01-01T00:00:00Z~i1")
        #expect(self.returned(parts).message?.sentAt == 0)
    }

    @Test("Plain text comes back as it was")
    func roundTrip() throws {
        let message = InstantMessage(
            kind: .normal,
            body: [LocalizedText("a\r\n\r\nSIP/2.0 200 OK", language: "en")],
            thread: "t"
        )
        let parts = try #require(try self.parts(.instantMessage(message)))
        let back = try #require(self.returned(parts).instantMessage)
        #expect(back.body == [LocalizedText("a\n\nSIP/2.0 200 OK", language: "en")] && back.thread == "t")
    }
}
