import Interworking
import Messaging
import Presence
import SIPCore
import Testing
import XML
import XMPPCore

@Suite("RFC 8048: NOTIFY ⇄ neutral", .tags(.interworking))
struct SIPPresenceTests {
    private func notify(_ body: String, type: String? = "application/pidf+xml", language: String? = nil) -> Request {
        var headers = Headers()
        headers[.contentType] = type
        headers[.contentLanguage] = language
        return Request(
            .notify,
            uri: SIPURI(user: "juliet", host: "example.com"),
            headers: headers,
            body: Array(body.utf8)
        )
    }

    private static let example4 = """
        <?xml version='1.0' encoding='UTF-8'?>
        <presence xmlns='urn:ietf:params:xml:ns:pidf'
                  entity='pres:romeo@example.net'>
          <tuple id='ID-dr4hcr0st3lup4c'>
            <status>
              <basic>open</basic>
              <show xmlns='jabber:client'>away</show>
            </status>
          </tuple>
        </presence>
        """

    @Test("Examples 4 and 6: the tuple is the device")
    func example4() throws {
        let notification = try #require(try SIPPresenceMapping.notification(in: self.notify(Self.example4)))
        let stanzas = try neutral(.presence(notification)).stanzas()
        #expect(stanzas.map { $0.from?.description } == ["romeo@example.net/dr4hcr0st3lup4c"])
        #expect(stanzas[0].type == nil && stanzas[0].child("show")?.text == "away")
    }

    @Test("Examples 20 and 21: closed is unavailable")
    func example20() throws {
        let closed = Self.example4.replacing("open", with: "closed")
        let notification = try #require(try SIPPresenceMapping.notification(in: self.notify(closed)))
        let stanzas = try neutral(.presence(notification)).stanzas()
        #expect(stanzas.map(\.type) == ["unavailable"])
    }

    @Test("An empty NOTIFY says nothing, and nothing is said in an empty one")
    func empty() throws {
        #expect(try SIPPresenceMapping.notification(in: self.notify("", type: nil)) == nil)
        #expect(SIPPresenceMapping.body(nil, presentity: juliet, now: 0).isEmpty)
    }

    static let refused: [(String, String?, Int)] = [
        ("<presence/>", "application/pidf+xml", 400), ("<x", "application/pidf+xml", 400), ("x", nil, 400),
        ("<x/>", "application/xpidf+xml", 400), ("<x/>", "text/xml+msrtc.pidf", 400),
        ("<x/>", "application/rlmi+xml", 415),
        ("<p:pidf-full xmlns:p='urn:ietf:params:xml:ns:pidf-diff'/>", "application/pidf-diff+xml", 415),
    ]

    @Test("A body of another kind is refused, without an end to the subscription", arguments: refused)
    func refuses(_ body: String, type: String?, status: Int) {
        let failure = #expect(throws: DeliveryFailure.self) {
            try SIPPresenceMapping.notification(in: self.notify(body, type: type))
        }
        #expect(failure?.sipStatus == status)
    }

    @Test("Table 2: Content-Language is the language of the notes")
    func language() throws {
        let body = Self.example4.replacing("</tuple>", with: "<note>pryč</note></tuple>")
        let notification = try SIPPresenceMapping.notification(in: self.notify(body, language: "cs"))
        #expect(notification?.instances[0].status == [LocalizedText("pryč", language: "cs")])
    }

    @Test("Example 19: what an XMPP user is, as a document of hers")
    func example19() throws {
        let presence = try stanza(
            "<presence from='juliet@example.com/yn0cl4bnw0yr3vym' to='romeo@example.net'><show>away</show></presence>"
        )
        guard case .presence(let heard) = InboundStanza.interpret(presence, id: MessageID("m1")).message?.content else {
            Issue.record("no presence")
            return
        }
        var state = PresenceState()
        state.update(with: heard)
        let body = SIPPresenceMapping.body(state.notification, presentity: juliet, now: 0)
        let document = try PIDFDocument(parsing: body)
        #expect(document.entity == "pres:juliet@example.com")
        #expect(document.tuples.map(\.contact) == ["sip:juliet@example.com"])
        #expect(document.tuples.map(\.id) == ["ID-yn0cl4bnw0yr3vym"])
        #expect(document.tuples.map(\.show) == [.away])
        #expect(document.tuples.map(\.isOpen) == [true])
    }

    static let documents: [(String, String)] = [
        (
            "application/pidf+xml",
            "<presence xmlns='urn:ietf:params:xml:ns:pidf'><tuple id='t'><status><basic>open</basic></status><contact>x</contact><note>hi</note></tuple></presence>"
        ),
        (
            "text/xml+msrtc.pidf",
            "<presentity uri='romeo@example.net'><availability aggregate='300'/><activity aggregate='400' note='hi'/></presentity>"
        ),
        (
            "application/xpidf+xml",
            "<presence><presentity uri='sip:romeo@example.net'/><atom id='a'><address uri='x'><status status='open'/></address></atom></presence>"
        ),
    ]

    @Test("Each format says that somebody is there", arguments: documents)
    func formats(_ type: String, _ body: String) throws {
        let notification = try #require(try SIPPresenceMapping.notification(in: self.notify(body, type: type)))
        #expect(notification.instances.map(\.isAvailable) == [true])
        #expect(notification.isComplete)
    }

    @Test("Each format that is written can be read", arguments: PresenceFormat.allCases, PresenceProfile.allCases)
    func writes(_ format: PresenceFormat, _ profile: PresenceProfile) throws {
        let said = PresenceNotification(
            instances: [.init(id: "desk", isAvailable: true, show: .doNotDisturb)],
            isComplete: true
        )
        let body = SIPPresenceMapping.body(said, presentity: juliet, now: 0, profile: profile, format: format)
        let text = String(decoding: body, as: UTF8.self)
        let heard = try SIPPresenceMapping.notification(in: self.notify(text, type: format.mediaType))
        #expect(heard?.instances.map(\.isAvailable) == [true])
        #expect(heard?.instances.map(\.show) == [.doNotDisturb])
        let block = SIPPresenceMapping.politeBlock(presentity: juliet, now: 0, format: format)
        let blocked = try SIPPresenceMapping.notification(
            in: self.notify(String(decoding: block, as: UTF8.self), type: format.mediaType)
        )
        #expect(blocked?.instances.map(\.isAvailable) == [false])
    }

    @Test("Whom the presentity has blocked sees her offline")
    func politeBlock() throws {
        let document = try PIDFDocument(parsing: SIPPresenceMapping.politeBlock(presentity: juliet, now: 0))
        #expect(document.tuples.map(\.isOpen) == [false])
        #expect(document.person == nil && document.notes.isEmpty)
    }

    static let outcomes: [(Int, SIPPresenceMapping.SubscriptionOutcome)] = [
        (200, .accepted), (202, .accepted), (403, .cancelled), (489, .cancelled), (603, .cancelled), (423, .transient),
        (481, .transient), (404, .transient), (408, .transient), (480, .transient), (500, .transient),
        (503, .transient), (600, .transient),
    ]

    @Test("§5.2.2: what cancels a subscription and what passes", arguments: outcomes)
    func outcome(_ status: Int, outcome: SIPPresenceMapping.SubscriptionOutcome) {
        #expect(SIPPresenceMapping.outcome(ofSubscribe: status) == outcome)
    }

    @Test(
        "RFC 6665 §4.1.3: what the end of a dialog means",
        arguments: [
            ("rejected", SIPPresenceMapping.SubscriptionOutcome.cancelled), ("noresource", .cancelled),
            ("Rejected", .cancelled), ("timeout", .transient), ("deactivated", .transient), ("probation", .transient),
            ("giveup", .transient), (nil, .transient),
        ] as [(String?, SIPPresenceMapping.SubscriptionOutcome)]
    )
    func termination(_ reason: String?, outcome: SIPPresenceMapping.SubscriptionOutcome) {
        #expect(SIPPresenceMapping.outcome(ofTermination: reason) == outcome)
    }
}
