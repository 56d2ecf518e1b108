import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §8.3: stanza errors")
struct StanzaErrorTests {
    @Test("Every condition is written and read again", arguments: StanzaError.Condition.allCases)
    func conditions(_ condition: StanzaError.Condition) throws {
        let error = StanzaError(condition, text: "why", by: try JID(parsing: "sip.example"))
        #expect(StanzaError(error.element) == error)
    }

    @Test("An alternative address goes with gone")
    func gone() {
        let error = StanzaError(.gone, alternative: "xmpp:new@partner.example")
        #expect(error.element.elements.first?.text == "xmpp:new@partner.example")
        #expect(StanzaError(error.element) == error)
    }

    @Test(
        "An unreadable error is an undefined one",
        arguments: ["<error/>", "<error type='x'><made-up/></error>", "<error><text/></error>"]
    )
    func unreadable(_ text: String) {
        #expect(StanzaError(XMLElement(text)).condition == .undefinedCondition)
    }

    @Test("Nothing is ever answered with an error that must not be")
    func neverForAnError() throws {
        let error = StanzaError(.serviceUnavailable)
        #expect(try Stanza(XMLElement("<message type='error' from='a@b' to='c@d'/>")).failed(error) == nil)
        #expect(try Stanza(XMLElement("<iq type='result' id='1' from='a@b' to='c@d'/>")).failed(error) == nil)
        #expect(try Stanza(XMLElement("<message to='c@d'/>")).failed(error) == nil)
        let answer = try Stanza(XMLElement("<message id='7' from='a@b' to='c@d'/>")).failed(error)
        #expect(answer?.to == (try JID(parsing: "a@b")))
        #expect(answer?.id == "7")
    }

    @Test("Every stream error is written and read again", arguments: StreamError.Condition.allCases)
    func streamErrors(_ condition: StreamError.Condition) {
        let error = StreamError(condition, text: "why")
        #expect(StreamError(error.element) == error)
    }
}
