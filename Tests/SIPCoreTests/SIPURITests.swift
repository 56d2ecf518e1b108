import SIPCore
import Testing

@Suite("RFC 3261 §19.1: SIP and SIPS URIs", .tags(.sip))
struct SIPURITests {
    static let texts: [(String, user: String?, host: String, port: UInt16?)] = [
        ("sip:romeo@example.org", "romeo", "example.org", nil),
        ("SIPS:Romeo@Example.ORG:5061;transport=tls?subject=balcony", "Romeo", "example.org", 5061),
        ("sip:example.org", nil, "example.org", nil),
        ("sip:juliet@[2001:DB8::1]:5060", "juliet", "[2001:db8::1]", 5060),
        ("sip:[::ffff:192.0.2.128]", nil, "[::ffff:192.0.2.128]", nil),
        ("sip:caf%C3%A9@example.org", "café", "example.org", nil),
        ("sip:o%27hara%40home@example.org", "o'hara@home", "example.org", nil),
        ("sip:+1-212-555-1212:1234@gateway.com;user=phone", "+1-212-555-1212", "gateway.com", nil),
        ("sip:a,b;c=d/e?f@example.org", "a,b;c=d/e?f", "example.org", nil),
        ("sip:192.0.2.1:5062", nil, "192.0.2.1", 5062),
        ("sip:a@example.org.", "a", "example.org.", nil),
    ]

    @Test(arguments: texts)
    func parses(_ text: String, user: String?, host: String, port: UInt16?) throws {
        let uri = try SIPURI(parsing: text)
        #expect(uri.user == user)
        #expect(uri.host == host)
        #expect(uri.port == port)
        #expect(try SIPURI(parsing: uri.description) == uri)
    }

    static let malformed: [(String, SIPURIError.Reason, offset: Int)] = [
        ("tel:+441234567", .unknownScheme, 0), ("xmpp:romeo@example.org", .unknownScheme, 0), ("", .unknownScheme, 0),
        ("sip:", .badHost, 4), ("sip:romeo@", .badHost, 10), ("sip:@example.org", .emptyUser, 4),
        ("sip:romeo@:5060", .badHost, 10), ("sip:romeo@example.org:", .badPort, 22),
        ("sip:romeo@example.org:0", .badPort, 22), ("sip:romeo@example.org:65536", .badPort, 22),
        ("sip:r%4@example.org", .badEscape, 5), ("sip:r%zz@example.org", .badEscape, 5),
        ("sip:ro meo@example.org", .unexpectedCharacter, 6), ("sip:a@b@example.org", .unexpectedCharacter, 7),
        ("sip:romeo@exa_mple.org", .unexpectedCharacter, 13), ("sip:romeo@256.0.0.1", .badHost, 10),
        ("sip:romeo@2001:db8::1", .badHost, 10), ("sip:romeo@[1::2::3]", .badHost, 10),
        ("sip:romeo@example.org;lr;LR", .duplicateParameter, 25), ("sip:romeo@example.org;", .unexpectedCharacter, 22),
    ]

    @Test(arguments: malformed)
    func rejects(_ text: String, _ reason: SIPURIError.Reason, offset: Int) {
        #expect(throws: SIPURIError(reason, offset: offset)) { try SIPURI(parsing: text) }
    }

    @Test("sip and sips stay apart")
    func schemes() throws {
        #expect(try SIPURI(parsing: "sip:a@b.c") != SIPURI(parsing: "sips:a@b.c"))
    }

    @Test("An escaped NUL never ends a user's name")
    func escapedNUL() throws {
        let uri = try SIPURI(parsing: "sip:juliet%00@example.org")
        #expect(uri.rawUser == "juliet%00")
        #expect(uri.user == nil)
    }

    @Test("Escapes are undone once", arguments: [("%2541", "%41"), ("%41", "A"), ("%25%34%31", "%41")])
    func unescapedOnce(_ text: String, _ expected: String) {
        #expect(PercentEncoding.decode(text) == expected)
    }

    @Test(
        "Whatever a user's name is, writing and reading gives it back",
        arguments: ["a b", "a@b", "<x>", "\"", "ü", "a:b", "%", "a\r\nb"]
    )
    func userRoundTrip(_ user: String) throws {
        let uri = SIPURI(user: user, host: "example.org")
        #expect(try SIPURI(parsing: uri.description).user == user)
    }
}

@Suite("RFC 3261 §20.10: addresses", .tags(.sip))
struct NameAddressTests {
    static let addresses: [(String, name: String?, uri: String, tag: String?)] = [
        ("<sip:a@b.c>", nil, "sip:a@b.c", nil),
        ("sip:a@b.c;tag=1", nil, "sip:a@b.c", "1"),
        ("\"A \\\"B\\\" C\" <sip:a@b.c;x=y>;tag=1", "A \"B\" C", "sip:a@b.c;x=y", "1"),
        ("Watson Holmes <sip:a@b.c> ; tag = 2", "Watson Holmes", "sip:a@b.c", "2"),
        ("\"a, b\" <sip:a@b.c>", "a, b", "sip:a@b.c", nil),
    ]

    @Test(arguments: addresses)
    func parses(_ text: String, name: String?, uri: String, tag: String?) throws {
        let address = try #require(NameAddress(parsing: text))
        #expect(address.displayName == name)
        #expect(address.sipURI?.description == uri)
        #expect(address.tag == tag)
        #expect(NameAddress(parsing: address.description) == address)
    }

    @Test("A list is divided at its own commas only")
    func list() throws {
        let list = try #require(NameAddress.list(parsing: "\"a,b\" <sip:a,b@c.d>;q=1, <sip:e@f.g>"))
        #expect(list.map { $0.sipURI?.host } == ["c.d", "f.g"])
    }

    @Test(arguments: [
        "", "<>", "None", "*", "a@b.c", "<sip:a@b.c>x", "\"a\" sip:a@b.c", "<sip:a@b.c>;", "<sip:a b@c.d>",
    ])
    func rejects(_ text: String) { #expect(NameAddress(parsing: text) == nil) }
}
