import Interworking
import Messaging
import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §8.3: failures as stanza errors", .tags(.interworking))
struct StanzaErrorTests {
    @Test("Every condition crosses as itself, both ways", arguments: DeliveryFailure.Condition.allCases)
    func conditions(_ condition: DeliveryFailure.Condition) {
        let failure = DeliveryFailure(condition, reason: .peerRefused, text: "no")
        let error = StanzaError(failure)
        #expect(error.kind == error.condition.usualKind)
        #expect(error.text == "no" && error.language == "en")
        let back = DeliveryFailure(StanzaError(error.element))
        #expect(back == failure)
    }

    @Test("Every condition of XMPP has one of ours", arguments: StanzaError.Condition.allCases)
    func peersConditions(_ condition: StanzaError.Condition) {
        let failure = DeliveryFailure(StanzaError(condition))
        #expect(StanzaError(failure).condition == condition)
        #expect(failure.text == "The XMPP side answered \(condition.rawValue).")
    }

    @Test("The reason's code is an element of our own")
    func reason() {
        let error = StanzaError(DeliveryFailure(.forbidden, reason: .userNotEnabled, text: "not enabled"))
        #expect(error.application?.is("user-not-enabled", Namespace.isthmusErrors) == true)
    }

    @Test(
        "What passes by itself is worth waiting for",
        arguments: [RefusalReason.queueFull, .rateLimit, .edgeUnavailable]
    )
    func wait(_ reason: RefusalReason) {
        #expect(StanzaError(DeliveryFailure(.policyViolation, reason: reason, text: "later")).kind == .wait)
    }

    @Test("A new address is a URI, with <gone/> and <redirect/> only")
    func alternative() {
        let moved = Address(user: "o'malley", domain: "example.net", instance: "x")
        let gone = StanzaError(DeliveryFailure(.gone, reason: .peerRefused, text: "moved", alternative: moved))
        #expect(gone.alternative == "xmpp:o%5C27malley@example.net")
        #expect(DeliveryFailure(gone).alternative == moved.bare)
        let other = StanzaError(DeliveryFailure(.forbidden, reason: .peerRefused, text: "moved", alternative: moved))
        #expect(other.alternative == nil)
    }

    @Test(
        "A JID without scheme, as RFC 3920 had it, is an address too; nonsense is none",
        arguments: [
            ("romeo@example.net", true), ("xmpp:romeo@example.net?message", true), ("sip:romeo@example.net", true),
            ("http://@@", false), ("xmpp:%zz", false),
        ]
    )
    func readsAlternative(_ text: String, isAddress: Bool) {
        let failure = DeliveryFailure(StanzaError(.gone, alternative: text))
        #expect(failure.alternative == (isAddress ? Address(user: "romeo", domain: "example.net") : nil))
    }

    @Test("A peer's words are cut to one line of bounded length")
    func words() {
        let text = "a\r\nVia: evil\u{0}" + String(repeating: "☃", count: 1000)
        let failure = DeliveryFailure(StanzaError(.forbidden, text: text))
        #expect(failure.text.utf8.count <= 256)
        #expect(failure.text.hasPrefix("a  Via: evil ☃"))
    }
}
