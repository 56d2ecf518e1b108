import Interworking
import Messaging
import Testing
import XMPPCore

@Suite("RFC 7247 §6, XEP-0106: JID ⇄ address", .tags(.interworking))
struct JIDAddressTests {
    /// JID, user, domain, instance.
    static let pairs: [(String, String?, String, String?)] = [
        ("foo@sip.example/bar", "foo", "sip.example", "bar"),
        ("o\\27malley@sip.example", "o'malley", "sip.example", nil),
        ("m\\26m@xmpp.example", "m&m", "xmpp.example", nil),
        ("tschüss@xmpp.example", "tschüss", "xmpp.example", nil),
        ("victim\\40example.com@example.com", "victim@example.com", "example.com", nil),
        ("d\\27artagnan\\20de\\20gascogne@example.com", "d'artagnan de gascogne", "example.com", nil),
        ("c\\3a\\5c5commas@example.com", "c:\\5commas", "example.com", nil),
        ("c\\3a\\cool\\20stuff@example.com", "c:\\cool stuff", "example.com", nil),
        ("\\22\\26\\27\\2f\\3a\\3c\\3e\\40@example.com", "\"&'/:<>@", "example.com", nil),
        ("\\5c2f@example.com", "\\2f", "example.com", nil),
        ("\\5c5c2f@example.com", "\\5c2f", "example.com", nil),
        ("a\\b@example.com", "a\\b", "example.com", nil),
        ("example.com", nil, "example.com", nil),
        ("juliet@xn--bcher-kva.example/Bücher & Tee", "juliet", "xn--bcher-kva.example", "Bücher & Tee"),
    ]

    @Test("Escapes are undone and made", arguments: pairs)
    func maps(_ jid: String, user: String?, domain: String, instance: String?) throws {
        let address = Address(user: user, domain: domain, instance: instance)
        #expect(try Address(JID(parsing: jid)) == address)
        #expect(try JID(address) == JID(parsing: jid))
    }

    @Test("An internationalised domain is an A-label in an address, whatever the JID has")
    func internationalised() throws {
        #expect(try Address(JID(parsing: "juliet@bücher.example")).domain == "xn--bcher-kva.example")
    }

    static let unmappable: [(String, AddressError)] = [
        ("\\20foo@example.com", .spaceAtEdge), ("foo\\20@example.com", .spaceAtEdge),
        ("a\\5cb@example.com", .needlessEscape), ("a\\5c@example.com", .needlessEscape),
    ]

    @Test("A localpart that stands for no name, or for another's, is refused", arguments: unmappable)
    func refusesJID(_ jid: String, error: AddressError) throws {
        let jid = try JID(parsing: jid)
        #expect(throws: error) { try Address(jid) }
    }

    static let nameless: [(Address, AddressError)] = [
        (Address(user: " x", domain: "a.example"), .spaceAtEdge),
        (Address(user: "x ", domain: "a.example"), .spaceAtEdge),
        (Address(user: "juliet\u{0}x", domain: "a.example"), .forbiddenInUserName),
        (Address(user: "a\u{200B}b", domain: "a.example"), .forbiddenInUserName),
        (Address(user: "", domain: "a.example"), .forbiddenInUserName),
        (Address(user: String(repeating: "x", count: 1024), domain: "a.example"), .forbiddenInUserName),
        (Address(user: "x", domain: ""), .notADomainName),
        (Address(user: "x", domain: "under_score.example"), .notADomainName),
        (Address(user: "x", domain: "a.example", instance: "\u{7}"), .forbiddenInInstance),
        (Address(user: "x", domain: "a.example", instance: ""), .forbiddenInInstance),
    ]

    @Test("What no JID can say has a named error", arguments: nameless)
    func refusesAddress(_ address: Address, error: AddressError) {
        #expect(throws: error) { try JID(address) }
    }

    @Test("Every error is told to the sender as a malformed address", arguments: AddressError.allCases)
    func failure(_ error: AddressError) {
        let failure = DeliveryFailure(error)
        #expect(failure.condition == .addressMalformed && failure.reason == .malformed)
        #expect(failure.text.contains("\(error)"))
    }

    @Test("A name that can be escaped is itself after the way there and back")
    func roundTrip() throws {
        var random = Shuffle(seed: 7247)
        let alphabet = Array(" \"&'/:<>@\\205cabc.-_é☃ü日!#$%()*+,;=?[]^`{|}~")
        var mapped = 0
        for _ in 0..<5000 {
            let name = String((0..<(1 + random.next(12))).map { _ in alphabet[random.next(alphabet.count)] })
            let address = Address(user: name, domain: "example.com")
            guard let jid = try? JID(address) else { continue }
            mapped += 1
            #expect(try Address(jid) == address)
            #expect(try JID(parsing: jid.description) == jid)
        }
        #expect(mapped > 1000)
    }

    @Test("A localpart that can be mapped is itself after the way there and back")
    func roundTripOfJIDs() throws {
        var random = Shuffle(seed: 106)
        let pieces = [
            "\\20", "\\22", "\\26", "\\27", "\\2f", "\\3a", "\\3c", "\\3e", "\\40", "\\5c", "\\", "5", "c", "20", "a",
            "ü",
        ]
        for _ in 0..<5000 {
            let local = (0..<(1 + random.next(6))).map { _ in pieces[random.next(pieces.count)] }.joined()
            guard let jid = try? JID(local: local, domain: "example.com"), let address = try? Address(jid) else {
                continue
            }
            #expect(try JID(address) == jid)
        }
    }
}

/// Numbers that look random and are the same in every run.
struct Shuffle {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next(_ bound: Int) -> Int {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((self.state >> 33) % UInt64(bound))
    }
}
