import Testing
import XMPPCore

@Suite("RFC 7622: addresses")
struct JIDTests {
    static let legal: [(String, local: String?, domain: String, resource: String?)] = [
        ("juliet@example.com", "juliet", "example.com", nil),
        ("juliet@example.com/foo", "juliet", "example.com", "foo"),
        ("juliet@example.com/foo bar", "juliet", "example.com", "foo bar"),
        ("juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"),
        ("foo\\20bar@example.com", "foo\\20bar", "example.com", nil),
        ("fussball@example.com", "fussball", "example.com", nil),
        ("fu\u{DF}ball@example.com", "fu\u{DF}ball", "example.com", nil),
        ("\u{3C0}@example.com", "\u{3C0}", "example.com", nil),
        ("\u{3A3}@example.com/foo", "\u{3C3}", "example.com", "foo"),
        ("\u{3C2}@example.com/foo", "\u{3C2}", "example.com", "foo"),
        ("king@example.com/\u{265A}", "king", "example.com", "\u{265A}"),
        ("example.com", nil, "example.com", nil),
        ("example.com/foobar", nil, "example.com", "foobar"),
        ("a.example.com/b@example.net", nil, "a.example.com", "b@example.net"),
        ("Juliet@EXAMPLE.com.", "juliet", "example.com", nil),
        ("server/resource@foo/bar", nil, "server", "resource@foo/bar"),
        ("user@[2001:638:a000:4134::ffff:40]", "user", "[2001:638:a000:4134::ffff:40]", nil),
        ("user@[::1%eno1]/x", "user", "[::1%eno1]", "x"),
        ("user@127.0.0.1", "user", "127.0.0.1", nil),
        ("user@axn--b.example", "user", "axn--b.example", nil),
        ("user@www.xn--bcher-kva.example", "user", "www.xn--bcher-kva.example", nil),
        ("user@XN--BCHER-KVA.example", "user", "xn--bcher-kva.example", nil),
        ("user@b\u{FC}cher.example", "user", "xn--bcher-kva.example", nil),
        ("user@B\u{DC}CHER.example", "user", "xn--bcher-kva.example", nil),
        ("user@xn--bcher-kva.example", "user", "xn--bcher-kva.example", nil),
        ("\u{FF21}\u{FF22}@example.com", "ab", "example.com", nil),
        ("e\u{301}@example.com", "\u{E9}", "example.com", nil),
        ("\u{5D0}\u{5D1}@example.com", "\u{5D0}\u{5D1}", "example.com", nil),
        ("user@example.org/\u{1F37A}", "user", "example.org", "\u{1F37A}"),
        ("a@b/x\u{3000}y", "a", "b", "x y"),
        ("L\u{B7}L@example.com", "l\u{B7}l", "example.com", nil),
        ("\u{30A2}\u{30FB}\u{30A4}@example.com", "\u{30A2}\u{30FB}\u{30A4}", "example.com", nil),
        ("\u{FF71}@example.com", "\u{30A2}", "example.com", nil),
        ("\u{915}\u{94D}\u{200D}\u{937}@example.com", "\u{915}\u{94D}\u{200D}\u{937}", "example.com", nil),
        ("\u{5D0}\u{5F3}@example.com", "\u{5D0}\u{5F3}", "example.com", nil),
        ("a@b/\u{375}\u{3B1}", "a", "b", "\u{375}\u{3B1}"),
        // U+200C between characters that would join, as in Persian, marks left out; with one that joins to the right only.
        ("\u{645}\u{6CC}\u{200C}\u{62E}\u{648}@b", "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}", "b", nil),
        ("a@b/\u{645}\u{650}\u{200C}\u{651}\u{627}", "a", "b", "\u{645}\u{650}\u{200C}\u{651}\u{627}"),
        ("user@example\u{3002}com", "user", "example.com", nil),
    ]

    @Test("A legal address is prepared", arguments: legal)
    func parses(_ text: String, local: String?, domain: String, resource: String?) throws {
        let jid = try JID(parsing: text)
        #expect(jid.local == local)
        #expect(jid.domain == domain)
        #expect(jid.resource == resource)
        // Preparation is idempotent, and what is written is read again.
        let readAgain = try JID(parsing: jid.description)
        #expect(readAgain == jid)
    }

    static let illegal: [(String, JIDError)] = [
        ("\"juliet\"@example.com", .forbidden(.local, "\"")),
        ("foo bar@example.com", .forbidden(.local, " ")),
        ("foo&bar@example.com", .forbidden(.local, "&")),
        ("juliet@example.com/", .empty(.resource)),
        ("@example.com", .empty(.local)),
        ("@example.com/res", .empty(.local)),
        ("henry\u{2163}@example.com", .forbidden(.local, "\u{2163}")),
        ("\u{265A}@example.com", .forbidden(.local, "\u{265A}")),
        ("juliet@", .empty(.domain)),
        ("/foobar", .empty(.domain)),
        ("", .empty(.domain)),
        ("a@b@c", .notADomain),
        ("user@@", .notADomain),
        ("a@b..c", .notADomain),
        ("a@-b.example", .notADomain),
        ("a@b_c.example", .notADomain),
        ("a@exa mple", .notADomain),
        ("a@[::1", .notADomain),
        ("a@[zz]", .notADomain),
        ("a@xn--a\u{FC}.example", .notADomain),
        ("a@example.xn--zzzzzzzz99999999", .notADomain),
        ("a@xn--zzzzzzzz99999999.example", .notADomain),
        ("a\u{0}b@example.com", .forbidden(.local, "\0")),
        ("\u{FB01}@example.com", .forbidden(.local, "\u{FB01}")),
        ("a\u{200B}@example.com", .forbidden(.local, "\u{200B}")),
        ("a\u{202E}b@example.com", .forbidden(.local, "\u{202E}")),
        ("a\u{5D0}@example.com", .mixedDirections(.local)),
        ("\u{5D0}a@example.com", .mixedDirections(.local)),
        ("a@b/\u{61C}x", .forbidden(.resource, "\u{61C}")),
        ("a\u{B7}b@example.com", .forbidden(.local, "\u{B7}")),
        ("a@b/l\u{B7}", .forbidden(.resource, "\u{B7}")),
        ("a\u{30FB}b@example.com", .forbidden(.local, "\u{30FB}")),
        ("a\u{200D}b@example.com", .forbidden(.local, "\u{200D}")),
        ("a@b/x\u{200C}y", .forbidden(.resource, "\u{200C}")),
        ("\u{62F}\u{200C}\u{645}@b", .forbidden(.local, "\u{200C}")),
        ("\u{645}\u{200C}@b", .forbidden(.local, "\u{200C}")),
        ("a@b/\u{200C}\u{645}", .forbidden(.resource, "\u{200C}")),
        ("a@b/\u{661}\u{6F1}", .forbidden(.resource, "\u{661}")),
        ("a@b/x\u{375}", .forbidden(.resource, "\u{375}")),
        ("a@b/x\u{5F4}", .forbidden(.resource, "\u{5F4}")),
        ("a@b/x\u{7F}", .forbidden(.resource, "\u{7F}")),
        ("\(String(repeating: "a", count: 1024))@b", .tooLong(.local)),
        ("a@b/\(String(repeating: "a", count: 1024))", .tooLong(.resource)),
        (String(repeating: "a", count: 1024), .tooLong(.domain)),
    ]

    @Test("An illegal address is refused with its reason", arguments: illegal)
    func refuses(_ text: String, error: JIDError) {
        #expect(throws: error) { try JID(parsing: text) }
    }

    @Test("A part may have 1023 bytes")
    func longest() throws {
        let part = String(repeating: "a", count: 1023)
        let jid = try JID(parsing: "\(part)@\(part)/\(part)")
        #expect(jid.local == part)
    }

    @Test("An internationalised domain is compared as A-labels and written as U-labels")
    func internationalised() throws {
        let jid = try JID(parsing: "a@xn--bcher-kva.example/r")
        #expect(jid == (try JID(parsing: "a@b\u{FC}cher.example/r")))
        #expect(jid.description == "a@b\u{FC}cher.example/r")
        #expect(jid.bare.description == "a@b\u{FC}cher.example")
    }

    @Test("Letters that only look alike are different addresses")
    func homoglyphs() throws {
        #expect(try JID(parsing: "p\u{430}ypal@example.com") != JID(parsing: "paypal@example.com"))
    }
}
