import Messaging
import SIPCore
import Testing

@testable import Interworking

@Suite("Sessions: what Microsoft's clients say, and how it is said to them", .tags(.interworking))
struct SessionMappingTests {
    static let parties = SIPSessionMapping.Parties(
        from: Address(user: "romeo", domain: "sip.test"),
        to: Address(user: "juliet", domain: "xmpp.test", instance: "balcony"),
        thread: "t"
    )

    static func request(_ method: Method, _ type: String?, _ body: String) -> Request {
        var headers = Headers([.init(.via, "SIP/2.0/TCP a;branch=z9hG4bK1"), .init(.callID, "c")])
        if let type { headers.append(.contentType, type) }
        return Request(method, target: .other("sip:gw"), headers: headers, body: Array(body.utf8))
    }

    static func text(_ interpretation: Interpretation) -> String? {
        guard case .neutral(let messages) = interpretation, case .instantMessage(let message)? = messages.first?.content
        else { return nil }
        return message.body.first?.text
    }

    static let embedded: [(String, String?)] = [
        ("text/plain; charset=UTF-8; ms-body=SGVsbG8gQm9i", "Hello Bob"),
        ("text/plain;charset=UTF-8;msgr=WAAtAE0A;ms-body=SGVsbG8=", "Hello"),
        ("text/plain; charset=UTF-8; ms-body=SGVsbG8", "Hello"),
        ("text/plain; charset=\"utf-8\"; MS-BODY=w6nigqw=", "é€"),
        ("text/html; charset=UTF-8; ms-body=PGI+SGk8L2I+", "Hi"),
        ("text/rtf; charset=UTF-8; ms-body=e1xydGYxIEhpXHBhcn0=", "Hi"),
        ("text/plain; charset=UTF-8", nil), ("text/plain; ms-body=", nil), ("text/plain; ms-body=!!!", nil),
        ("text/plain; charset=klingon; ms-body=SGVsbG8=", nil), ("text/plain; ms-body=//79", nil),
        ("image/gif; ms-body=SGVsbG8=", nil), ("", nil), (";;;", nil),
    ]

    @Test("The first message in an INVITE is read; what cannot be read waits for its MESSAGE", arguments: embedded)
    func firstMessage(_ field: String, _ expected: String?) {
        var invite = Self.request(.invite, nil, "")
        invite.headers.append(HeaderName("ms-text-format"), field)
        let message = SIPSessionMapping.firstMessage(of: invite, Self.parties, id: MessageID("m"))
        #expect(message.flatMap { Self.text(.neutral([$0])) } == expected)
        #expect(message == nil || message?.to == Self.parties.to)
    }

    @Test("What we put there is read back, whatever its length; a long text follows as a MESSAGE", arguments: 0..<20)
    func embedding(_ length: Int) {
        let text = String("Grüße, Bob! 👋 and then some".prefix(length))
        let message = NeutralMessage(
            id: MessageID("m"),
            from: Self.parties.to,
            to: Self.parties.from,
            content: .instantMessage(InstantMessage(kind: .chat, body: [LocalizedText(text)], thread: "a b"))
        )
        let opening = SIPSessionMapping.opening(for: message, embedsMessage: true)
        #expect(opening.callID == "a%20b")
        #expect(opening.from.description == "sip:juliet@xmpp.test")
        guard let field = opening.firstMessage else { return #expect(text.isEmpty) }
        let read = EmbeddedMessage.read(Headers([field]), thread: nil)
        #expect(read?.bodies.map(\.text) == [text])
        #expect(EmbeddedMessage.write(String(repeating: "x", count: 5000)) == nil)
    }

    static let bodies: [(String, String, String)] = [
        ("text/plain; charset=UTF-8;msgr=WAAtAE0ATQBTAC0ASQBNAC0A", "hi", "hi"),
        (
            "text/rtf",
            "{\\rtf1\\ansi{\\fonttbl{\\f0 Segoe UI;}}{\\colortbl ;}\\f0\\fs20 Gr\\u252?\\'df\\par two\\par}",
            "Grüß\ntwo"
        ),
        ("text/rtf", "{\\rtf1 {\\*\\generator evil}a\\{b\\}\\tab c}", "a{b}\tc"),
        ("text/rtf", "{\\rtf1 \\uc1\\u-10180?\\u-8384? ok}", "\u{1F340} ok"),
        (
            "multipart/alternative;boundary=b",
            "--b\r\nContent-Type: text/rtf\r\n\r\n{\\rtf1 rich}\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n",
            "plain"
        ),
        (
            "multipart/alternative;boundary=b",
            "--b\r\nContent-Type: application/x-ms-ink\r\n\r\nink\r\n--b\r\nContent-Type: text/html\r\n\r\n"
                + "<b>safe</b><script>alert(1)</script>\r\n--b--\r\n", "safe"
        ),
    ]

    @Test("Formats, rich text and alternatives become plain text", arguments: bodies)
    func rich(_ type: String, _ body: String, _ expected: String) {
        let request = Self.request(.message, type, body)
        let interpretation = SIPSessionMapping.interpret(message: request, Self.parties, id: MessageID("m"), now: 0)
        #expect(Self.text(interpretation) == expected)
        guard case .neutral(let messages) = interpretation, case .instantMessage(let message)? = messages.first?.content
        else { return }
        #expect(message.kind == .chat)
        #expect(message.thread == "t")
    }

    static let notRTF: [String] = ["plain", "{\\rtf1 open", "{\\rtf1 }}", String(repeating: "{\\rtf1", count: 100)]

    @Test("What is no RTF is no text", arguments: notRTF)
    func brokenRTF(_ text: String) { #expect(RTFText.reduce(text) == nil) }

    @Test("KeyboardActivity and chat states, both ways; other documents say nothing")
    func typing() throws {
        func read(_ body: String, _ type: String = "application/xml") -> Interpretation {
            SIPSessionMapping.interpret(info: Self.request(.info, type, body), Self.parties, id: MessageID("m"))
        }
        func state(_ interpretation: Interpretation) -> Composition.State? {
            guard case .neutral(let messages) = interpretation, case .composition(let typing)? = messages.first?.content
            else { return nil }
            return typing.state
        }
        let type = "<?xml version=\"1.0\"?><KeyboardActivity><status status=\"type\"/></KeyboardActivity>"
        #expect(state(read(type)) == .composing)
        #expect(state(read(type.replacing("type\"/", with: "idle\"/"))) == .active)
        #expect(read("<conversationinfo/>") == .ignore(.noContent))
        #expect(read("", "application/xml") == .ignore(.noContent))
        guard case .refuse(let failure) = read("x", "application/csta+xml") else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.sipStatus == 415)
        for state in Composition.State.allCases {
            let parts = SIPSessionMapping.parts(for: .composition(Composition(state: state)), takesIsComposing: false)
            guard state != .gone else {
                #expect(parts == nil)
                continue
            }
            #expect(parts?.method == .info)
            let said = String(decoding: try #require(parts?.body), as: UTF8.self)
            #expect(said.contains(state == .composing ? "\"type\"" : "\"idle\""))
        }
        let rfc = SIPSessionMapping.parts(for: .composition(Composition(state: .composing)), takesIsComposing: true)
        #expect(rfc?.method == .message)
        #expect(rfc?.headers[.contentType] == "application/im-iscomposing+xml")
    }

    @Test("A text in several languages is said in all of them to who takes it, the first one last; else in the first")
    func alternatives() throws {
        let texts = [
            LocalizedText("Art thou not Romeo?\n--isthmus-0\nx", language: "en"),
            LocalizedText("Nejsi Romeo?", language: "cs"),
            LocalizedText("?"),
        ]
        let content = NeutralMessage.Content.instantMessage(InstantMessage(kind: .chat, body: texts))
        let parts = try #require(
            SIPSessionMapping.parts(for: content, takesIsComposing: true, takesAlternatives: true)
        )
        #expect(parts.headers[.contentType] == "multipart/alternative;boundary=isthmus-1")
        let parties = SIPSessionMapping.Parties(from: juliet, to: romeo, thread: "t")
        let request = Request(
            .message,
            target: .sip(SIPURI(user: "x", host: "example.com")),
            headers: parts.headers,
            body: parts.body
        )
        let back = SIPSessionMapping.interpret(message: request, parties, id: MessageID("m"), now: 0)
        #expect(back.instantMessage?.body == texts.reversed())

        let first = try #require(SIPSessionMapping.parts(for: content, takesIsComposing: true))
        #expect(first.headers[.contentType] == "text/plain; charset=UTF-8")
        #expect(first.headers[.contentLanguage] == "en")
        #expect(first.body == Array(texts[0].text.utf8))
    }

    static let products: [(String, MicrosoftProduct.Family?)] = [
        ("RTC/1.2.4949", .lcs2005), ("RTC/2.0", .lcs2005), ("LCS/2.0", .lcs2005), ("RTC/3.0", .ocs2007),
        ("RTC/3.5", .ocs2007), ("UCCP/2.0.6362.67 OC/2.0.6362.67 (Microsoft Office Communicator)", .ocs2007),
        ("UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)", .ocs2007),
        ("UCCAPI/4.0.7577.0 OC/4.0.7577.0 (Microsoft Lync 2010)", .lync), ("RTC/5.0", .lync),
        ("UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)", .lync), ("Kamailio (5.7.3)", nil),
        ("OpenSIPS (3.4)", nil), ("Asterisk PBX", nil), ("", nil), ("RTC", nil),
    ]

    @Test("Microsoft's products are told by their names and numbers, and nobody else is", arguments: products)
    func product(_ text: String, _ family: MicrosoftProduct.Family?) {
        #expect(MicrosoftProduct(text)?.family == family)
    }

    @Test("Diagnostics are written for who reads them: an id, a reason in quotes, who says so")
    func diagnostics() {
        let failure = DeliveryFailure(.forbidden, reason: .userNotEnabled, text: "say \"no\"\r\nms-x: y")
        let field = MicrosoftDiagnostics.field(for: failure, source: "gw.example")
        #expect(field.name == HeaderName("ms-diagnostics"))
        #expect(
            field.value
                == "4141;reason=\"say \\\"no\\\"  ms-x: y\";source=\"gw.example\";isthmus-reason=\"user-not-enabled\""
        )
        func isRead(_ fields: [Headers.Field]) -> Bool { MicrosoftDiagnostics.isRead(by: Headers(fields)) }
        #expect(isRead([.init(.from, "<sip:a@b>;tag=1;epid=2")]))
        #expect(isRead([.init(.userAgent, "RTC/1.3")]))
        #expect(isRead([.init(HeaderName("ms-keep-alive"), "UAC;hop-hop=yes")]))
        #expect(!isRead([.init(.from, "<sip:a@b>;tag=1"), .init(.userAgent, "Kamailio (5.7.3)")]))
    }

    @Test("A block by policy, 606 with warning 309, is a policy violation; its words reach the sender")
    func policyBlock() {
        var response = Response(Status(606))
        response.headers.append(.warning, "309 lcs.example \"Message contents not allowed by policy\"")
        let failure = DeliveryFailure(response)
        #expect(failure.condition == .policyViolation)
        #expect(failure.text.contains("Message contents not allowed by policy"))
        #expect(DeliveryFailure(Response(Status(606))).condition == .notAcceptable)
    }
}
