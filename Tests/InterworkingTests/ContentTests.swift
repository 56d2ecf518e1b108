import Messaging
import SIPCore
import Testing

@testable import Interworking

@Suite("Bodies of MESSAGE", .tags(.interworking))
struct ContentTests {
    private func read(_ body: some Sequence<UInt8>, _ type: String, language: String? = nil) throws -> MessageContent {
        try MessageContent.read(
            Array(body)[...],
            type: try #require(MediaType(parsing: type)),
            language: language,
            thread: "t"
        )
    }

    private func text(_ body: some Sequence<UInt8>, _ type: String) throws -> String? {
        guard case .text(let text) = try self.read(body, type) else { return nil }
        return text.bodies.first?.text
    }

    static let charsets: [([UInt8], String, String)] = [
        (Array("m\u{E1} d\u{11B}vo".utf8), "text/plain", "má děvo"),
        (Array("má".utf8), "Text/Plain ; charset=\"utf-8\"", "má"),
        (Array("plain".utf8), "text/plain;charset=us-ascii", "plain"),
        ([0x6D, 0xE1], "text/plain; charset=ISO-8859-1", "má"),
        ([0xFE, 0xFF, 0x00, 0x6D, 0x00, 0xE1], "text/plain; charset=utf-16", "má"),
        ([0xFF, 0xFE, 0x6D, 0x00, 0xE1, 0x00], "text/plain; charset=utf-16", "má"),
        ([0x6D, 0x00, 0xE1, 0x00], "text/plain; charset=UTF-16LE", "má"),
        ([0x00, 0x6D, 0x00, 0xE1], "text/plain; charset=UTF-16BE", "má"),
        ([0xD8, 0x3D, 0xDE, 0x00], "text/plain; charset=utf-16", "😀"),
    ]

    @Test("A declared encoding is transcoded", arguments: charsets)
    func transcodes(_ body: [UInt8], type: String, text: String) throws {
        #expect(try self.text(body, type) == text)
    }

    static let refused: [([UInt8], String, Int)] = [
        // Hostile corpus: utf8-…
        ([0xF4, 0x90, 0x80, 0x80], "text/plain", 488), ([0xFE], "text/plain", 488), ([0xE9], "text/plain", 488),
        ([0xC0, 0xAF], "text/plain", 488), ([0x2F, 0xC0, 0xAE, 0x2E, 0x2F], "text/plain", 488),
        ([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], "text/plain", 488), ([0xED, 0xA0, 0x80], "text/plain", 488),
        ([0xED, 0xA1, 0x8C, 0xED, 0xBE, 0xB4], "text/plain", 488), ([0xE2, 0x82], "text/plain", 488),
        ([0x80], "text/plain; charset=us-ascii", 488),
        ([0x00], "text/plain; charset=utf-16", 488), ([0xD8, 0x3D], "text/plain; charset=utf-16", 488),
        // inject-s2x-body-ctrl, and what XML forbids besides
        (Array("a\u{8}b\u{1B}c".utf8), "text/plain", 488), ([0x00], "text/plain", 488),
        (Array("\u{FFFE}".utf8), "text/plain", 488), (Array("\u{FFFF}".utf8), "text/plain", 488),
        (Array("a&#8;b".utf8), "text/html", 488), ([0x01], "text/plain; charset=iso-8859-1", 488),
        (Array("x".utf8), "text/plain; charset=shift_jis", 415), (Array("x".utf8), "text/enriched", 415),
        (Array("x".utf8), "text/x-msmsgsinvite", 415), (Array("x".utf8), "application/sdp", 415),
        (Array("<x/>".utf8), "application/im-iscomposing+xml", 400), (Array("<x".utf8), "message/imdn+xml", 400),
        (Array("x".utf8), "multipart/mixed", 400), (Array("x".utf8), "multipart/mixed; boundary=b", 400),
        (Array("no header".utf8), "message/cpim", 400),
        (Array(repeating: UInt8(ascii: "x"), count: 65_537), "text/plain", 413),
    ]

    @Test("What cannot be read exactly is refused, and nothing of it reaches a stream", arguments: refused)
    func refuses(_ body: [UInt8], type: String, status: Int) throws {
        let error = try #require(throws: ContentError.self) { try self.read(body, type) }
        #expect(error.status == status)
    }

    @Test(
        "Characters above the control ones are text",
        arguments: ["\t\n", "\u{7F}\u{85}", "\u{FFFD}", "\u{10FFFF}", "\u{EFFF}\u{FFFC}"]
    )
    func allowed(_ body: String) throws {
        #expect(try self.text(body.utf8, "text/plain") == body)
    }

    @Test("A line ends with a line feed", arguments: [("a\r\nb", "a\nb"), ("a\rb\r\r\n", "a\nb\n\n"), ("\n", "\n")])
    func lineEnds(_ body: String, text: String) throws {
        #expect(try self.text(body.utf8, "text/plain") == text)
    }

    @Test("An empty text says nothing")
    func empty() throws {
        #expect(try self.read([], "text/plain") == .nothing(.noContent))
        #expect(try self.read("<p> </p>".utf8, "text/html") == .nothing(.noContent))
    }

    static let pages: [(String, String)] = [
        ("hello", "hello"), ("a &amp; b &lt;c&gt; &#x263A;&#9731;&nbsp;&unknown; &", "a & b <c> ☺☃ &unknown; &"),
        ("<html><head><title>t</title><style>p{}</style></head><body><p>one</p><p>two</p></body></html>", "one\ntwo"),
        ("a<br>b<br/><br>c", "a\nb\n\nc"), ("<b>bold</b> and <i>italic</i>", "bold and italic"),
        ("<script>alert('</p>')</script>x", "x"), ("<SCRIPT >a</ScRiPt\n>x", "x"), ("x<script>never closed", "x"),
        ("<a href=\"http://evil.example/>\">click</a>", "click"), ("<img src=x onerror='alert(1)'>", ""),
        ("<!-- <b> -->x<!-- never closed", "x"), ("1 < 2 > 1", "1 < 2 > 1"), ("  a \n\t b  ", "a b"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"), ("<p", ""), ("&#0;&#xD800;x", "\u{0}&#xD800;x"),
        ("<font face=Tahoma color='#000'>hi</font>", "hi"),
    ]

    @Test("HTML is reduced to what a person would read", arguments: pages)
    func html(_ html: String, text: String) {
        #expect(HTMLText.reduce(html) == text)
    }

    @Test("Deeply hostile HTML takes one pass")
    func hugeHTML() {
        let html = String(repeating: "<script><!--<&&lt;", count: 7000)
        #expect(HTMLText.reduce(html).isEmpty)
        #expect(HTMLText.reduce(String(repeating: "<", count: 100_000)).count == 100_000)
    }

    @Test("RFC 3862: the text of a CPIM message; its From and To count for nothing")
    func cpim() throws {
        let body = """
            From: MR SANDERS <im:piglet@100akerwood.com>\r
            To: Depressed Donkey <im:eeyore@100akerwood.com>\r
            DateTime: 2000-12-13T13:40:00-08:00\r
            Subject: the weather will be fine today\r
            Subject:;lang=fr beau temps prevu pour aujourd'hui\r
            NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r
            Require: MyFeatures.VitalMessageOption\r
            MyFeatures.VitalMessageOption: Confirmation-requested\r
            \r
            Content-type: text/plain; charset=utf-8\r
            Content-ID: <1234567890@foo.com>\r
            \r
            Here is the text of my message.
            """
        let expected = MessageContent.Text(
            bodies: [LocalizedText("Here is the text of my message.")],
            subject: [LocalizedText("the weather will be fine today")],
            sentAt: 976_743_600_000
        )
        #expect(try self.read(body.utf8, "message/cpim") == .text(expected))
    }

    @Test("RFC 5438 §7.1.1.3: a receipt is asked for under any prefix")
    func imdnRequest() throws {
        let body = """
            From: Alice <im:alice@example.com>\r
            To: Bob <im:bob@example.com>\r
            NS: note <urn:ietf:params:imdn>\r
            note.Message-ID: 34jk324j\r
            DateTime: 2006-04-04T12:16:49-05:00\r
            note.Disposition-Notification: positive-delivery, negative-delivery\r
            \r
            Content-type: text/plain\r
            Content-length: 12\r
            \r
            Hello World
            """
        guard case .text(let text) = try self.read(body.utf8, "message/cpim") else { Issue.record("no text"); return }
        #expect(text.reference?.messageID == "34jk324j" && text.wantsReceipt)
    }

    @Test("CPIM's escapes are undone and made")
    func cpimEscapes() throws {
        let message = try #require(CPIMMessage(parsing: Array("Subject: a\\nb\\\\c\\u00e9\\\"\r\n\r\n\r\nx".utf8)[...]))
        #expect(message.header("Subject")?.value == "a\nb\\cé\"")
        #expect(CPIMMessage.escape("a\r\n\\\u{1}é") == "a\\r\\n\\\\\\u0001é")
    }

    @Test("Whoever nests too deep has no message to send")
    func nesting() {
        var body = "Content-Type: text/plain\r\n\r\nx"
        for _ in 0..<50 { body = "Content-Type: message/cpim\r\n\r\n" + body }
        #expect(throws: ContentError.malformed) { try self.read(body.utf8, "message/cpim") }
    }

    private static let alternatives = """
        preamble\r
        --b\r
        Content-Type: text/html; charset=utf-8\r
        \r
        <b>Hello</b>\r
        --b\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Language: en\r
        \r
        Hello\r
        --b\r
        Content-Type: text/plain; charset=iso-8859-1\r
        Content-Language: cs\r
        \r
        Ahoj\r
        --b--\r
        epilogue
        """

    @Test("Of alternatives the plain text is taken, in each language")
    func multipart() throws {
        let expected = MessageContent.Text(bodies: [
            LocalizedText("Hello", language: "en"), LocalizedText("Ahoj", language: "cs"),
        ])
        #expect(try self.read(Self.alternatives.utf8, "multipart/alternative; boundary=\"b\"") == .text(expected))
    }

    @Test("HTML is taken where there is nothing plainer, and a part that cannot be read does not spoil the others")
    func htmlAlternative() throws {
        let body =
            "--b\r\nContent-Type: text/enriched\r\n\r\n{x}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello\r\n--b--"
        #expect(try self.text(body.utf8, "multipart/alternative; boundary=b") == "Hello")
        let none = "--b\r\nContent-Type: text/enriched\r\n\r\n{x}\r\n--b--"
        #expect(throws: ContentError.self) { try self.read(none.utf8, "multipart/alternative; boundary=b") }
    }

    @Test("A multipart of too many parts is refused")
    func manyParts() {
        let body = String(repeating: "--b\r\n\r\nx\r\n", count: 1000) + "--b--"
        #expect(throws: ContentError.malformed) { try self.read(body.utf8, "multipart/mixed; boundary=b") }
    }

    @Test("RFC 3994 §5 and RFC 7573 table 3: active is composing, all else is active")
    func isComposing() throws {
        let document = """
            <?xml version="1.0" encoding="UTF-8"?>
            <isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>%</state>
            <contenttype>text/plain</contenttype><refresh>90</refresh></isComposing>
            """
        for (state, expected) in [("active", Composition.State.composing), ("idle", .active), ("x-dreaming", .active)] {
            let composition = Composition(state: expected, thread: "t", refresh: 90)
            #expect(
                try self.read(document.replacing("%", with: state).utf8, IsComposing.mediaType)
                    == .composition(composition)
            )
        }
    }

    @Test(
        "RFC 7573 table 4: composing is active, gone is nothing, all else is idle",
        arguments: Composition.State.allCases
    )
    func writesComposition(_ state: Composition.State) throws {
        let bytes = IsComposing.write(Composition(state: state, refresh: 60))
        #expect((bytes == nil) == (state == .gone))
        guard let bytes else { return }
        let read = IsComposing.read(bytes, thread: nil)
        #expect(read?.state == (state == .composing ? .composing : .active))
        #expect(read?.refresh == (state == .composing ? 60 : nil))
    }

    @Test("What only servers tell each other is ignored")
    func processed() throws {
        let document =
            "<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>1</message-id><processing-notification><status><processed/></status></processing-notification></imdn>"
        #expect(try self.read(document.utf8, IMDN.mediaType) == .nothing(.intermediateNotification))
    }

    static let languages: [(String?, String?)] = [
        ("cs", "cs"), ("zh-Hant-TW", "zh-Hant-TW"), ("en, de", "en"), ("en\nX-Evil: 1", nil), ("", nil), (nil, nil),
        ("en-", nil),
        ("-en", nil), ("abcdefghi", nil), ("é", nil),
    ]

    @Test("Content-Language", arguments: languages)
    func language(_ header: String?, tag: String?) {
        #expect(LanguageTag.first(inHeader: header) == tag)
    }

    static let dates: [(String, Int64)] = [
        ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940_000), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ]

    @Test("RFC 3261 §20.17: Date", arguments: dates)
    func date(_ text: String, milliseconds: Int64) {
        #expect(SIPDate.parse(text) == milliseconds)
        #expect(SIPDate.format(milliseconds) == text)
    }

    @Test(
        "What is no Date is none",
        arguments: [
            "", "Sat, 13 Nov 2010 23:29:00", "Sat, 31 Feb 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29:00 CET",
            "Sat, 13 Foo 2010 23:29:00 GMT", "Sat, 13 Nov 2010 25:29:00 GMT",
        ]
    )
    func notADate(_ text: String) {
        #expect(SIPDate.parse(text) == nil)
    }
}
