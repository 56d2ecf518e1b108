import Interworking
import Messaging
import SIPCore
import Testing
import XMPPCore

/// RFC 7247 §6 as a whole: the way there and back, through the texts that really cross, is the identity on what can be mapped, and
/// everything else has a name.
@Suite("RFC 7247 §6: there and back is the identity, or a named error", .tags(.interworking))
struct AddressPropertyTests {
    private static let count = 4_000

    /// One of several, at random.
    private static func any<Element>(_ list: [Element], _ random: inout Shuffle) -> Element {
        list[random.next(list.count)]
    }

    private static func joined(_ pieces: [String], upTo count: Int, _ random: inout Shuffle) -> String {
        (0..<(1 + random.next(count))).map { _ in self.any(pieces, &random) }.joined()
    }

    private static let localparts = [
        "a", "B", "7", ".", "-", "_", "+", "#", "%", "%41", "\\", "\\20", "\\22", "\\26", "\\27", "\\2f", "\\3a",
        "\\3c", "\\3e", "\\40", "\\5c", "\\5C", "5c", "20", "ü", "ß", "日", "☃", "😀", "=", ";", "?", ",", "(", "[", "{",
        "|",
    ]
    private static let resources = ["", "balcony", "Bücher & Tee", "a;b=\"c\"", "%41", "urn:uuid:1", "☃ x"]
    private static let domains = ["example.com", "bücher.example", "xn--bcher-kva.example", "a.b.example"]

    @Test("A JID, its SIP URI, and the JID again")
    func jids() throws {
        var random = Shuffle(seed: 7247_1)
        var (mapped, errors) = (0, Set<AddressError>())
        for _ in 0..<Self.count {
            let resource = Self.any(Self.resources, &random)
            guard
                let jid = try? JID(
                    local: Self.joined(Self.localparts, upTo: 6, &random),
                    domain: Self.any(Self.domains, &random),
                    resource: resource.isEmpty ? nil : resource
                )
            else { continue }
            let address: Address
            do throws(AddressError) { address = try Address(jid) } catch {
                errors.insert(error)
                continue
            }
            mapped += 1
            let uri = SIPURI(address).description
            #expect(uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a URI is ASCII: \(uri)")
            #expect(try JID(Address(SIPURI(parsing: uri))) == jid, "\(jid) by \(uri)")
        }
        #expect(mapped > Self.count / 4)
        #expect(errors == [.spaceAtEdge, .needlessEscape])
    }

    private static let users = [
        "a", "b", "7", ".", "-", "_", "+", "%41", "%20", "%22", "%26", "%2F", "%3A", "%40", "%5C", "%5C20", "%C3%BC",
        "%E2%98%83",
        "%FF", "%00", "%07", "%C3", "'", "!", "=", "&", ";", "?", "/", "~", "*", "(",
    ]
    private static let hosts = [
        "example.com", "Example.COM", "a-b.example", "192.0.2.1", "[2001:db8::1]", "under_score.example",
    ]
    private static let tails = [
        "", ";gr=balcony", ";gr", ";gr=%C3%BC", ";gr=%FF", ";gr=%07", ";transport=tls", ":5061",
    ]

    @Test("A SIP URI, its JID, and a SIP URI that names the same")
    func uris() throws {
        var random = Shuffle(seed: 7247_2)
        var (mapped, errors) = (0, Set<AddressError>())
        for _ in 0..<Self.count {
            let text =
                "sip:" + Self.joined(Self.users, upTo: 5, &random) + "@" + Self.any(Self.hosts, &random)
                + Self.any(Self.tails, &random)
            // What is no URI at all is refused by the parser, with an error of its own.
            guard let uri = try? SIPURI(parsing: text) else { continue }
            let jid: JID
            do throws(AddressError) { jid = try JID(Address(uri)) } catch {
                errors.insert(error)
                continue
            }
            mapped += 1
            let again = try JID(parsing: jid.description)
            #expect(again == jid, "a JID is its text: \(jid)")
            #expect(
                try Address(SIPURI(parsing: SIPURI(Address(again)).description)) == Address(uri),
                "\(text) by \(jid)"
            )
        }
        #expect(mapped > Self.count / 10)
        #expect(
            errors == [.malformedEscape, .spaceAtEdge, .forbiddenInUserName, .forbiddenInInstance]
        )
    }

    @Test(
        "Telephone numbers are mapped where a SIP URI says whose they are, and refused where nothing does",
        arguments: [("sip:+49301234@example.com;user=phone", true), ("tel:+49301234", false)]
    )
    func telephones(_ text: String, isMapped: Bool) {
        let uri = (try? SIPURI(parsing: text)).map { NameAddress.URI.sip($0) } ?? .other(text)
        let address = Result { try Address(uri) }
        #expect((try? address.get()) == (isMapped ? Address(user: "+49301234", domain: "example.com") : nil))
        guard !isMapped else { return }
        #expect(throws: AddressError.unsupportedScheme) { try address.get() }
    }
}
