import SIPCore
import Testing

@Suite("RFC 3261 §§7, 8.1.1, 20: what a message must look like", .tags(.sip))
struct StrictnessTests {
    @Test("A plain MESSAGE is read")
    func plain() throws {
        let request = try #require(Sample().request)
        #expect(request.method == .message)
        #expect(request.requestURI?.user == "juliet")
        #expect(request.headers.from?.tag == "49583")
        #expect(request.headers.from?.displayName == "Romeo")
        #expect(request.headers.cSeq == CSeq(1, .message))
        #expect(request.headers.topVia?.branch == "z9hG4bK776")
        #expect(request.headers.maxForwards == 70)
        #expect(request.headers.contentType?.essence == "text/plain")
        #expect(request.body == Array("Hello".utf8))
    }

    static let missing: [String] = ["Via", "From", "To", "Call-ID", "CSeq"]

    @Test("A mandatory header field may not be missing", arguments: missing)
    func mandatory(_ name: String) {
        #expect(Sample().without(name).objection?.reason == .headerMissing)
        #expect(Sample().without(name).objection?.field == HeaderName(name))
    }

    static let duplicates: [(String, String)] = [
        ("From", "<sip:mallory@example.net>;tag=1"), ("f", "<sip:mallory@example.net>;tag=1"),
        ("To", "<sip:mallory@example.com>"), ("t", "<sip:mallory@example.com>"),
        ("Call-ID", "other"), ("i", "other"), ("CSeq", "2 MESSAGE"), ("Max-Forwards", "69"),
        ("Content-Type", "text/html"), ("c", "text/html"), ("FROM ", "<sip:mallory@example.net>;tag=1"),
    ]

    @Test("What may stand once may not stand twice, in full or compact form", arguments: duplicates)
    func duplicate(_ name: String, _ value: String) {
        let objection = Sample().adding(name, value).objection
        #expect(objection?.reason == .headerDuplicated)
        #expect(objection?.status.code == 400)
    }

    static let values: [(String, String)] = [
        ("From", "<sip:romeo@example.net"), ("From", "sip:"), ("From", "<sip:romeo@example.net>;tag="),
        ("From", "<sip:romeo@example.net>;tag"), ("From", "<sip:romeo@example.net>;tag=1;tag=2"),
        ("To", "\"Juliet <sip:juliet@example.com>"), ("To", "<sip:juliet@example.com>, <sip:nurse@example.com>"),
        ("Call-ID", ""), ("CSeq", "MESSAGE"), ("CSeq", "-1 MESSAGE"), ("CSeq", "+1 MESSAGE"), ("CSeq", "1MESSAGE"),
        ("CSeq", "4294967296 MESSAGE"), ("CSeq", "2147483648 MESSAGE"), ("CSeq", "0x1 MESSAGE"),
        ("CSeq", "99999999999999999999999999999999999999 MESSAGE"),
        ("Max-Forwards", "-1"), ("Max-Forwards", "+70"), ("Max-Forwards", "seventy"), ("Max-Forwards", "70 70"),
        ("Expires", "never"), ("Expires", "1.5"), ("Content-Type", "text"), ("Content-Type", "text/"),
        ("Via", "SIP/2.0/TCP"), ("Via", "SIP/2.0/TCP ;branch=z9hG4bK1"), ("Via", "SIP/3.0/TCP host;branch=z9hG4bK1"),
        ("Via", "SIP/2.0/TCP host:port;branch=z9hG4bK1"), ("Via", "SIP/2.0/TCP -host-;branch=z9hG4bK1"),
        ("Via", "SIP/2.0/SCTP host;branch=z9hG4bK1"), ("Via", "SIP/2.0/XYZ host;branch=z9hG4bK1"),
        ("Via", "SIP/2.0/TCP host:99999;branch=z9hG4bK1"), ("Via", "SIP/2.0/TCP host;branch=z9hG4bK1,"),
    ]

    @Test("A header field that we read must be well-formed", arguments: values)
    func value(_ name: String, _ value: String) {
        let objection = Sample().with(name, value).objection
        #expect(objection?.reason == .headerValue)
        #expect(objection?.field == HeaderName(name))
        #expect(objection?.isFramed == true, "the next message of the connection can still be found")
    }

    @Test("CSeq names the method of the request")
    func methodEquality() {
        #expect(Sample().with("CSeq", "1 OPTIONS").objection?.reason == .methodMismatch)
        #expect(Sample().with("CSeq", "1 message").objection?.reason == .methodMismatch)
    }

    static let branches = ["branch=776", "branch=z9hg4bk776", "branch=z9hG4bK", "received=192.0.2.1"]

    @Test("The branch of the topmost Via begins with the magic cookie, and goes on", arguments: branches)
    func magicCookie(_ parameter: String) {
        #expect(Sample().with("Via", "SIP/2.0/TCP sip.example.net;\(parameter)").objection?.reason == .branch)
    }

    static let startLines: [(String, SyntaxError.Reason)] = [
        ("MESSAGE  sip:juliet@example.com SIP/2.0", .startLine),
        ("MESSAGE sip:juliet@example.com  SIP/2.0", .startLine),
        (" MESSAGE sip:juliet@example.com SIP/2.0", .startLine),
        ("MESSAGE sip:juliet@example.com SIP/2.0 ", .startLine),
        ("MESSAGE sip:juliet@example.com", .startLine), ("MESS(AGE sip:juliet@example.com SIP/2.0", .startLine),
        ("MESSAGE sip:juliet@example.com HTTP/1.1", .startLine), ("MESSAGE sip:juliet@example.com SIP/3.0", .version),
        ("MESSAGE sip:juliet@example.com SIP/2.01", .version),
        ("MESSAGE <sip:juliet@example.com> SIP/2.0", .requestURI),
        ("MESSAGE sip:juliet@example.com?Route=%3Csip:mallory.example%3E SIP/2.0", .requestURI),
        ("MESSAGE sip:@example.com SIP/2.0", .requestURI), ("MESSAGE sip:juliet@[::1 SIP/2.0", .requestURI),
        ("MESSAGE sip:%0@example.com SIP/2.0", .requestURI), ("MESSAGE juliet SIP/2.0", .requestURI),
        ("SIP/2.0 2000 OK", .startLine), ("SIP/2.0 099 OK", .startLine), ("SIP/2.0 700 OK", .startLine),
        ("SIP/2.0 +20 OK", .startLine), ("SIP/7.0 200 OK", .version),
    ]

    @Test("The first line has one form", arguments: startLines)
    func startLine(_ line: String, _ reason: SyntaxError.Reason) {
        #expect(Sample().startLine(line).objection?.reason == reason)
    }

    @Test("An unknown URI scheme is no mistake of form: the request is answered 416 by whoever serves it")
    func otherScheme() throws {
        let request = try #require(Sample().startLine("MESSAGE tel:+441234567 SIP/2.0").request)
        #expect(request.target == .other("tel:+441234567"))
        #expect(request.requestURI == nil)
    }

    @Test("White space before the colon is no part of a name (CVE-2020-28361)", arguments: ["X-Bypass ", "X-Bypass\t"])
    func spaceBeforeColon(_ name: String) throws {
        let request = try #require(Sample().adding(name, "me").request)
        #expect(request.headers[HeaderName("x-bypass")] == "me")
    }

    @Test("No other byte may stand before the colon", arguments: ["X\u{0}", "X\u{B}", "X\u{7F}", "X (", "X Y", ""])
    func garbageBeforeColon(_ name: String) {
        let reason = Sample().adding(name, "me").objection?.reason
        #expect(reason == .headerLine || reason == .characters)
    }

    @Test("A control character is nobody's text", arguments: ["a\rb", "a\r", "a\u{0}b", "a\u{8}b", "a\u{7F}b"])
    func controlCharacters(_ value: String) {
        #expect(Sample().adding("Subject", value).objection?.reason == .characters)
    }

    @Test("Bytes that are not UTF-8 are refused")
    func encoding() {
        var bytes = Sample().adding("Subject", "balcony").bytes
        let place = bytes.firstRange(of: Array("balcony".utf8)).map(\.lowerBound) ?? 0
        bytes[place] = 0xFF
        guard case .malformed(let error)? = Sample.items(bytes).first else { return #expect(Bool(false), "taken") }
        #expect(error.reason == .characters)
    }

    @Test("Folded lines are one line")
    func folding() throws {
        let request = try #require(Sample().with("Subject", "far\r\n \tand\r\n  near").request)
        #expect(request.headers[.subject] == "far and near")
    }

    @Test("Header names are compared without regard to case, and compact forms are the names they stand for")
    func names() throws {
        let sample = Sample().without("From").adding("F", "<sip:romeo@example.net>;tag=1").without("Via")
            .adding("v", "SIP/2.0/TCP a.example.net;branch=z9hG4bK1, SIP/2.0/UDP b.example.net")
        let request = try #require(sample.request)
        #expect(request.headers.from?.tag == "1")
        #expect(request.headers.topVia?.host == "a.example.net")
        #expect(request.headers[HeaderName("fROM")] == "<sip:romeo@example.net>;tag=1")
    }

    @Test("The header section, a line, the fields and the Vias are bounded")
    func limits() {
        var many = Sample()
        for number in 0...128 { many = many.adding("X-\(number)", "y") }
        #expect(many.objection?.reason == .tooManyHeaders)
        #expect(many.objection?.status.code == 513)

        var vias = Sample()
        for _ in 0..<8 {
            vias = vias.adding("Via", Array(repeating: "SIP/2.0/TCP a", count: 10).joined(separator: ","))
        }
        #expect(vias.objection?.reason == .tooManyHeaders)

        #expect(Sample().adding("Subject", String(repeating: "x", count: 8_200)).objection?.reason == .headerTooLong)
        var long = Sample()
        for _ in 0..<4 { long = long.adding("X", String(repeating: "x", count: 5_000)) }
        #expect(long.objection?.reason == .headerTooLong)
        #expect(long.objection?.isFramed == false)
    }

    @Test("A thousand Accept fields cost no more than their refusal (CVE-2018-7284)")
    func manyAccepts() {
        var sample = Sample()
        for _ in 0..<1000 { sample = sample.adding("Accept", "text/plain") }
        #expect(sample.objection != nil)
    }

    static let advisories: [(advisory: String, sample: Sample)] = [
        (
            "CVE-2018-14767: a doubled To, the first with an empty tag",
            Sample().with("To", "<sip:a@b>;tag=").adding("To", "<sip:a@b>")
        ),
        ("CVE-2018-14767: a To whose tag has no value", Sample().with("To", "<sip:juliet@example.com>;tag")),
        (
            "CVE-2020-27507: a long tag in a doubled From",
            Sample().adding("From", "<sip:x@example.net>;tag=" + String(repeating: "t", count: 4_000))
        ),
        (
            "CVE-2018-8828: a branch that is its cookie and no more",
            Sample().with("Via", "SIP/2.0/TCP a;branch=z9hG4bK")
        ),
        ("CVE-2018-8828: a From whose tag ends with the line", Sample().with("From", "<sip:romeo@example.net>;tag=")),
        (
            "CVE-2017-9372: a CSeq of a thousand digits",
            Sample().with("CSeq", String(repeating: "9", count: 1_000) + " MESSAGE")
        ),
        (
            "GHSA-wxfg-3gwh-rhvx: a Via that ends in its parameters",
            Sample().with("Via", "SIP/2.0/TCP a;branch=z9hG4bK1;")
        ),
        ("GHSA-wxfg-3gwh-rhvx: a Via without a host", Sample().with("Via", "SIP/2.0/TCP :5060;branch=z9hG4bK1")),
        (
            "GHSA-358f-935m-7p9c: a URI that ends in its port",
            Sample().startLine("MESSAGE sip:juliet@example.com: SIP/2.0")
        ),
        ("drachtio: an empty user", Sample().startLine("MESSAGE sip:@example.com SIP/2.0")),
        ("drachtio: a start line without its URI", Sample().startLine("MESSAGE  SIP/2.0")),
    ]

    @Test(
        "What has brought down other servers is refused with 400, and the next request is read",
        arguments: advisories
    )
    func advisory(_ advisory: String, _ sample: Sample) {
        let items = Sample.items(sample.bytes + Sample().bytes)
        #expect(items.count == 2)
        guard case .malformed(let error)? = items.first, case .message? = items.last else {
            return #expect(Bool(false), "\(advisory): \(items)")
        }
        #expect(error.status.code == 400 && error.isFramed)
    }

    static let harmless: [(what: String, sample: Sample)] = [
        (
            "CVE-2018-8828: a branch of 4000 bytes",
            Sample().with("Via", "SIP/2.0/TCP a;branch=z9hG4bK" + String(repeating: "b", count: 4_000))
        ),
        (
            "CVE-2020-27507: a tag of 4000 bytes",
            Sample().with("From", "<sip:a@b>;tag=" + String(repeating: "t", count: 4_000))
        ),
        (
            "CVE-2022-45909: a URI of 5000 bytes",
            Sample().startLine("MESSAGE sip:\(String(repeating: "u", count: 5_000))@a.b SIP/2.0")
        ),
        ("drachtio: a Contact that is no address", Sample().adding("Contact", "None")),
        ("drachtio: a Contact of all, where nobody registers", Sample().adding("Contact", "*")),
        ("drachtio: a comma in a user", Sample().startLine("MESSAGE sip:a,b@example.com SIP/2.0")),
        ("Kamailio: an ETag of 5000 bytes", Sample().adding("SIP-If-Match", String(repeating: "e", count: 5_000))),
    ]

    @Test("What is long or odd, and no mistake, is read as it is", arguments: harmless)
    func isRead(_ what: String, _ sample: Sample) throws {
        let request = try #require(sample.request, "\(what)")
        #expect(request.headers.callID == "a84b4c76e66710@example.net")
    }

    static let swept = [
        "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Type", "Expires", "Event", "Route",
        "Record-Route", "Subscription-State", "Accept", "Require", "Supported", "Subject", "Date", "Session-Expires",
        "Min-SE",
    ]

    @Test("Each field in every length and shape ends in a verdict, and takes nothing with it", arguments: swept)
    func sweep(_ name: String) {
        let fillings = [
            "a", "1", ",", ";", "<", ">", "\"", "\\", ":", "%", "@", "=", "/", " ", "\t", "(", "é", "a;", "<a>,",
        ]
        for filling in fillings {
            for count in [0, 1, 2, 255, 256, 257, 1_023, 1_024, 1_025, 4_096] {
                let value = String(repeating: filling, count: count)
                let items = Sample.items(Sample().with(name, value).bytes + Sample().bytes)
                guard case .malformed(let error)? = items.first, !error.isFramed else {
                    #expect(items.count == 2, "\(name): \(count) × \(filling)")
                    continue
                }
                #expect(items.count == 1, "\(name): \(count) × \(filling)")
            }
        }
    }
}
