import Testing
import XML

@Suite("XML streams in pieces")
struct SplitTests {
    static let limits = XMLLimits(bytes: 200, elements: 5, attributes: 3, depth: 4, text: 60)
    static let header = "<s:stream xmlns='jabber:server' xmlns:s='urn:stream'>"

    /// At, below and above each limit, with names, entities and letters of several bytes on the border.
    static let contents: [String] = [
        "<m>a</m><m/>", "<m a='1' b='2' c='3'/>", "<m a='1' b='2' c='3' d='4'/>", "<m><n><o/></n></m>",
        "<m><n><o><p/></o></n></m>", "<m><a/><b/><c/><d/></m>", "<m><a/><b/><c/><d/><e/></m>",
        "<m>\(String(repeating: "é", count: 30))</m>", "<m>\(String(repeating: "é", count: 31))</m>",
        "<m>\(String(repeating: "&amp;", count: 30))</m>", "<m a='\(String(repeating: "x", count: 61))'/>",
        "<m>\(String(repeating: "𝄞", count: 15))</m>", "<m>\u{0}</m>", "<m><![CDATA[</m>]]></m>", "<m>]]></m>",
        "<m\(String(repeating: " ", count: 300))/>", "<m></m>\(String(repeating: " ", count: 300))<m/>",
        "<m xmlns:x='urn:x' x:a='1' a='2'/>", "<x:m/>", "<m><s:stream></s:stream></m></s:stream>", "</s:stream>",
        "<!-- -->", "<?x?>", "&lt;", "<m>&#0;</m>", "<m>&x;</m>", "<m a='1' a='1'/>",
    ]

    /// What does not depend on where reads end: `isLast`, and whether white space came at once, do.
    enum Essence: Equatable { case opened, element(XMLElement), closed, failed(XMLError) }

    static func read(_ pieces: [ArraySlice<UInt8>]) throws -> [Essence] {
        var parser = try XMLStreamParser(limits: Self.limits)
        return pieces.flatMap { parser.feed($0) }.compactMap { item in
            switch item {
            case .opened: .opened
            case .element(let element, _): .element(element)
            case .whitespace: nil
            case .closed: .closed
            case .failed(let error): .failed(error)
            }
        }
    }

    @Test("xmpp-proxy: limits and parser agree, wherever the bytes are cut in two", arguments: contents)
    func splits(_ content: String) throws {
        let bytes = Array((Self.header + content).utf8)
        let whole = try Self.read([bytes[...]])
        #expect(try Self.read(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
        for cut in 1..<bytes.count {
            #expect(try Self.read([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
    }
}
