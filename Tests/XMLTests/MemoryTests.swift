import Testing
import XML

@Suite("CVE-2026-43506: memory by cheap XML")
struct MemoryTests {
    private static let limits = XMLLimits(bytes: 262_144, elements: 4_096, attributes: 64, depth: 64, text: 262_144)
    private static let root =
        "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' xmlns:x='urn:x' a='&lt;b>'>"

    private static func parser(_ limits: XMLLimits = limits) throws -> XMLStreamParser {
        var parser = try XMLStreamParser(limits: limits)
        #expect(parser.feed(Self.root.utf8).count == 1)
        return parser
    }

    /// Stanzas of less than 256 KiB that would take many megabytes.
    static let amplifiers: [(String, @Sendable () -> String)] = [
        (
            "a long namespace around many elements",
            {
                "<m xmlns='urn:" + String(repeating: "n", count: 200_000) + "'>"
                    + String(repeating: "<a/>", count: 4_000) + "</m>"
            }
        ),
        (
            "a long namespace for many attributes",
            {
                let attributes = (0..<60).map { " p:a\($0)=''" }.joined()
                return "<m xmlns:p='urn:" + String(repeating: "n", count: 100_000) + "'>"
                    + String(repeating: "<a\(attributes)/>", count: 200) + "</m>"
            }
        ),
        (
            "a long namespace, and elements inside one another",
            {
                "<m xmlns='urn:" + String(repeating: "n", count: 200_000) + "'>"
                    + String(repeating: "<a>", count: 60) + String(repeating: "</a>", count: 60) + "</m>"
            }
        ),
    ]

    @Test("A stanza that is small and would take much is refused before it has", arguments: amplifiers.indices)
    func amplification(_ index: Int) throws {
        var parser = try Self.parser()
        let bytes = Array(Self.amplifiers[index].1().utf8)
        #expect(bytes.count < 262_144)
        var failure: XMLError?
        var most = 0
        for start in stride(from: 0, to: bytes.count, by: 8_192) where failure == nil {
            for item in parser.feed(bytes[start..<min(start + 8_192, bytes.count)]) {
                if case .failed(let error) = item { failure = error }
            }
            most = max(most, parser.memory)
        }
        #expect(most <= Self.limits.memory, "\(Self.amplifiers[index].0): \(most)")
        #expect(failure == .tooLarge(.memory) || failure == nil)
    }

    @Test("What is refused for its memory is that, and no other limit's")
    func reason() throws {
        var parser = try Self.parser()
        let items = parser.feed(Self.amplifiers[0].1().utf8)
        #expect(items.last == .failed(.tooLarge(.memory)))
    }

    @Test("Names that a peer makes up are forgotten: two hundred thousand of them take no more than the first thousand")
    func madeUpNames() throws {
        var parser = try Self.parser()
        var most = 0
        for round in 0..<200 {
            let inside = (0..<1_000).map { "<n\(round)-\($0) a\(round)-\($0)=''/>" }.joined()
            let items = parser.feed("<message xmlns:p\(round)='urn:\(round)'>\(inside)</message>".utf8)
            #expect(items.count == 1)
            most = max(most, parser.memory)
        }
        #expect(most < 1_048_576, "\(most)")
        #expect(parser.feed(" ".utf8) == [.whitespace])
        #expect(parser.memory < 131_072, "\(parser.memory)")
    }

    @Test("What a large stanza needed is given back, and the stream goes on: namespaces, limits and its end are known")
    func largeStanza() throws {
        var parser = try Self.parser()
        let before = parser.memory
        let text = String(repeating: "x", count: 200_000)
        let stanza = Array("<message a='\(text)'></message>".utf8)
        for start in stride(from: 0, to: stanza.count, by: 1_000) {
            _ = parser.feed(stanza[start..<min(start + 1_000, stanza.count)])
        }
        #expect(parser.memory > text.utf8.count)
        #expect(parser.feed(" ".utf8) == [.whitespace])
        #expect(parser.memory < before + 65_536, "\(parser.memory), at first \(before)")
        // A prefix that the root has declared, an element of its default namespace, and both limits as before.
        guard case .element(let element, true)? = parser.feed("<x:a b='c'><m/></x:a>".utf8).first else {
            Issue.record("not read")
            return
        }
        #expect(element.namespace == "urn:x" && element.name == "a")
        #expect(element.elements.first?.namespace == "jabber:server")
        #expect(parser.feed("<m>\(text)".utf8).isEmpty)
        #expect(parser.feed(text.utf8) == [.failed(.tooLarge(.text))])
    }

    @Test("After it the end of the stream is its end, and the end of another is none", arguments: [true, false])
    func end(isOwn: Bool) throws {
        var parser = try Self.parser()
        _ = parser.feed("<message>\(String(repeating: "x", count: 200_000))</message>".utf8)
        #expect(parser.feed("<m/>".utf8).count == 1)
        #expect(
            parser.feed((isOwn ? "</s:stream>" : "</t:stream>").utf8) == [isOwn ? .closed : .failed(.notWellFormed)]
        )
    }

    @Test("The budget of a stream whose peer is unknown counts on")
    func budget() throws {
        var limits = Self.limits
        limits.streamBytes = 300_000
        var parser = try Self.parser(limits)
        for _ in 0..<2 { _ = parser.feed("<m>\(String(repeating: "x", count: 140_000))</m>".utf8) }
        #expect(
            parser.feed("<m>\(String(repeating: "x", count: 40_000))</m>".utf8) == [.failed(.tooLarge(.streamBytes))]
        )
    }
}
