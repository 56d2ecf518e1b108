import SIPCore
import TestSupport
import Testing

@Suite("What the fuzzers begin with, and where one once failed: SIP")
struct FailCaseTests {
    @Test("Messages: read or refused, and what was read can be written and read again")
    func messages() throws {
        let inputs = try FuzzInputs.of("SIPMessages")
        #expect(!inputs.isEmpty)
        for (name, input) in inputs {
            var framer = StreamFramer()
            var items: [StreamFramer.Item] = []
            framer.feed(input.dropFirst(), into: &items)
            for case .message(let message) in items {
                let written =
                    switch message {
                    case .request(let request): MessageWriter.bytes(of: request)
                    case .response(let response): MessageWriter.bytes(of: response)
                    }
                var again: [StreamFramer.Item] = []
                var second = StreamFramer()
                second.feed(written, into: &again)
                #expect(again.count == 1, "\(name)")
            }
        }
    }

    @Test("Addresses: what was accepted is the same when it is written and read again")
    func addresses() throws {
        let inputs = try FuzzInputs.of("SIPAddresses")
        #expect(!inputs.isEmpty)
        for (name, input) in inputs {
            let text = String(decoding: input, as: UTF8.self)
            if let uri = try? SIPURI(parsing: text) {
                #expect(try SIPURI(parsing: uri.description) == uri, "\(name)")
            }
            for via in Via.list(parsing: text) ?? [] {
                #expect(Via.list(parsing: via.description) == [via], "\(name)")
            }
        }
    }

    @Test("Session descriptions: as many media after they were written as before")
    func sessions() throws {
        let inputs = try FuzzInputs.of("SessionDescriptions")
        #expect(!inputs.isEmpty)
        for (name, input) in inputs {
            guard let offer = SessionDescription(parsing: input) else { continue }
            #expect(SessionDescription(parsing: offer.bytes)?.media.count == offer.media.count, "\(name)")
        }
    }
}
