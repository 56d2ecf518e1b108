import Interworking
import Messaging
import SIPCore
import Testing
import XMPPCore

@Suite("RFC 7247 §6: SIP URI ⇄ address ⇄ JID", .tags(.interworking))
struct SIPAddressTests {
    /// The examples of §§ 6.4 and 6.5, and XEP-0106's; from left to right.
    static let toXMPP: [(String, String)] = [
        ("sip:f%C3%BC@sip.example", "fü@sip.example"),
        ("sip:o'malley@sip.example", "o\\27malley@sip.example"),
        ("sip:foo@sip.example;gr=bar", "foo@sip.example/bar"),
        ("sip:victim%40example.com@example.com", "victim\\40example.com@example.com"),
        ("SIPS:Romeo@Example.NET:5061;transport=tls", "romeo@example.net"),
        ("sip:a%20b@example.net", "a\\20b@example.net"),
        ("sip:here%27s_a_wild_%26_%2Fcr_address@example.com", "here\\27s_a_wild_\\26_\\2fcr_address@example.com"),
        ("sip:foo@sip.example;gr", "foo@sip.example"),
        (
            "sip:foo@sip.example;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "foo@sip.example/urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
        ),
        ("sip:foo@sip.example;gr=B%C3%BCcher%20%26%20Tee", "foo@sip.example/Bücher & Tee"),
        ("sip:alice;day=tuesday@sip.example", "alice;day=tuesday@sip.example"),
        ("sip:alice:secret@sip.example", "alice@sip.example"),
        ("sip:+49301234@sip.example;user=phone", "+49301234@sip.example"),
    ]

    @Test("A SIP URI names a JID", arguments: toXMPP)
    func jid(_ uri: String, jid: String) throws {
        #expect(try JID(Address(SIPURI(parsing: uri))) == JID(parsing: jid))
    }

    static let toSIP: [(String, String)] = [
        ("m\\26m@xmpp.example", "sip:m&m@xmpp.example"),
        ("tschüss@xmpp.example", "sip:tsch%C3%BCss@xmpp.example"),
        ("baz@xmpp.example/qux", "sip:baz@xmpp.example;gr=qux"),
        ("juliet\\3e;evil@example.com", "sip:juliet%3E;evil@example.com"),
        ("a#b%c[d\\e]f^g`h{i|j}k@xmpp.example", "sip:a%23b%25c%5Bd%5Ce%5Df%5Eg%60h%7Bi%7Cj%7Dk@xmpp.example"),
        ("baz@bücher.example/☃ x;y=\"z\"", "sip:baz@xn--bcher-kva.example;gr=%E2%98%83%20x%3By%3D%22z%22"),
        ("example.com", "sip:example.com"),
    ]

    @Test("A JID names a SIP URI", arguments: toSIP)
    func uri(_ jid: String, uri: String) throws {
        let address = try Address(JID(parsing: jid))
        #expect(SIPURI(address).description == uri)
        #expect(try Address(SIPURI(parsing: uri)) == address)
    }

    @Test(
        "im: and pres: URIs name the same users",
        arguments: ["im:romeo@example.net", "pres:romeo@example.net", "IM:romeo@example.net"]
    )
    func otherSchemes(_ uri: String) throws {
        #expect(try Address(NameAddress.URI.other(uri)) == romeo)
        #expect(try Address(Request.Target.other(uri)) == romeo)
    }

    @Test(
        "Other URIs name nobody who can be written to",
        arguments: ["tel:+49301234", "mailto:a@b.example", "im:", "xmpp:a@b.example", ""]
    )
    func refusesScheme(_ uri: String) {
        #expect(throws: AddressError.unsupportedScheme) { try Address(NameAddress.URI.other(uri)) }
    }

    static let unmappable: [(SIPURI, AddressError)] = [
        (SIPURI(user: "juliet\u{0}x", host: "example.com"), .malformedEscape),
        (SIPURI(user: " x", host: "example.com"), .spaceAtEdge),
        (SIPURI(user: "a\u{1}b", host: "example.com"), .forbiddenInUserName),
        (SIPURI(user: "x", host: "example.com", parameters: [.init("gr", "%FF")]), .malformedEscape),
        (SIPURI(user: "x", host: "example.com", parameters: [.init("gr", "%07")]), .forbiddenInInstance),
    ]

    @Test("A URI that no JID can say has a named error, and is never cut short", arguments: unmappable)
    func refuses(_ uri: SIPURI, error: AddressError) {
        #expect(throws: error) { try Address(uri) }
    }

    @Test("Every address that can be mapped is itself after the way there and back")
    func roundTrip() throws {
        var random = Shuffle(seed: 3261)
        let alphabet = Array(" \"&'/:<>@\\205cabc.-_é☃ü日!#$%()*+,;=?[]^`{|}~")
        var mapped = 0
        for _ in 0..<5000 {
            let name = String((0..<(1 + random.next(12))).map { _ in alphabet[random.next(alphabet.count)] })
            let device = String((0..<(1 + random.next(8))).map { _ in alphabet[random.next(alphabet.count)] })
            guard let address = try? Address(JID(Address(user: name, domain: "example.com", instance: device))) else {
                continue
            }
            mapped += 1
            let uri = SIPURI(address)
            #expect(try SIPURI(parsing: uri.description) == uri)
            #expect(try Address(uri) == address)
        }
        #expect(mapped > 1000)
    }
}
