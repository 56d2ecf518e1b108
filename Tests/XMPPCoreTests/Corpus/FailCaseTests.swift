import TestSupport
import Testing
import XML
import XMPPCore

@Suite("What the fuzzers begin with, and where one once failed: XMPP")
struct FailCaseTests {
    @Test("Streams: nothing crashes, and nothing is delivered that nobody authenticated")
    func streams() throws {
        let inputs = try FuzzInputs.of("XMLStream")
        #expect(!inputs.isEmpty)
        for (name, input) in inputs where input.count > 1 {
            for rules in SecurityLessonTests.everyRule {
                let conversation = try Conversation(with: "sip.example", rules: rules)
                let size = Int(input[0]) + 1
                for begin in stride(from: 1, to: input.count, by: size) {
                    conversation.feed(input[begin..<min(begin + size, input.count)])
                }
                #expect(conversation.delivered.isEmpty, "\(name)")
            }
        }
    }

    @Test("Addresses: preparing twice changes nothing")
    func addresses() throws {
        for (name, input) in try FuzzInputs.of("JIDs") {
            guard let jid = try? JID(parsing: String(decoding: input, as: UTF8.self)) else { continue }
            #expect(try JID(parsing: jid.description) == jid, "\(name)")
        }
    }
}
