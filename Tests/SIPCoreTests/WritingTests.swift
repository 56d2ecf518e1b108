import SIPCore
import Testing

@Suite("RFC 3261 §7: writing", .tags(.sip))
struct WritingTests {
    @Test("What is written is read back as it was")
    func roundTrip() throws {
        let request = try #require(Sample().request)
        guard case .message(.request(let again))? = Sample.items(MessageWriter.bytes(of: request)).first else {
            return #expect(Bool(false), "not a request")
        }
        var expected = request
        expected.headers.fields.removeAll { $0.name == .contentLength }
        var found = again
        found.headers.fields.removeAll { $0.name == .contentLength }
        #expect(found == expected)
    }

    @Test("No value can begin a header field of its own", arguments: ["a\r\nX: y", "a\nX: y", "a\rX: y", "a\u{0}b"])
    func injection(_ value: String) throws {
        var request = try #require(Sample().request)
        request.headers.append(.subject, value)
        guard case .message(.request(let again))? = Sample.items(MessageWriter.bytes(of: request)).first else {
            return #expect(Bool(false), "not a request")
        }
        #expect(again.headers[HeaderName("X")] == nil)
        #expect(again.headers.fields.count == request.headers.fields.count)
    }

    @Test("A body that looks like a message stays a body")
    func bodyIsData() throws {
        var request = try #require(Sample().request)
        request.body = Sample().bytes
        #expect(Sample.items(MessageWriter.bytes(of: request)).count == 1)
    }

    @Test("A response repeats Via, From, To, Call-ID and CSeq, and adds a tag to To")
    func response() throws {
        let request = try #require(Sample().adding("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa").request)
        let response = request.response(Status(200), tag: "xyz")
        #expect(response.headers.all(.via) == request.headers.all(.via))
        #expect(response.headers[.from] == request.headers[.from])
        #expect(response.headers.to?.tag == "xyz")
        #expect(response.headers.callID == request.headers.callID)
        #expect(response.headers.cSeq == request.headers.cSeq)
        let again = try #require(Sample().with("To", "<sip:juliet@example.com>;tag=1").request)
        #expect(again.response(Status(200), tag: "xyz").headers.to?.tag == "1")
    }

    @Test("The buffer is used again and again")
    func reuse() throws {
        var writer = MessageWriter()
        let request = try #require(Sample().request)
        writer.write(request)
        let once = writer.bytes
        writer.removeAll()
        writer.write(request)
        #expect(writer.bytes == once)
    }
}
