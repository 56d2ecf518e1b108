import TestSupport
import Testing
import Wire

@Suite("Where the fuzzer of envelopes once failed", .tags(.bus))
struct FailCaseTests {
    @Test("What was understood is the same when it is written and read again")
    func envelopes() throws {
        for (name, input) in try FuzzInputs.of("Envelopes") { Self.check(input, name) }
    }

    @Test("The same of every golden vector, cut off anywhere", arguments: Samples.bodies.map(\.name))
    func cutOff(name: String) throws {
        let body = try #require(Samples.bodies.first { $0.name == name }?.body)
        let bytes = Envelope(request: 1, body: body).encoded()
        for length in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 64)) {
            Self.check(Array(bytes[..<length]), "\(name), \(length) bytes")
        }
    }

    private static func check(_ bytes: [UInt8], _ name: String) {
        guard var envelope = bytes.withUnsafeBytes({ try? Envelope(decoding: $0) }) else { return }
        // Which messages were not understood is for the reader to say; it is not written.
        if case .traffic(let batch)? = envelope.body {
            envelope.body = .traffic(TrafficBatch(messages: batch.messages, answers: batch.answers))
        }
        let again = envelope.encoded().withUnsafeBytes { try? Envelope(decoding: $0) }
        #expect(again == envelope, "\(name)")
    }
}
