import Presence
import TestSupport
import Testing

@Suite("What the fuzzers begin with, and where one once failed: presence")
struct FailCaseTests {
    @Test("Documents: read or refused, and what was read can be written and read again")
    func documents() throws {
        let inputs = try FuzzInputs.of("PresenceDocuments")
        var read = 0
        for (name, input) in inputs {
            if let document = try? PIDFDocument(parsing: input) {
                read += 1
                #expect((try? PIDFDocument(parsing: document.bytes)) != nil, "\(name)")
            }
            if let document = try? MSRTCDocument(parsing: input) {
                read += 1
                #expect(try MSRTCDocument(parsing: document.bytes).state == document.state, "\(name)")
            }
            if let document = try? XPIDFDocument(parsing: input) {
                read += 1
                #expect(try XPIDFDocument(parsing: document.bytes).atoms == document.atoms, "\(name)")
            }
        }
        #expect(read >= 3, "a document of each kind is among them")
    }
}
