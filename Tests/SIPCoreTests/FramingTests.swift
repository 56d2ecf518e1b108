import SIPCore
import Testing

@Suite("RFC 3261 §18.3: messages on a stream", .tags(.sip))
struct FramingTests {
    static let lengths: [String] = [
        "-1", "+5", "0x5", "5 5", "5,5", "5, 5", "4294967296", "18446744073709551616", "99999999999999999999", "five",
        "", "5;",
        "5\u{0}",
    ]

    @Test("Content-Length is digits, and nothing else (CVE-2026-45103, CVE-2018-12584)", arguments: lengths)
    func contentLength(_ value: String) {
        let items = Sample.items(Sample().contentLength(value).bytes + Sample().bytes)
        guard items.count == 1, case .malformed(let error)? = items.first else {
            return #expect(Bool(false), "\(items.count) items: what follows must never surface")
        }
        #expect(!error.isFramed)
        #expect([400, 413].contains(error.status.code))
    }

    @Test("Leading zeros are digits")
    func leadingZeros() {
        #expect(Sample().contentLength("0005").request?.body == Array("Hello".utf8))
    }

    @Test(
        "Two lengths are refused, and what follows never surfaces",
        arguments: ["Content-Length", "l", "CONTENT-LENGTH", "L "]
    )
    func twoLengths(_ name: String) {
        for value in ["5", "0", "500"] {
            let items = Sample.items(Sample().adding(name, value).bytes + Sample().bytes)
            #expect(items.count == 1)
            #expect(Sample().adding(name, value).objection?.isFramed == false)
        }
    }

    @Test("On a stream Content-Length is mandatory; a datagram ends its body")
    func missingLength() throws {
        let sample = Sample().contentLength(nil)
        #expect(sample.objection?.reason == .contentLength)
        #expect(sample.objection?.request != nil, "it can be answered before the connection is closed")
        guard case .request(let request) = try StreamFramer.parse(datagram: sample.bytes) else {
            return #expect(Bool(false), "not a request")
        }
        #expect(request.body == Array("Hello".utf8))
    }

    @Test("A datagram shorter than its Content-Length is refused")
    func shortDatagram() {
        #expect(throws: SyntaxError.self) { try StreamFramer.parse(datagram: Sample().contentLength("6").bytes) }
    }

    @Test("A body over the limit is refused before it has come")
    func largeBody() {
        let objection = Sample().contentLength("65537").objection
        #expect(objection?.reason == .bodyTooLong)
        #expect(objection?.status.code == 413)
        #expect(objection?.request?.headers.callID == "a84b4c76e66710@example.net")
    }

    @Test("A body over the limit is passed over, and the next message is found", arguments: [1, 100, 70_000])
    func passedOver(_ size: Int) {
        var limits = MessageLimits()
        limits.bodyBytes = 1000
        let large = Sample().contentLength("1001").bytes.dropLast(5) + [UInt8](repeating: 0x0A, count: 1001)
        let bytes = large + Sample().bytes
        var framer = StreamFramer(limits: limits)
        var items: [StreamFramer.Item] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            framer.feed(bytes[start..<min(start + size, bytes.count)], into: &items)
        }
        #expect(items.count == 2)
        guard case .malformed(let error)? = items.first, case .message? = items.last else {
            return #expect(Bool(false), "\(items)")
        }
        #expect(error.reason == .bodyTooLong && error.isFramed)
        #expect(!framer.isInMessage)
    }

    @Test(
        "A body that is beyond all measure ends the connection, and while one is passed over the message is not complete"
    )
    func endlessBody() {
        #expect(Sample().contentLength("16777217").objection?.isFramed == false)
        var framer = StreamFramer()
        var items: [StreamFramer.Item] = []
        framer.feed(Sample().contentLength("16777216").bytes, into: &items)
        #expect(framer.isInMessage)
        guard case .malformed(let error)? = items.first else { return #expect(Bool(false), "\(items)") }
        #expect(error.isFramed && error.status.code == 413)
    }

    @Test("Messages may come in any pieces", arguments: [1, 2, 3, 7, 64, 1000])
    func pieces(_ size: Int) {
        let bytes = Sample().bytes + Sample().with("CSeq", "2 MESSAGE").bytes + Array("\r\n\r\n".utf8) + Sample().bytes
        var framer = StreamFramer()
        var items: [StreamFramer.Item] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            framer.feed(bytes[start..<min(start + size, bytes.count)], into: &items)
        }
        let numbers = items.compactMap { item -> UInt32? in
            guard case .message(.request(let request)) = item else { return nil }
            return request.headers.cSeq?.number
        }
        #expect(numbers == [1, 2, 1])
        #expect(items.contains(.ping))
        #expect(!framer.isInMessage)
    }

    @Test("Fifty requests of one read are fifty requests, in order")
    func pipelined() {
        let bytes = (1...50).flatMap { Sample().with("CSeq", "\($0) MESSAGE").bytes }
        let numbers = Sample.items(bytes).compactMap { item -> UInt32? in
            guard case .message(.request(let request)) = item else { return nil }
            return request.headers.cSeq?.number
        }
        #expect(numbers == Array(1...50))
    }

    @Test("A malformed message with a frame does not harm the next one")
    func recovery() {
        let items = Sample.items(Sample().with("CSeq", "x MESSAGE").bytes + Sample().bytes)
        #expect(items.count == 2)
        guard case .malformed(let error)? = items.first, case .message? = items.last else {
            return #expect(Bool(false), "\(items)")
        }
        #expect(error.request?.headers.callID == "a84b4c76e66710@example.net")
    }

    @Test("A double line end is a keep-alive, a single one is nothing")
    func keepAlive() {
        #expect(Sample.items(Array("\r\n\r\n".utf8)) == [.ping])
        #expect(Sample.items(Array("\r\n".utf8)).isEmpty)
        #expect(Sample.items(Array("\r\n".utf8) + Sample().bytes).count == 1)
    }

    @Test("Bytes without an end are given up at the limit")
    func endless() {
        let items = Sample.items(Array(repeating: UInt8(ascii: "x"), count: 20_000))
        guard case .malformed(let error)? = items.first else { return #expect(Bool(false), "kept for ever") }
        #expect(error.reason == .headerTooLong)
        #expect(!error.isFramed)
    }
}
