import Testing
import XML

@Suite("Writing XML")
struct XMLWriterTests {
    static func text(_ element: XMLElement, in namespace: String = "") -> String {
        String(decoding: XMLWriter.bytes(of: element, defaultNamespace: namespace), as: UTF8.self)
    }

    static let written: [(XMLElement, String)] = [
        (XMLElement("a", namespace: ""), "<a/>"),
        (XMLElement("a", namespace: "urn:x"), #"<a xmlns="urn:x"/>"#),
        (
            XMLElement("a", namespace: "urn:x", elements: [XMLElement("b", namespace: "urn:x")]),
            #"<a xmlns="urn:x"><b/></a>"#
        ),
        (
            XMLElement(
                "a",
                namespace: "",
                elements: [XMLElement("b", namespace: "urn:x"), XMLElement("c", namespace: "")]
            ),
            #"<a><b xmlns="urn:x"/><c/></a>"#
        ),
        (
            XMLElement("a", namespace: "urn:x", elements: [XMLElement("b", namespace: "")]),
            #"<a xmlns="urn:x"><b xmlns=""/></a>"#
        ),
        (XMLElement("a", namespace: "", text: "<&>\"'\r\n\t"), "<a>&lt;&amp;&gt;\"'&#13;\n\t</a>"),
        (
            XMLElement("a", namespace: "", attributes: [.init("b", "<&>\"'\r\n\t")]),
            #"<a b="&lt;&amp;&gt;&quot;'&#13;&#10;&#9;"/>"#
        ),
        (
            XMLElement("a", namespace: "", text: "\u{0}\u{8}\u{FFFE}\u{1F37A}é"),
            "<a>\u{FFFD}\u{FFFD}\u{FFFD}\u{1F37A}é</a>"
        ),
        (
            XMLElement(
                "a",
                namespace: "",
                attributes: [
                    .init("lang", "en", namespace: XMLElement.xmlNamespace), .init("b", "1", namespace: "urn:y"),
                ]
            ),
            #"<a xml:lang="en" xmlns:ns1="urn:y" ns1:b="1"/>"#
        ),
    ]

    @Test("An element as text, and back again", arguments: written)
    func writes(_ element: XMLElement, text: String) throws {
        #expect(Self.text(element) == text)
        let readAgain = try XMLDocument.parse(Array(text.utf8))
        #expect(Self.text(readAgain) == text)
    }

    @Test("No text at all makes anything but well-formed XML")
    func anyScalar() throws {
        for value in UInt32(0)...0x1_1000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            if value > 0x400, value < 0xFF00, value % 97 != 0 { continue }
            let text = "x\(Character(scalar))y"
            let element = XMLElement("a", namespace: "", attributes: [.init("b", text)], text: text)
            let readAgain = try XMLDocument.parse(XMLWriter.bytes(of: element))
            #expect(readAgain.text == readAgain.attribute("b"))
        }
    }

    @Test("The room for a large stanza is given back, that for an ordinary one stays")
    func room() {
        var writer = XMLWriter(defaultNamespace: "jabber:server")
        func write(_ count: Int) -> Int {
            writer.write(XMLElement("m", namespace: "jabber:server", text: String(repeating: "x", count: count)))
            writer.removeAll()
            #expect(writer.bytes.isEmpty)
            return writer.bytes.capacity
        }
        #expect(write(1_000) >= 1_000)
        #expect(write(200_000) < 65_536)
    }

    @Test("Inside a stream, declared namespaces need no declaration")
    func inStream() {
        var writer = XMLWriter(prefixes: ["urn:stream": "stream", "urn:db": "db"])
        writer.writeRoot(
            XMLElement("stream", namespace: "urn:stream", attributes: [.init("to", "a")]),
            contentNamespace: "jabber:server"
        )
        writer.write(XMLElement("message", namespace: "jabber:server", elements: [XMLElement("x", namespace: "urn:x")]))
        writer.write(XMLElement("result", namespace: "urn:db", text: "key"))
        writer.write(XMLElement("features", namespace: "urn:stream", elements: [XMLElement("y", namespace: "urn:y")]))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                <stream:stream xmlns="jabber:server" xmlns:db="urn:db" xmlns:stream="urn:stream" to="a">\
                <message><x xmlns="urn:x"/></message><db:result>key</db:result>\
                <stream:features><y xmlns="urn:y"/></stream:features>
                """
        )
    }

    @Test("What was written last can be taken back, and what follows is as if it had not been")
    func truncates() {
        var writer = XMLWriter(defaultNamespace: "a")
        writer.write(XMLElement("x", namespace: "a"))
        let count = writer.bytes.count
        writer.write(XMLElement("y", namespace: "b", text: "z"))
        writer.truncate(to: count)
        writer.truncate(to: count + 5)
        writer.write(XMLElement("x", namespace: "a"))
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "<x/><x/>")
    }
}
