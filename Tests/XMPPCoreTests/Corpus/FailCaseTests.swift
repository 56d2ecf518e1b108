import Foundation
import Testing
import XML
import XMPPCore

@Suite("Inputs at which a fuzzer once failed")
struct FailCaseTests {
    /// The inputs kept for a fuzzer.
    static func inputs(_ fuzzer: String) -> [[UInt8]] {
        let tests = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let folder = tests.appending(path: "Fuzz/FailCases/\(fuzzer)")
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).compactMap { try? Data(contentsOf: $0) }.map(Array.init)
    }

    @Test("Streams: nothing crashes, and nothing is delivered that nobody authenticated")
    func streams() throws {
        for input in Self.inputs("XMLStream") where input.count > 1 {
            for rules in SecurityLessonTests.everyRule {
                let conversation = try Conversation(with: "sip.example", rules: rules)
                let size = Int(input[0]) + 1
                for begin in stride(from: 1, to: input.count, by: size) {
                    conversation.feed(input[begin..<min(begin + size, input.count)])
                }
                #expect(conversation.delivered.isEmpty)
            }
        }
    }

    @Test("Addresses: preparing twice changes nothing")
    func addresses() throws {
        for input in Self.inputs("JIDs") {
            guard let jid = try? JID(parsing: String(decoding: input, as: UTF8.self)) else { continue }
            #expect(try JID(parsing: jid.description) == jid)
        }
    }
}
