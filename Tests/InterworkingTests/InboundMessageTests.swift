import Interworking
import Messaging
import Testing
import XML
import XMPPCore

@Suite("RFC 7572 §4: <message/> in neutral terms", .tags(.interworking))
struct InboundMessageTests {
    private func interpret(whole text: String) throws -> Interpretation {
        InboundStanza.interpret(try stanza(text), id: MessageID("m1"))
    }

    /// A message with these children and attributes.
    private func interpret(_ children: String, _ attributes: String = "") throws -> Interpretation {
        try self.interpret(
            whole: "<message from='juliet@example.com/r' to='romeo@example.net' \(attributes)>\(children)</message>"
        )
    }

    @Test("Example 1")
    func example1() throws {
        let interpretation = try self.interpret(
            whole: """
                <message from='juliet@example.com/yn0cl4bnw0yr3vym'
                         to='romeo@example.net'>
                  <body>Art thou not Romeo, and a Montague?</body>
                </message>
                """
        )
        let text = LocalizedText("Art thou not Romeo, and a Montague?")
        #expect(
            interpretation
                == .neutral([
                    NeutralMessage(
                        id: MessageID("m1"),
                        from: Address(user: "juliet", domain: "example.com", instance: "yn0cl4bnw0yr3vym"),
                        to: romeo,
                        content: .instantMessage(InstantMessage(kind: .normal, body: [text]))
                    )
                ])
        )
    }

    @Test("Table 1: subject, thread, id, xml:lang; the receipt asked for and the delay")
    func table1() throws {
        let interpretation = try self.interpret(
            """
            <subject>Verona</subject><subject xml:lang='it'>Verona!</subject><body>Ahoj</body><body xml:lang='en'>Hello</body>
            <body xml:lang='en'>twice</body><body xml:lang='de'/><thread>t1</thread>
            <request xmlns='urn:xmpp:receipts'/><active xmlns='http://jabber.org/protocol/chatstates'/>
            <delay xmlns='urn:xmpp:delay' from='example.com' stamp='2002-09-10T23:08:25Z'/>
            """,
            "id='i1' type='chat' xml:lang='cs'"
        )
        let message = try #require(interpretation.instantMessage)
        #expect(
            message
                == InstantMessage(
                    kind: .chat,
                    body: [LocalizedText("Ahoj", language: "cs"), LocalizedText("Hello", language: "en")],
                    subject: [LocalizedText("Verona", language: "cs"), LocalizedText("Verona!", language: "it")],
                    thread: "t1",
                    originID: "i1",
                    wantsReceipt: true,
                    composition: .active
                )
        )
        #expect(interpretation.message?.sentAt == 1_031_699_305_000)
    }

    static let kinds: [(String, InstantMessage.Kind)] = [
        ("", .normal), ("type='normal'", .normal), ("type='chat'", .chat), ("type='headline'", .headline),
        ("type='nonsense'", .normal),
    ]

    @Test("The type says how it was meant", arguments: kinds)
    func kind(_ attribute: String, kind: InstantMessage.Kind) throws {
        #expect(try self.interpret("<body>x</body>", attribute).instantMessage?.kind == kind)
    }

    @Test("A typing state alone is a composition", arguments: Composition.State.allCases)
    func chatState(_ state: Composition.State) throws {
        let interpretation = try self.interpret(
            "<\(state) xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread>",
            "type='chat'"
        )
        #expect(interpretation.message?.content == .composition(Composition(state: state, thread: "t")))
        #expect(interpretation.message?.reportsFailure == false)
    }

    static let receipts: [(String, DeliveryReceipt)] = [
        ("<received xmlns='urn:xmpp:receipts' id='i1'/>", DeliveryReceipt(originID: "i1", outcome: .delivered)),
        ("<displayed xmlns='urn:xmpp:chat-markers:0' id='i1'/>", DeliveryReceipt(originID: "i1", outcome: .displayed)),
    ]

    @Test("A receipt is a receipt", arguments: receipts)
    func receipt(_ children: String, receipt: DeliveryReceipt) throws {
        #expect(try self.interpret(children).message?.content == .deliveryReceipt(receipt))
    }

    @Test("An error for a message we took is a failed delivery; one for nothing is ignored")
    func error() throws {
        let error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        let failure = DeliveryFailure(
            .itemNotFound,
            reason: .peerRefused,
            text: "The XMPP side answered item-not-found."
        )
        let receipt = DeliveryReceipt(originID: "i1", outcome: .failed, failure: failure, thread: "t1")
        #expect(
            try self.interpret("<body>x</body><thread>t1</thread>" + error, "type='error' id='i1'").message?.content
                == .deliveryReceipt(receipt)
        )
        #expect(
            try self.interpret("<body>x</body>", "type='error' id='i2'").message?.content
                == .deliveryReceipt(DeliveryReceipt(originID: "i2", outcome: .failed))
        )
        #expect(try self.interpret(error, "type='error'") == .ignore(.strayError))
    }

    static let silent = [
        "", "<body/>", "<store xmlns='urn:xmpp:hints'/>", "<received xmlns='urn:xmpp:receipts'/>",
        "<markable xmlns='urn:xmpp:chat-markers:0'/>",
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'/></event>",
        "<body xmlns='http://www.w3.org/1999/xhtml'>x</body>",
    ]

    @Test("What says nothing to SIP is ignored", arguments: silent)
    func ignored(_ children: String) throws {
        #expect(try self.interpret(children) == .ignore(.noContent))
    }

    static let forwarded =
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='iago@partner.example' to='x@sip.example'>"
        + "<body>forged</body></message></forwarded>"
    static let carbons = [
        "<received xmlns='urn:xmpp:carbons:2'>\(forwarded)</received>",
        "<sent xmlns='urn:xmpp:carbons:2'>\(forwarded)</sent>",
        "<result xmlns='urn:xmpp:mam:2' id='1'>\(forwarded)</result>", forwarded,
    ]

    @Test(
        "CVE-2017-5589: what is forwarded inside a message, a carbon say, never speaks for anybody",
        arguments: carbons
    )
    func carbon(_ child: String) throws {
        #expect(try self.interpret(child) == .ignore(.noContent))
        // Beside a body, only the body crosses, from the one who sent it.
        #expect(
            try self.interpret("<body>real</body>" + child).message?.content
                == self.interpret("<body>real</body>").message?.content
        )
    }

    static let refused: [(String, String, DeliveryFailure.Condition, RefusalReason)] = [
        ("<body>x</body>", "type='groupchat'", .serviceUnavailable, .notSupported),
        ("<x xmlns='jabber:x:conference' jid='r@muc.example'/>", "", .featureNotImplemented, .notSupported),
        (
            "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@b.example'/></x>", "", .featureNotImplemented,
            .notSupported
        ),
        ("<propose xmlns='urn:xmpp:jingle-message:0' id='c'/>", "", .featureNotImplemented, .notSupported),
        ("<encrypted xmlns='eu.siacs.conversations.axolotl'/>", "", .notAcceptable, .notTranslatable),
    ]

    @Test("What somebody meant to send and SIP cannot carry is refused with the reason", arguments: refused)
    func refuses(
        _ children: String,
        attributes: String,
        condition: DeliveryFailure.Condition,
        reason: RefusalReason
    ) throws {
        let failure = try #require(try self.interpret(children, attributes).failure)
        #expect(failure.condition == condition && failure.reason == reason && !failure.text.isEmpty)
    }

    @Test("A text that is too long is a policy violation (RFC 7572 §6)")
    func tooLong() throws {
        var long = try stanza("<message from='juliet@example.com/r' to='romeo@example.net'/>")
        long.children = [XMLElement("body", namespace: Namespace.server, text: String(repeating: "x", count: 65_537))]
        let failure = InboundStanza.interpret(long, id: MessageID("m1")).failure
        #expect(failure?.condition == .policyViolation && failure?.reason == .sizeLimit)
    }

    @Test("A message that is only a subject, or only a link, has that for text")
    func otherTexts() throws {
        #expect(try self.interpret("<subject>s</subject>").instantMessage?.body == [LocalizedText("s")])
        let link = "<x xmlns='jabber:x:oob'><url>https://a.example/b</url></x>"
        #expect(try self.interpret(link).instantMessage?.body == [LocalizedText("https://a.example/b")])
        #expect(try self.interpret("<body>b</body>" + link).instantMessage?.body == [LocalizedText("b")])
    }

    static let injections: [(String, String)] = [
        ("<thread>a&#10;Contact: &lt;sip:evil@evil.example&gt;</thread>", ""),
        ("", "id='a&#13;&#10;Via: SIP/2.0/TCP evil.example;branch=z9hG4bKx'"),
        ("", "xml:lang='en&#10;X-Evil: 1'"),
        ("<thread>\(String(repeating: "x", count: 2000))</thread>", ""),
    ]

    @Test("What could end a header field is dropped (hostile corpus: inject-x2s-…)", arguments: injections)
    func injection(_ children: String, attributes: String) throws {
        let message = try #require(try self.interpret("<body>hi</body>" + children, attributes).instantMessage)
        #expect(message.thread == nil && message.originID == nil && message.body == [LocalizedText("hi")])
    }

    @Test("Nobody to write to: refused")
    func addresses() throws {
        let noUser = try self.interpret(
            whole: "<message from='juliet@example.com/r' to='example.net'><body>x</body></message>"
        )
        #expect(noUser.failure?.condition == .serviceUnavailable)
        let odd = try self.interpret(
            whole: "<message from='a\\5cb@example.com' to='romeo@example.net'><body>x</body></message>"
        )
        #expect(odd.failure?.condition == .addressMalformed)
        let presence = try self.interpret(whole: "<presence from='juliet@example.com/r' to='example.net'/>")
        #expect(presence == .ignore(.noContent))
        let none = InboundStanza.interpret(Stanza(.message), id: MessageID("m1"))
        #expect(none.failure?.condition == .badRequest)
    }

    @Test("An IQ has no counterpart")
    func iq() throws {
        let iq = try self.interpret(whole: "<iq from='juliet@example.com/r' to='romeo@example.net' type='get' id='1'/>")
        #expect(iq.failure?.condition == .serviceUnavailable)
    }
}
