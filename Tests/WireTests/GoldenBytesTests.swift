import Foundation
import Messaging
import Testing
import Wire

/// The bytes that another version of a service may have written: a change of a vector is a break of the contract.
///
/// A new body gets its vector by running the tests once with `ISTHMUS_RECORD_VECTORS=1`; vectors that exist are never
/// written again. Fields that came later have vectors of their own: `body+field`.
@Suite("Golden bytes of the bus", .tags(.bus, .vectors))
struct GoldenBytesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")

    private static func envelope(_ body: Body) -> Envelope {
        Envelope(
            request: 300,
            messageID: MessageID("m1"),
            correlationID: "commit-7",
            timeoutMilliseconds: 5_000,
            senderService: "policy-service",
            senderInstance: "policy-service-1",
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            publication: 8,
            body: body
        )
    }

    @Test("A body is written as it always was, and read back", arguments: Samples.bodies.map(\.name))
    func golden(name: String) throws {
        let body = try #require(Samples.bodies.first { $0.name == name }?.body)
        let encoded = Self.envelope(body).encoded()
        let file = Self.folder.appending(path: "\(name).hex")
        if ProcessInfo.processInfo.environment["ISTHMUS_RECORD_VECTORS"] != nil,
            !FileManager.default.fileExists(atPath: file.path)
        {
            try Data(Self.hexadecimal(encoded).utf8).write(to: file)
        }
        let vector = try String(contentsOf: file, encoding: .utf8)
        #expect(Self.hexadecimal(encoded) == vector)
        let decoded = try Self.bytes(vector).withUnsafeBytes { bytes throws(WireError) in
            try Envelope(decoding: bytes)
        }
        #expect(decoded == Self.envelope(body))
    }

    @Test("There is a vector for every body of envelope.proto")
    func complete() throws {
        let proto = Self.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "proto/isthmus/v1/envelope.proto")
        let text = try String(contentsOf: proto, encoding: .utf8)
        let body = try #require(text.components(separatedBy: "oneof body {").last?.components(separatedBy: "}").first)
        let fields = body.components(separatedBy: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.count == 4 && words[2] == "=" ? String(words[1]) : nil
        }
        // After a plus: what has come into a body since its first vector was written.
        #expect(fields.sorted() == Samples.bodies.map(\.name).filter { !$0.contains("+") }.sorted())
    }

    /// 32 bytes a line.
    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 32).map { start in
            bytes[start..<min(start + 32, bytes.count)].map { String(format: "%02x", $0) }.joined() + "\n"
        }.joined()
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text.filter(\.isHexDigit))
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }
}
