import Testing
import XML
import XMPPCore

/// Every case of the corpus that a stream or an address can be asked about.
@Suite("Conformance corpus: streams and addresses")
struct StreamCorpusTests {
    @Test("Cases that lie beside the tests", arguments: StreamCorpus.copied)
    func copied(_ one: StreamCase) throws { try Self.run(one) }

    @Test(
        "Cases that may not be copied",
        .enabled(if: StreamCorpus.folder != nil, "ISTHMUS_CORPUS is not set, and there is no ../shared/corpus"),
        arguments: StreamCorpus.others
    )
    func others(_ one: StreamCase) throws { try Self.run(one) }

    @Test("The copies are there")
    func present() {
        #expect(StreamCorpus.copied.count > 35)
    }

    /// Kinds of case by the beginning of their ids.
    private static let kinds: [(prefix: String, check: @Sendable (StreamCase) throws -> Void)] = [
        ("jid-jxmpp-", address), ("jid-rfc7622-", address), ("xml-rule-", stream), ("xml-prosody-util", document),
        ("xml-prosody-", stream), ("xmpp-billion-laughs", stream), ("utf8-", stream), ("mim-start-", stream),
        ("xml-libxml2-", document), ("xml-expat-", document), ("dialback-swapped", forgery),
        ("dialback-unsolicited", forgery), ("dialback-verify", forgery), ("size-", size),
    ]

    static func check(of id: String) -> (@Sendable (StreamCase) throws -> Void)? {
        self.kinds.first { id.hasPrefix($0.prefix) }?.check
    }

    private static func run(_ one: StreamCase) throws {
        let check = try #require(Self.check(of: one.id))
        try check(one)
    }

    // MARK: RFC 7622

    /// Where the case is disputed, this is what it is here; see docs/conformance/xmpp.md.
    ///
    /// A resource that begins with a space: erratum 4560 of RFC 7622 says that OpaqueString allows it.
    private static let decided: [String: Bool] = ["jid-rfc7622-18": true]

    private static func address(_ one: StreamCase) throws {
        let text: String = try one.value("jid")
        let isValid = self.decided[one.id] ?? one.isValid
        let isAccepted = (try? JID(parsing: text)) != nil
        #expect(isAccepted == isValid, "\(text.debugDescription)")
    }

    // MARK: RFC 6120 §11, §4.9

    /// Where a case expects an error for what the standard lets pass so far, the error that comes here.
    ///
    /// A header without version is that of a server older than features (RFC 6120 §4.7.5), which can do dialback and nothing
    /// else; XML 1.1 is read as XML 1.0, as XML 1.0 (fifth edition) §2.8 has it.
    private static let decidedErrors: [(prefix: String, error: String)] = [
        ("mim-start-no-version", "not-authorized"), ("xml-prosody-xml11", "bad-namespace-prefix"),
    ]

    private static func stream(_ one: StreamCase) throws {
        let bytes = try one.bytes("stream.real.xml", "stream.xml", "xmpp-stream.bin", "header.xml")
        for size in [bytes.count, 1] {
            let conversation = try Conversation(with: "example.net", rules: .externalOnly)
            for start in stride(from: 0, to: bytes.count, by: size) {
                conversation.feed(bytes[start..<min(start + size, bytes.count)])
            }
            if one.outcome.hasPrefix("accepted") {
                #expect(conversation.failure == nil)
            } else {
                let error = try #require(conversation.streamError)
                let errors = one.errors + self.decidedErrors.filter { one.id.hasPrefix($0.prefix) }.map(\.error)
                #expect(errors.contains(error), "\(error), in pieces of \(size)")
                #expect(conversation.hasEnded)
            }
            #expect(conversation.delivered.isEmpty)
        }
    }

    /// A document that no parser here may take, alone or as the beginning of a stream.
    private static func document(_ one: StreamCase) throws {
        let bytes = try one.bytes()
        if one.id == "xml-expat-nssep-uri-newline" {
            // Harmless where line feed does not part names: it is the namespace it says, and none of ours.
            #expect(try XMLDocument.parse(bytes).namespace == "one\ntwo")
        } else {
            #expect(throws: XMLError.self) { try XMLDocument.parse(bytes) }
        }
        let conversation = try Conversation(with: "example.net")
        conversation.feed(bytes)
        conversation.expire()
        #expect(conversation.hasEnded && conversation.streamError != nil)
        #expect(conversation.delivered.isEmpty)
    }

    // MARK: XEP-0220

    private static let header =
        "<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='victim.example' to='example.net' version='1.0'>"

    private static func forgery(_ one: StreamCase) throws {
        let conversation = try Conversation(with: "example.net")
        conversation.feed(self.header.utf8)
        conversation.feed(try one.bytes())
        conversation.feed("<message from='a@victim.example' to='b@example.net'><body>x</body></message>".utf8)
        #expect(conversation.authenticated.isEmpty && conversation.delivered.isEmpty)
        #expect(conversation.streamError == "not-authorized")
    }

    // MARK: RFC 6120 §13.12

    private static func size(_ one: StreamCase) throws {
        let conversation = try Conversation(with: "example.net")
        switch one.id {
        case "size-pre-auth-flood":
            let blank = [UInt8](repeating: 0x20, count: 65_536)
            for _ in 0..<(try one.value("ws_octets", Int.self) / blank.count) { conversation.feed(blank) }
        case "size-unclosed-header":
            conversation.feed("<stream:stream".utf8)
            conversation.expire()
        case "size-unclosed-stanza":
            conversation.feed((self.header + "<message>x").utf8)
            conversation.expire()
        case "size-many-attributes":
            conversation.feed(self.header.utf8)
            let attributes = (0..<(try one.value("attributes", Int.self))).map { " a\($0)=''" }
            conversation.feed("<message\(attributes.joined())/>".utf8)
        default:
            let count: Int = try one.value("stanza_octets")
            let start = "<message from='a@victim.example' to='b@example.net'><body>"
            let end = "</body></message>"
            let stanza = start + String(repeating: "x", count: count - start.utf8.count - end.utf8.count) + end
            var parser = try XMLStreamParser(
                limits: XMLLimits(bytes: 10_000, elements: 4096, attributes: 64, depth: 64, text: 10_000)
            )
            let items = parser.feed((self.header + stanza).utf8)
            #expect(items.count == 2)
            if case .failed? = items.last { Issue.record("refused") }
            return
        }
        #expect(one.errors.contains(try #require(conversation.streamError)))
        #expect(conversation.hasEnded)
    }
}
