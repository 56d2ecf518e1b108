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
        ("sip4475-dblreq/dblreq.dat", .request("REGISTER")),
        ("sip4475-transports/transports.dat", .request("OPTIONS")),
        ("sip4475-unreason/unreason.dat", .response(200)),
        ("sip4475-noreason/noreason.dat", .response(100)),
        // A choice of ours: no branch, or one without the magic cookie, in the topmost Via (docs/conformance/sip.md).
        ("sip4475-longreq/longreq.dat", .refused(400)),
        ("sip4475-wsinv/wsinv.dat", .refused(400)),
        // §3.1.2: invalid messages
        ("sip4475-clerr/clerr.dat", .refused(400)),
        ("sip4475-ncl/ncl.dat", .refused(400)),
        ("sip4475-ncl/ncl-five.dat", .refused(400)),
        ("sip4475-ltgtruri/ltgtruri.dat", .refused(400)),
        ("sip4475-lwsruri/lwsruri.dat", .refused(400)),
        ("sip4475-lwsstart/lwsstart.dat", .refused(400)),
        ("sip4475-trws/trws.dat", .refused(400)),
        ("sip4475-escruri/escruri.dat", .refused(400)),
        ("sip4475-baddn/baddn.dat", .refused(400)),
        ("sip4475-badvers/badvers.dat", .refused(505)),
        ("sip4475-mismatch01/mismatch01.dat", .refused(400)),
        ("sip4475-mismatch02/mismatch02.dat", .refused(400)),
        ("sip4475-bigcode/bigcode.dat", .refused(400)),
        // §3.3: what the user of the parser decides
        ("sip4475-unkscm/unkscm.dat", .request("OPTIONS")),
        ("sip4475-unksm2/unksm2.dat", .request("REGISTER")),
        ("sip4475-regaut01/regaut01.dat", .request("REGISTER")),
        ("sip4475-multi01/multi01.dat", .refused(400)),
        ("sip4475-bcast/bcast.dat", .response(200)),
        ("sip4475-cparam02/cparam02.dat", .request("REGISTER")),
        // RFC 5118
        ("sip5118-ipv6-good/ipv6-good.crlf.sip", .request("REGISTER")),
        ("sip5118-ipv6-bad/ipv6-bad.crlf.sip", .refused(400)),
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
