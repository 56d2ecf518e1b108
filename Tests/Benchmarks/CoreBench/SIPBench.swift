import SIPCore

/// MESSAGE requests of 100 bytes as a connection brings them: bytes to typed requests, to what an edge looks at in each, and back to bytes.
enum SIPBench {
    private static let count = 20_000
    /// What a read of a busy connection brings.
    private static let piece = 65_536

    enum Failure: Error { case miscounted(Int), notRead }

    static func measure(runs: Int, _ report: inout Report) throws {
        let body = String(repeating: "x", count: 100)
        let text = (0..<Self.count).map { number in
            """
            MESSAGE sip:v\(number % 100)@sip.test SIP/2.0\r
            Via: SIP/2.0/TCP 127.0.0.61:5070;branch=z9hG4bKxl\(number);rport\r
            Max-Forwards: 70\r
            From: <sip:u\(number % 100)@sip.test>;tag=x\(number)\r
            To: <sip:v\(number % 100)@xmpp.test>\r
            Call-ID: xl\(number)@127.0.0.61\r
            CSeq: 1 MESSAGE\r
            Content-Type: text/plain;charset=UTF-8\r
            Content-Length: 100\r
            \r
            \(body)
            """
        }
        let bytes = Array(text.joined().utf8)
        var parsed: [Double] = []
        var typed: [Double] = []
        var written: [Double] = []
        for _ in 0..<runs {
            parsed.append(try Self.rate(bytes) { _ in })
            typed.append(try Self.rate(bytes, Self.look))
            var writer = MessageWriter()
            written.append(
                try Self.rate(bytes) { request in
                    try Self.look(request)
                    writer.removeAll()
                    writer.write(request)
                }
            )
        }
        report.add("SIP MESSAGE of 100 B: framed and parsed", parsed, unit: "/s")
        report.add("SIP MESSAGE of 100 B: parsed, and the fields of RFC 3261 §8.1.1 typed", typed, unit: "/s")
        report.add("SIP MESSAGE of 100 B: parsed, typed and written again", written, unit: "/s")
    }

    /// What must be in every request, and says where it goes.
    private static func look(_ request: Request) throws {
        let headers = request.headers
        guard headers.topVia?.branch != nil, headers.from?.tag != nil, headers.to?.sipURI != nil, headers.cSeq != nil,
            headers.callID != nil, headers.maxForwards != nil, headers.contentType != nil, request.requestURI != nil
        else { throw Failure.notRead }
    }

    /// Requests a second of CPU time.
    private static func rate(_ bytes: [UInt8], _ look: (Request) throws -> Void) throws -> Double {
        var framer = StreamFramer()
        var items: [StreamFramer.Item] = []
        var count = 0
        let begin = cpuSeconds()
        for start in stride(from: 0, to: bytes.count, by: Self.piece) {
            items.removeAll(keepingCapacity: true)
            framer.feed(bytes[start..<min(start + Self.piece, bytes.count)], into: &items)
            for case .message(.request(let request)) in items {
                try look(request)
                count += 1
            }
        }
        guard count == Self.count else { throw Failure.miscounted(count) }
        return Double(count) / (cpuSeconds() - begin)
    }
}
