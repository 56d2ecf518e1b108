import Interworking
import Messaging
import SIPCore
import Testing

@Suite("Failures as SIP responses, and back", .tags(.interworking))
struct SIPAnswerTests {
    private func answer(_ failure: DeliveryFailure, to recipient: Address = juliet) -> SIPAnswer {
        SIPAnswer(failure, recipient: recipient, agent: "gw.example.net")
    }

    private func refusal(_ condition: DeliveryFailure.Condition, alternative: Address? = nil) -> DeliveryFailure {
        DeliveryFailure(condition, reason: .peerRefused, text: "no", alternative: alternative)
    }

    @Test("RFC 7247 table 2, notes 1 and 2: a full JID gets a 4xx, a bare one a 6xx")
    func devices() {
        let device = Address(user: "juliet", domain: "example.com", instance: "r")
        #expect(self.answer(self.refusal(.itemNotFound)).status.code == 604)
        #expect(self.answer(self.refusal(.itemNotFound), to: device).status.code == 404)
        #expect(self.answer(self.refusal(.featureNotImplemented)).status.code == 501)
        #expect(self.answer(self.refusal(.featureNotImplemented), to: device).status.code == 405)
    }

    @Test("Note 3: <gone/> with an address is 301 with a Contact, without one 410")
    func gone() {
        let moved = self.answer(
            self.refusal(.gone, alternative: Address(user: "o'malley", domain: "example.org", instance: "x"))
        )
        #expect(moved.status.code == 301 && moved.headers[.contact] == "<sip:o'malley@example.org>")
        let gone = self.answer(self.refusal(.gone))
        #expect(gone.status.code == 410 && gone.headers[.contact] == nil)
    }

    @Test("What a status must have beside it is there")
    func companions() {
        #expect(
            self.answer(self.refusal(.notAuthorized)).headers[HeaderName("WWW-Authenticate")]
                == "XMPP realm=\"example.com\""
        )
        #expect(
            self.answer(self.refusal(.registrationRequired)).headers[HeaderName("Proxy-Authenticate")]
                == "XMPP realm=\"example.com\""
        )
        let device = Address(user: "juliet", domain: "example.com", instance: "r")
        #expect(self.answer(self.refusal(.featureNotImplemented), to: device).headers[.allow] == SIPCapabilities.allow)
    }

    static let own: [(RefusalReason, DeliveryFailure.Condition, Int)] = [
        (.unknownPartner, .forbidden, 403), (.contactNotApproved, .forbidden, 403),
        (.hostNotAuthorized, .forbidden, 403),
        (.unknownUser, .itemNotFound, 404), (.noRoute, .remoteServerNotFound, 404), (.loop, .notAcceptable, 482),
        (.dnsFailed, .remoteServerNotFound, 404), (.connectionFailed, .remoteServerTimeout, 504),
        (.certificateRejected, .remoteServerNotFound, 502), (.queueFull, .resourceConstraint, 500),
        (.sizeLimit, .policyViolation, 413), (.notTranslatable, .notAcceptable, 488),
        (.deadlineExceeded, .remoteServerTimeout, 504),
        (.edgeUnavailable, .internalServerError, 500), (.shuttingDown, .serviceUnavailable, 503),
        (.malformed, .badRequest, 400),
        (.notSupported, .featureNotImplemented, 501), (.internalError, .internalServerError, 500),
    ]

    @Test("What the gateway itself refuses is answered for what it is", arguments: own)
    func ownRefusals(_ reason: RefusalReason, condition: DeliveryFailure.Condition, status: Int) {
        let answer = self.answer(DeliveryFailure(condition, reason: reason, text: "because"))
        #expect(answer.status.code == status)
        #expect(answer.headers[.warning] == "399 gw.example.net \"because\"")
    }

    @Test(
        "What passes by itself says when to try again",
        arguments: [RefusalReason.queueFull, .rateLimit, .connectionLimit, .edgeUnavailable, .shuttingDown]
    )
    func retry(_ reason: RefusalReason) {
        #expect(
            self.answer(DeliveryFailure(.resourceConstraint, reason: reason, text: "later")).headers[.retryAfter] != nil
        )
    }

    @Test("A peer's words cannot leave their quotes or their line")
    func injection() throws {
        let failure = DeliveryFailure(
            .forbidden,
            reason: .peerRefused,
            text: "a\"\r\nContact: <sip:evil@evil.example>\\"
        )
        let warning = try #require(self.answer(failure).headers[.warning])
        #expect(warning == "399 gw.example.net \"a\\\"  Contact: <sip:evil@evil.example>\\\\\"")
    }

    @Test("A status from one SIP server is never passed to another")
    func foreignStatus() {
        let failure = DeliveryFailure(.remoteServerTimeout, reason: .peerRefused, text: "late", sipStatus: 408)
        #expect(self.answer(failure).status.code == 504)
    }

    private func response(_ code: Int, _ headers: [(String, String)] = []) -> Response {
        Response(Status(code), headers: Headers(headers.map { .init(HeaderName($0.0), $0.1) }))
    }

    @Test("What a response says beside its status reaches the sender as text")
    func responseText() {
        let failure = DeliveryFailure(
            self.response(
                403,
                [
                    ("Warning", "309 sip.example.net \"Links are \\\"blocked\\\"\""),
                    (
                        "ms-diagnostics",
                        "1027;reason=\"Cannot route this type of SIP request\";source=\"sip.example.net\""
                    ),
                ]
            )
        )
        #expect(failure.condition == .forbidden && failure.reason == .peerRefused && failure.sipStatus == 403)
        #expect(
            failure.text
                == "The SIP side answered 403 Forbidden: Links are \"blocked\" (ms-diagnostics 1027: Cannot route this type of SIP request)."
        )
    }

    @Test(
        "Headers that say nothing readable are no text",
        arguments: ["", "399", "399 a \"", "399 a \"\"", "399 a \"open"]
    )
    func malformedWarning(_ value: String) {
        #expect(
            DeliveryFailure(self.response(486, [("Warning", value)])).text == "The SIP side answered 486 Busy Here."
        )
    }

    @Test("RFC 7247 table 3, note 1: 301 has the new address, 410 never")
    func newAddress() {
        let contact = [("Contact", "<sip:o'malley@example.org;gr=x>;expires=60")]
        let moved = Address(user: "o'malley", domain: "example.org")
        #expect(DeliveryFailure(self.response(301, contact)).alternative == moved)
        #expect(DeliveryFailure(self.response(302, contact)).alternative == moved)
        #expect(DeliveryFailure(self.response(410, contact)).alternative == nil)
        #expect(DeliveryFailure(self.response(301, [("Contact", "<tel:+1>")])).alternative == nil)
    }
}
