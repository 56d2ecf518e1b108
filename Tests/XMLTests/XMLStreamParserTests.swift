import Testing
import XML

@Suite("XML streams")
struct XMLStreamParserTests {
    typealias Item = XMLStreamParser.Item

    static let limits = XMLLimits(bytes: 400, elements: 5, attributes: 8, depth: 4, text: 100)
    static let header = "<?xml version='1.0'?><s:stream xmlns='jabber:server' xmlns:s='urn:stream' to='a.example'>"
    static let opened = Item.opened(
        XMLElement("stream", namespace: "urn:stream", attributes: [.init("to", "a.example")]),
        namespaces: ["": "jabber:server", "s": "urn:stream"]
    )

    static func parser() throws -> XMLStreamParser { try XMLStreamParser(limits: Self.limits) }
    static func message(_ text: String, isLast: Bool = true) -> Item {
        .element(XMLElement("m", namespace: "jabber:server", text: text), isLast: isLast)
    }

    @Test("A whole conversation in one read")
    func oneRead() throws {
        var parser = try Self.parser()
        let items = parser.feed("\(Self.header)<m>a</m> <m>b</m></s:stream>".utf8)
        #expect(
            items == [
                Self.opened, Self.message("a", isLast: false), .whitespace, Self.message("b", isLast: false), .closed,
            ]
        )
    }

    @Test("Byte by byte, the same items come, each with its last byte")
    func byteByByte() throws {
        var parser = try Self.parser()
        var items: [Item] = []
        let bytes = Array("\(Self.header)<m>a&lt;é</m>\n<m>b</m></s:stream>".utf8)
        for byte in bytes { items += parser.feed([byte]) }
        #expect(items == [Self.opened, Self.message("a<é"), .whitespace, Self.message("b"), .closed])
    }

    @Test("An element is complete with its last byte, not with the next one")
    func noDeferral() throws {
        var parser = try Self.parser()
        _ = parser.feed("\(Self.header)<m>".utf8)
        #expect(parser.feed("a</m>".utf8) == [Self.message("a")])
    }

    static let followed = ["<m>x</m>", " ", "<", "<m", "\u{16}\u{3}\u{1}", "</s:stream>"]

    @Test("Whatever follows an element in the same read is noticed", arguments: followed)
    func trailingBytes(_ bytes: String) throws {
        var parser = try Self.parser()
        _ = parser.feed(Self.header.utf8)
        #expect(parser.feed("<m>a</m>\(bytes)".utf8).first == Self.message("a", isLast: false))
    }

    @Test("Items before a failure are delivered, none after it")
    func failure() throws {
        var parser = try Self.parser()
        #expect(
            parser.feed("\(Self.header)<m>a</m><!-- x --><m>b</m>".utf8)
                == [Self.opened, Self.message("a", isLast: false), .failed(.restricted)]
        )
        #expect(parser.feed("<m>c</m>".utf8) == [])
    }

    static let broken: [(String, XMLError)] = [
        ("text between elements", .notWellFormed),
        ("<m></n>", .notWellFormed),
        ("<u:m/>", .notWellFormed),
        ("</s:stream><m/>", .notWellFormed),
        ("<m>&entity;</m>", .restricted),
        ("<?target?>", .restricted),
        ("<m a='1' b='1' c='1' d='1' e='1' f='1' g='1' h='1' i='1'/>", .tooLarge(.attributes)),
        ("<m><m><m><m/></m></m></m>", .tooLarge(.depth)),
        ("<m><m/><m/><m/><m/><m/></m>", .tooLarge(.elements)),
        ("<m>\(String(repeating: "x", count: 101))</m>", .tooLarge(.text)),
        ("<m " + String(repeating: "x", count: 500), .tooLarge(.bytes)),
        ("<m xmlns='urn:x\u{1}m'/>", .notWellFormed),
    ]

    @Test("What is no XMPP, or too much of it, ends the stream", arguments: broken)
    func refuses(_ bytes: String, error: XMLError) throws {
        var parser = try Self.parser()
        _ = parser.feed(Self.header.utf8)
        let last = parser.feed(bytes.utf8).last
        #expect(last == .failed(error))
    }

    @Test("Limits are counted for each element anew, and white space between elements for none")
    func limitsPerElement() throws {
        var parser = try Self.parser()
        _ = parser.feed(Self.header.utf8)
        for _ in 0..<100 {
            #expect(parser.feed("<m>12345678901234567890</m>".utf8) == [Self.message("12345678901234567890")])
            #expect(parser.feed("          ".utf8) == [.whitespace])
        }
    }

    @Test("Many small elements in one read are not one large one")
    func manyInOneRead() throws {
        var parser = try Self.parser()
        _ = parser.feed(Self.header.utf8)
        let items = parser.feed(String(repeating: "<m>x</m>", count: 200).utf8)
        #expect(items.count == 200)
    }

    @Test("The budget of a stream whose peer is unknown ends it, however small its elements; trust lifts it")
    func streamBudget() throws {
        var limits = Self.limits
        limits.streamBytes = 280
        var parser = try XMLStreamParser(limits: limits)
        _ = parser.feed(Self.header.utf8)
        for _ in 0..<20 { _ = parser.feed("<m>x</m>".utf8) }
        #expect(
            parser.feed("<m>1234567890123456789012345678901234567890</m>".utf8) == [.failed(.tooLarge(.streamBytes))]
        )

        parser.restart(limits: limits)
        _ = parser.feed(Self.header.utf8)
        parser.setLimits(Self.limits)
        for _ in 0..<100 { #expect(parser.feed("<m>x</m>".utf8) == [Self.message("x")]) }
    }

    @Test("A restart forgets everything")
    func restart() throws {
        var parser = try Self.parser()
        _ = parser.feed("\(Self.header)<m><m>half".utf8)
        parser.restart(limits: Self.limits)
        #expect(parser.feed("\(Self.header)<m>a</m>".utf8) == [Self.opened, Self.message("a")])
    }

    @Test("Known and unknown names read the same")
    func vocabulary() throws {
        let vocabulary = XMLVocabulary([("jabber:server", "m"), ("", "id"), ("urn:x", "id")])
        let text = "\(Self.header)<m id='1' xmlns:x='urn:x' x:id='2' other='3'><n/><m xmlns='urn:y'/></m>".utf8
        var known = try XMLStreamParser(limits: Self.limits, vocabulary: vocabulary)
        var unknown = try Self.parser()
        let items = known.feed(text)
        #expect(items == unknown.feed(text))
        #expect(items.count == 2)
    }

    @Test("A stream inside a stream, and its end in a text, are content")
    func nestedStream() throws {
        var parser = try Self.parser()
        _ = parser.feed(Self.header.utf8)
        let items = parser.feed("<m><s:stream/>&lt;/s:stream&gt;</m>".utf8)
        #expect(
            items == [
                .element(
                    XMLElement(
                        "m",
                        namespace: "jabber:server",
                        children: [.element(XMLElement("stream", namespace: "urn:stream")), .text("</s:stream>")]
                    ),
                    isLast: true
                )
            ]
        )
    }
}
