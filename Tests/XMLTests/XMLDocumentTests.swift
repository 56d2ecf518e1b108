import Testing
import XML

@Suite("XML documents")
struct XMLDocumentTests {
    @Test("Names, attributes and text of a document")
    func reads() throws {
        let root = try XMLDocument.parse(
            Array("<?xml version='1.0'?><p:a xmlns:p='urn:x' id='1' xml:lang='en'>t<b/>u&amp;&#x20;</p:a>".utf8)
        )
        #expect(
            root
                == XMLElement(
                    "a",
                    namespace: "urn:x",
                    attributes: [.init("id", "1"), .init("lang", "en", namespace: XMLElement.xmlNamespace)],
                    children: [.text("t"), .element(XMLElement("b", namespace: "")), .text("u& ")]
                )
        )
    }

    static let refused: [(String, XMLError)] = [
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", .restricted),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", .restricted),
        ("<a><!-- comment --></a>", .restricted),
        ("<a><?php echo ?></a>", .restricted),
        ("<?xml-stylesheet href='x'?><a/>", .restricted),
        ("<a>&undefined;</a>", .restricted),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", .unsupportedEncoding),
        ("<?xml version='1.0' encoding='utf-16'?><a/>", .unsupportedEncoding),
        ("<a><b></a></b>", .notWellFormed),
        ("<a>", .notWellFormed),
        ("", .notWellFormed),
        ("<x:a/>", .notWellFormed),
        ("<a b='1' b='2'/>", .notWellFormed),
        ("<a>&#1;</a>", .notWellFormed),
        ("<a xmlns='x\u{1}y'/>", .notWellFormed),
        ("<a xmlns='x&#1;y'/>", .notWellFormed),
        ("<a/><b/>", .notWellFormed),
    ]

    @Test("What XMPP forbids is refused wherever XML is read", arguments: refused)
    func refuses(_ text: String, error: XMLError) {
        #expect(throws: error) { try XMLDocument.parse(Array(text.utf8)) }
    }

    static let notUTF8: [[UInt8]] = [
        [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0x80], [0xE2, 0x82], [0x00],
        [0xEF, 0xBF, 0xBF],
    ]

    @Test("Overlong forms, surrogates, stray bytes and NUL are refused", arguments: notUTF8)
    func refusesBytes(_ bytes: [UInt8]) {
        #expect(throws: XMLError.notWellFormed) {
            try XMLDocument.parse(Array("<a>".utf8) + bytes + Array("</a>".utf8))
        }
    }

    static let small = XMLLimits(bytes: 200, elements: 3, attributes: 2, depth: 2, text: 10)
    static let tooLarge: [(String, XMLError.Limit)] = [
        ("<a><b/><b/><b/></a>", .elements),
        ("<a b='' c='' d=''/>", .attributes),
        ("<a><b><c/></b></a>", .depth),
        ("<a>12345678901</a>", .text),
        ("<a b='12345678901'/>", .text),
        ("<a>" + String(repeating: "<b/>", count: 60) + "</a>", .elements),
        (String(repeating: " ", count: 201) + "<a/>", .bytes),
    ]

    @Test("Every limit is kept", arguments: tooLarge)
    func limits(_ text: String, limit: XMLError.Limit) {
        #expect(throws: XMLError.tooLarge(limit)) { try XMLDocument.parse(Array(text.utf8), limits: Self.small) }
    }
}
