import Testing
import XML
import XMPPCore

@Suite("Queries: XEP-0030, XEP-0092, XEP-0199")
struct QueryResponderTests {
    static let responder = QueryResponder(software: "Isthmus", version: "1.2")

    static func query(
        _ inside: String,
        type: String = "get",
        to: String = "sip.example",
        id: String? = "1"
    ) throws -> Stanza {
        try Stanza(
            XMLElement(
                "<iq type='\(type)' from='a@partner.example/x' to='\(to)'\(id.map { " id='\($0)'" } ?? "")>\(inside)</iq>"
            )
        )
    }

    static let answered: [(String, to: String, result: String)] = [
        ("<ping xmlns='urn:xmpp:ping'/>", "sip.example", ""),
        ("<ping xmlns='urn:xmpp:ping'/>", "user@sip.example", ""),
        (
            "<query xmlns='jabber:iq:version'/>", "sip.example",
            "<query xmlns='jabber:iq:version'><name>Isthmus</name><version>1.2</version></query>"
        ),
        (
            "<query xmlns='jabber:iq:version'/>", "user@sip.example",
            "<query xmlns='jabber:iq:version'><name>Isthmus</name><version>1.2</version></query>"
        ),
        (
            "<query xmlns='http://jabber.org/protocol/disco#items'/>", "sip.example",
            "<query xmlns='http://jabber.org/protocol/disco#items'/>"
        ),
        (
            "<query xmlns='http://jabber.org/protocol/disco#info'/>", "user@sip.example",
            """
            <query xmlns='http://jabber.org/protocol/disco#info'><identity category='account' type='registered'/>\
            <feature var='http://jabber.org/protocol/chatstates'/><feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='jabber:iq:version'/><feature var='urn:xmpp:receipts'/><feature var='vcard-temp'/></query>
            """
        ),
        (
            "<vCard xmlns='vcard-temp'/>", "user@sip.example/phone",
            "<vCard xmlns='vcard-temp'><JABBERID>user@sip.example</JABBERID></vCard>"
        ),
    ]

    @Test("What is known is answered", arguments: answered)
    func answers(_ inside: String, to: String, result: String) throws {
        let query = try Self.query(inside, to: to)
        let answer = Self.responder.answer(query)
        #expect(answer?.type == "result")
        #expect(answer?.id == "1")
        #expect(answer?.from == query.to)
        #expect(answer?.to == query.from)
        #expect(answer?.children == (result.isEmpty ? [] : [XMLElement(result)]))
    }

    @Test("XEP-0054: a user who has a name is called by it")
    func name() throws {
        let query = try Self.query("<vCard xmlns='vcard-temp'/>", to: "user@sip.example")
        let card = Self.responder.answer(query, name: "Ulla <User>")?.children.first
        #expect(card?.child("FN", Namespace.vCard)?.text == "Ulla <User>")
    }

    @Test("XEP-0202: the gateway tells the time, and says that it can; users are not asked about theirs")
    func time() throws {
        let query = try Self.query("<time xmlns='urn:xmpp:time'/>")
        let time = "<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>"
        #expect(Self.responder.answer(query, utc: "2006-12-19T17:58:35Z")?.children == [XMLElement(time)])
        let user = try Self.query("<time xmlns='urn:xmpp:time'/>", to: "user@sip.example")
        #expect(
            Self.responder.answer(user, utc: "2006-12-19T17:58:35Z")?.error?.condition == .serviceUnavailable
        )
        let information = try Self.query("<query xmlns='http://jabber.org/protocol/disco#info'/>")
        let features = Self.responder.answer(information)?.children.first?.elements.map { $0.attribute("var") }
        #expect(features?.contains("urn:xmpp:time") == true)
    }

    static let refused: [(String, type: String, to: String, id: String?, condition: StanzaError.Condition)] = [
        ("<query xmlns='jabber:iq:roster'/>", "get", "sip.example", "1", .serviceUnavailable),
        ("<ping xmlns='urn:xmpp:ping'/>", "set", "sip.example", "1", .serviceUnavailable),
        ("<vCard xmlns='vcard-temp'/>", "get", "sip.example", "1", .serviceUnavailable),
        ("<vCard xmlns='vcard-temp'/>", "set", "user@sip.example", "1", .forbidden),
        ("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>", "get", "user@sip.example", "1", .serviceUnavailable),
        ("<query xmlns='jabber:iq:roster'/>", "get", "user@sip.example", "1", .serviceUnavailable),
        ("<query xmlns='jabber:iq:last'/>", "get", "user@sip.example", "1", .serviceUnavailable),
        (
            "<query xmlns='http://jabber.org/protocol/disco#items' node='x'/>", "get", "user@sip.example", "1",
            .itemNotFound
        ),
        ("<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>", "get", "sip.example", "1", .itemNotFound),
        ("", "get", "sip.example", "1", .badRequest),
        ("<a xmlns='x'/><b xmlns='x'/>", "get", "sip.example", "1", .badRequest),
        ("<ping xmlns='urn:xmpp:ping'/>", "get", "sip.example", nil, .badRequest),
        ("<ping xmlns='urn:xmpp:ping'/>", "query", "sip.example", "1", .badRequest),
    ]

    @Test("What is not is refused, never ignored", arguments: refused)
    func refuses(_ inside: String, type: String, to: String, id: String?, condition: StanzaError.Condition) throws {
        let answer = Self.responder.answer(try Self.query(inside, type: type, to: to, id: id))
        #expect(answer?.error?.condition == condition)
    }

    @Test("RFC 6120 §8.2.3: results and errors are not answered", arguments: ["result", "error"])
    func ignores(_ type: String) throws {
        #expect(Self.responder.answer(try Self.query("", type: type)) == nil)
    }
}
