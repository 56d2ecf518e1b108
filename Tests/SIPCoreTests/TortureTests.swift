import SIPCore
import Testing

@Suite("RFC 4475 and RFC 5118: torture", .tags(.sip, .vectors))
struct TortureTests {
    /// What the parser makes of a message that comes as a datagram.
    enum Verdict: Equatable, Sendable {
        case request(String)
        case response(Int)
        /// Refused, with the status a request is answered with.
        case refused(Int)
    }

    static let messages: [(file: String, Verdict)] = [
        // RFC 4475 §3.1.1: valid messages
        ("sip4475-intmeth/intmeth.dat", .request("!interesting-Method0123456789_*+`.%indeed'~")),
        ("sip4475-esc01/esc01.dat", .request("INVITE")),
        ("sip4475-escnull/escnull.dat", .request("REGISTER")),
        ("sip4475-esc02/esc02.dat", .request("RE%47IST%45R")),
        ("sip4475-lwsdisp/lwsdisp.dat", .request("OPTIONS")),
        ("sip4475-dblreq/dblreq.dat", .request("REGISTER")),
        ("sip4475-semiuri/semiuri.dat", .request("OPTIONS")),
        ("sip4475-transports/transports.dat", .request("OPTIONS")),
        ("sip4475-mpart01/mpart01.dat", .request("MESSAGE")),
        ("sip4475-unreason/unreason.dat", .response(200)),
        ("sip4475-noreason/noreason.dat", .response(100)),
        // A choice of ours: no branch, or one without the magic cookie, in the topmost Via (docs/conformance/sip.md).
        ("sip4475-longreq/longreq.dat", .refused(400)),
        ("sip4475-wsinv/wsinv.dat", .refused(400)),
        // §3.1.2: invalid messages
        ("sip4475-badinv01/badinv01.dat", .refused(400)),
        ("sip4475-clerr/clerr.dat", .refused(400)),
        ("sip4475-ncl/ncl.dat", .refused(400)),
        ("sip4475-ncl/ncl-five.dat", .refused(400)),
        ("sip4475-scalar02/scalar02.dat", .refused(400)),
        ("sip4475-scalarlg/scalarlg.dat", .refused(400)),
        ("sip4475-quotbal/quotbal.dat", .refused(400)),
        ("sip4475-ltgtruri/ltgtruri.dat", .refused(400)),
        ("sip4475-lwsruri/lwsruri.dat", .refused(400)),
        ("sip4475-lwsstart/lwsstart.dat", .refused(400)),
        ("sip4475-trws/trws.dat", .refused(400)),
        ("sip4475-escruri/escruri.dat", .refused(400)),
        // §3.1.2.12: a Date that cannot be read may be passed over.
        ("sip4475-baddate/baddate.dat", .request("INVITE")),
        ("sip4475-regbadct/regbadct.dat", .request("REGISTER")),
        ("sip4475-badaspec/badaspec.dat", .refused(400)),
        ("sip4475-baddn/baddn.dat", .refused(400)),
        ("sip4475-badvers/badvers.dat", .refused(505)),
        ("sip4475-mismatch01/mismatch01.dat", .refused(400)),
        ("sip4475-mismatch02/mismatch02.dat", .refused(400)),
        ("sip4475-bigcode/bigcode.dat", .refused(400)),
        // §3.2: transactions
        ("sip4475-badbranch/badbranch.dat", .refused(400)),
        // §3.3: what the user of the parser decides
        ("sip4475-insuf/insuf.dat", .refused(400)),
        ("sip4475-unkscm/unkscm.dat", .request("OPTIONS")),
        ("sip4475-novelsc/novelsc.dat", .request("OPTIONS")),
        ("sip4475-unksm2/unksm2.dat", .request("REGISTER")),
        ("sip4475-bext01/bext01.dat", .request("OPTIONS")),
        ("sip4475-invut/invut.dat", .request("INVITE")),
        ("sip4475-regaut01/regaut01.dat", .request("REGISTER")),
        ("sip4475-multi01/multi01.dat", .refused(400)),
        ("sip4475-mcl01/mcl01.dat", .refused(400)),
        ("sip4475-bcast/bcast.dat", .response(200)),
        ("sip4475-zeromf/zeromf.dat", .request("OPTIONS")),
        ("sip4475-cparam01/cparam01.dat", .request("REGISTER")),
        ("sip4475-cparam02/cparam02.dat", .request("REGISTER")),
        ("sip4475-regescrt/regescrt.dat", .request("REGISTER")),
        ("sip4475-sdp01/sdp01.dat", .request("INVITE")),
        // §3.4: a request of RFC 2543, without branch: the same choice of ours.
        ("sip4475-inv2543/inv2543.dat", .refused(400)),
        // RFC 5118
        ("sip5118-ipv6-good/ipv6-good.crlf.sip", .request("REGISTER")),
        ("sip5118-ipv6-bad/ipv6-bad.crlf.sip", .refused(400)),
        ("sip5118-port-ambiguous/port-ambiguous.crlf.sip", .request("REGISTER")),
        ("sip5118-port-unambiguous/port-unambiguous.crlf.sip", .request("REGISTER")),
        ("sip5118-via-received-param-no-delim/via-received-param-no-delim.crlf.sip", .request("OPTIONS")),
        // Its body is shorter than its Content-Length, which RFC 3261 §18.3 has refused in a datagram.
        ("sip5118-ipv6-in-sdp/ipv6-in-sdp.crlf.sip", .refused(400)),
        ("sip5118-mult-ip-in-header/mult-ip-in-header.crlf.sip", .request("BYE")),
        ("sip5118-mult-ip-in-sdp/mult-ip-in-sdp.crlf.sip", .request("INVITE")),
        ("sip5118-ipv4-mapped-ipv6/ipv4-mapped-ipv6.crlf.sip", .request("INVITE")),
        ("sip5118-ipv6-bug-abnf-3-colons/ipv6-bug-abnf-3-colons.crlf.sip", .request("OPTIONS")),
        ("sip5118-via-received-param-with-delim/via-received-param-with-delim.crlf.sip", .request("BYE")),
        ("sip5118-ipv6-correct-abnf-2-colons/ipv6-correct-abnf-2-colons.crlf.sip", .request("OPTIONS")),
    ]

    @Test(arguments: messages)
    func datagram(_ file: String, _ expected: Verdict) throws {
        let bytes = try VectorFile.bytes(file)
        let verdict: Verdict
        do throws(SyntaxError) {
            switch try StreamFramer.parse(datagram: bytes) {
            case .request(let request): verdict = .request(request.method.name)
            case .response(let response): verdict = .response(response.status.code)
            }
        } catch {
            verdict = .refused(error.status.code)
        }
        #expect(verdict == expected)
    }

    @Test("On a stream the octets behind a message are the next message (RFC 4475 §3.1.1.8)")
    func doubleRequest() throws {
        let methods = Sample.items(try VectorFile.bytes("sip4475-dblreq/dblreq.dat")).compactMap { item -> Method? in
            guard case .message(.request(let request)) = item else { return nil }
            return request.method
        }
        #expect(methods == [.register, .invite])
    }

    @Test("A Contact with headers but without brackets is none (RFC 4475 §3.1.2.13)")
    func contactWithoutBrackets() throws {
        guard
            case .request(let request) = try StreamFramer.parse(
                datagram: VectorFile.bytes("sip4475-regbadct/regbadct.dat")
            )
        else { return #expect(Bool(false)) }
        #expect(request.headers.contact == nil)
    }

    @Test("With its length put right, IPv6 addresses in SDP are read (RFC 5118 §4.6)")
    func ipv6InDescription() throws {
        let bytes = try VectorFile.bytes("sip5118-ipv6-in-sdp/ipv6-in-sdp.crlf.sip")
        let text = String(decoding: bytes, as: UTF8.self).replacing("Content-Length: 268", with: "Content-Length: 251")
        guard case .request(let request) = try StreamFramer.parse(datagram: Array(text.utf8)) else {
            return #expect(Bool(false))
        }
        #expect(SessionDescription(parsing: request.body)?.media.map(\.kind) == ["audio", "video"])
    }

    @Test("An escaped method is not the method it looks like (RFC 4475 §3.1.1.5)")
    func escapedMethod() throws {
        guard case .request(let request) = try StreamFramer.parse(datagram: VectorFile.bytes("sip4475-esc02/esc02.dat"))
        else { return #expect(Bool(false)) }
        #expect(request.method != .register)
        #expect(request.headers.all(.contact).count == 2)
    }

    static let streams: [(file: String, messages: Int, isFramed: Bool)] = [
        ("sip-frame-cl-2g/stream.bin", 0, false),
        ("sip-frame-cl-comma/stream.bin", 0, false),
        ("sip-frame-cl-compact-conflict/stream.bin", 0, false),
        ("sip-frame-cl-leading-zeros/stream.bin", 1, true),
        ("sip-frame-cl-two-different/stream.bin", 0, false),
        ("sip-frame-cl-two-equal/stream.bin", 0, false),
        ("sip-frame-name-nul/stream.bin", 0, true),
        ("sip-line-bare-cr-in-header/stream.bin", 0, true),
        ("sip-line-binary-garbage/stream.bin", 0, true),
        ("sip-line-folded-everything/stream.bin", 1, true),
        ("sip-line-leading-crlf/stream.bin", 1, true),
        ("sip-line-maxforwards-negative/stream.bin", 0, true),
        ("sip-line-pipelined-50/stream.bin", 50, true),
        ("sip-line-response-unsolicited/stream.bin", 1, true),
    ]

    @Test("Streams: what surfaces, and whether the frame is kept", arguments: streams)
    func stream(_ file: String, _ messages: Int, _ isFramed: Bool) throws {
        let items = Sample.items(try VectorFile.bytes(file))
        let found = items.filter { if case .message = $0 { true } else { false } }
        #expect(found.count == messages)
        let lost = items.contains { if case .malformed(let error) = $0 { !error.isFramed } else { false } }
        #expect(lost == !isFramed)
    }

    static let foreign = VectorFile.corpusCases("1-sip-torture")

    /// Where we judge otherwise than the suites they come from.
    static let judgements: [String: String] = [:]

    @Test(
        "Other suites' messages",
        .enabled(if: VectorFile.corpus != nil, "ISTHMUS_CORPUS is not set"),
        arguments: foreign
    )
    func otherSuites(_ one: CorpusCase) throws {
        guard one.expected.kind == "message" || one.expected.kind == nil else { return }
        let bytes = try VectorFile.corpusBytes("\(one.area)/\(one.input[0].file)")
        let isTaken = (try? StreamFramer.parse(datagram: bytes)) != nil
        if one.expected.parse == "reject", Self.judgements[one.id] == nil { #expect(!isTaken, "\(one.id)") }
    }

    @Test("Hostile messages end in a verdict", .enabled(if: VectorFile.corpus != nil, "ISTHMUS_CORPUS is not set"))
    func hostile() throws {
        for one in VectorFile.corpusCases("5-hostile") where one.id.hasPrefix("es20") {
            for input in one.input where input.file.hasSuffix(".sip") {
                let bytes = try VectorFile.corpusBytes("\(one.area)/\(input.file)")
                #expect(!Sample.items(bytes + bytes).isEmpty, "\(one.id)")
            }
        }
    }
}
