import Interworking
import Messaging
import Presence
import SIPCore
import Testing
import XML
import XMPPCore

@Suite("CVE-2011-1755, CVE-2022-0217: the same hostile XML at every entry", .tags(.interworking))
struct HostileDocumentTests {
    /// What is put before a document, or in the place of its text.
    static let hostile: [(prologue: String, text: String)] = [
        ("<!DOCTYPE a [<!ENTITY x 'y'>]>", "&x;"),
        ("<!DOCTYPE a [<!ENTITY l '0123456789'><!ENTITY m '&l;&l;&l;&l;'><!ENTITY x '&m;&m;&m;&m;'>]>", "&x;"),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'>", "x"),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "&x;"),
        ("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/p'>%p;]>", "x"),
        ("<!DOCTYPE a [<!ATTLIST a b CDATA 'default'>]>", "x"),
        ("", "&undefined;"), ("", "<!-- comment -->"), ("", "<?php echo ?>"), ("<?xml-stylesheet href='x'?>", "x"),
        ("", "&#0;"), ("", "&#1;"), ("", "\u{1}"), ("", "]]>"), ("", "<unclosed>"), ("", "<x:unbound/>"),
        ("", "<a xmlns='x\u{1}y'/>"), ("", "<a b='1' b='2'/>"),
        ("", String(repeating: "<d>", count: 2000) + String(repeating: "</d>", count: 2000)),
        ("", "<a" + (0..<2000).map { " a\($0)=''" }.joined() + "/>"),
    ]

    /// A harmless document for each entry, its text to be replaced.
    private static func pidf(_ one: (prologue: String, text: String)) -> [UInt8] {
        Array(
            """
            \(one.prologue)<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b.example'><tuple id='t'>\
            <status><basic>open</basic></status><note>\(one.text)</note></tuple></presence>
            """.utf8
        )
    }

    private static func isComposing(_ one: (prologue: String, text: String)) -> [UInt8] {
        Array(
            """
            \(one.prologue)<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state>\
            <contenttype>\(one.text)</contenttype></isComposing>
            """.utf8
        )
    }

    private static func imdn(_ one: (prologue: String, text: String)) -> [UInt8] {
        Array(
            """
            \(one.prologue)<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>34jk324j</message-id>\
            <datetime>2008-04-04T12:16:49-05:00</datetime><subject>\(one.text)</subject>\
            <delivery-notification><status><delivered/></status></delivery-notification></imdn>
            """.utf8
        )
    }

    private static func interpret(_ body: [UInt8], _ type: String) -> Interpretation {
        let request = Request(
            .message,
            uri: SIPURI(user: "juliet", host: "example.com"),
            headers: Headers([
                .init(.from, "<sip:romeo@example.net>;tag=1"), .init(.callID, "c"), .init(.contentType, type),
            ]),
            body: body
        )
        return SIPMessageMapping.interpret(request, id: MessageID("m1"), now: 0)
    }

    @Test("PIDF, isComposing, IMDN and stanzas: refused, and nothing of it is passed on", arguments: hostile)
    func refused(_ one: (prologue: String, text: String)) {
        #expect(throws: PIDFError.self) { try PIDFDocument(parsing: Self.pidf(one)) }
        #expect(Self.interpret(Self.isComposing(one), "application/im-iscomposing+xml").message == nil)
        #expect(Self.interpret(Self.imdn(one), "message/imdn+xml").message == nil)
        let stanza = "\(one.prologue)<message xmlns='jabber:server'><body>\(one.text)</body></message>"
        #expect(throws: XMLError.self) { try XMLDocument.parse(Array(stanza.utf8)) }
    }

    @Test("Without the hostile part each document is taken: it is that part which is refused")
    func harmless() throws {
        let harmless = (prologue: "", text: "x")
        #expect(try PIDFDocument(parsing: Self.pidf(harmless)).tuples.count == 1)
        #expect(Self.interpret(Self.isComposing(harmless), "application/im-iscomposing+xml").message != nil)
        #expect(Self.interpret(Self.imdn(harmless), "message/imdn+xml").message != nil)
    }
}
