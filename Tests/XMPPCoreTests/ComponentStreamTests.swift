import TestSupport
import Testing
import XML
import XMPPCore

@Suite("XEP-0114: our stream to the XMPP server of a split domain")
struct ComponentStreamTests {
    typealias Stream = ComponentStream

    typealias Step = TestSupport.Step<Stream.Event, Stream.Action>

    struct Scenario: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]
        init(_ description: String, _ steps: Step...) { (self.testDescription, self.steps) = (description, steps) }
        init(_ description: String, after prefix: [Step], _ steps: Step...) {
            (self.testDescription, self.steps) = (description, prefix + steps)
        }
    }

    static func element(_ text: String) -> XMLElement {
        XMLElement(text).with(Namespace.component, insteadOf: Namespace.server)
    }

    static let header = StreamHeader(
        to: "isthmus.example.com",
        version: nil,
        contentNamespace: Namespace.component,
        declaresDialback: false
    )
    static let opened = StreamHeader(
        from: "isthmus.example.com",
        id: "s1",
        version: nil,
        contentNamespace: Namespace.component,
        declaresDialback: false
    )
    static let proving: [Step] = [
        Step(.started, .open(header), .startTimer(.establishment, .seconds(60))),
        Step(.opened(opened), .makeHandshake(streamID: "s1")),
        Step(.handshakeMade("abc"), .send(element("<handshake>abc</handshake>"))),
    ]
    static let open: [Step] =
        proving + [
            Step(
                .element(element("<handshake/>")),
                .established,
                .startTimer(.inactivity, .seconds(150)),
                .startTimer(.keepAlive, .seconds(150))
            )
        ]
    static func error(_ condition: String) -> Stream.Event {
        .element(element("<stream:error><\(condition) xmlns='\(Namespace.streamErrors)'/></stream:error>"))
    }
    static func ping(_ number: Int) -> Stream.Action {
        .send(
            element(
                "<iq from='isthmus.example.com' to='example.com' type='get' id='isthmus-ping-\(number)'><ping xmlns='\(Namespace.ping)'/></iq>"
            )
        )
    }
    static func jid(_ text: String) -> JID? { try? JID(parsing: text) }
    static let message = Stanza(
        .message,
        from: jid("romeo@example.com/x"),
        to: jid("juliet@example.com"),
        children: [XMLElement("body", namespace: Namespace.server, text: "hi")]
    )
    static let addressless = Stanza(.message, from: jid("romeo@example.com/x"))

    static let scenarios: [Scenario] = [
        Scenario(
            "XEP-0114 §3: the handshake, then stanzas in the namespace of servers",
            after: open,
            Step(
                .element(
                    element("<message from='romeo@example.com/x' to='juliet@example.com'><body>hi</body></message>")
                ),
                .deliver(message)
            ),
            Step(.closedByPeer, .closeStream, .disconnect(.closed))
        ),
        Scenario(
            "The server does not accept the secret",
            after: proving,
            Step(
                error("not-authorized"),
                .closeStream,
                .disconnect(.authenticationFailed("the server does not accept the secret"))
            )
        ),
        Scenario(
            "Another component has the name, perhaps another edge of ours",
            after: proving,
            Step(error("conflict"), .closeStream, .disconnect(.peerError(StreamError(.conflict))))
        ),
        Scenario(
            "A port for servers is no port for components",
            proving[0],
            Step(
                .opened(StreamHeader(from: "example.com", id: "s1")),
                .send(StreamError(.invalidNamespace, text: "this is no port for components").element),
                .closeStream,
                .disconnect(.protocolError(StreamError(.invalidNamespace, text: "this is no port for components")))
            )
        ),
        Scenario(
            "A stream without an id, from which no hash can be made",
            proving[0],
            Step(
                .opened(StreamHeader(version: nil, contentNamespace: Namespace.component)),
                .send(StreamError(.badFormat, text: "a stream without an id").element),
                .closeStream,
                .disconnect(.protocolError(StreamError(.badFormat, text: "a stream without an id")))
            )
        ),
        Scenario(
            "Nothing is taken before the handshake",
            after: proving,
            Step(
                .element(element("<message from='romeo@example.com' to='juliet@example.com'/>")),
                .send(StreamError(.notAuthorized, text: "stanza before the handshake").element),
                .closeStream,
                .disconnect(.protocolError(StreamError(.notAuthorized, text: "stanza before the handshake")))
            )
        ),
        Scenario(
            "What one user writes wrongly costs the others nothing",
            after: open,
            Step(
                .element(element("<message from='romeo@example.com/x' to='@example.com'/>")),
                .unaddressable(addressless)
            ),
            Step(.element(element("<message from='romeo@example.com/x'/>")), .unaddressable(addressless)),
            Step(
                .element(element("<message from='@example.com' to='juliet@example.com'/>")),
                .ignored("the sender's address is malformed")
            ),
            Step(.element(element("<message to='juliet@example.com'/>")), .ignored("a stanza without a sender")),
            Step(.element(element("<route/>")), .ignored("<route/> is no stanza"))
        ),
        Scenario(
            "A server that does not answer in time",
            after: proving,
            Step(.timerFired(.establishment), .closeStream, .disconnect(.establishmentTimeout))
        ),
        Scenario(
            "A quiet server is asked for a sign of life, a dead one given up",
            after: open,
            Step(.timerFired(.establishment)),
            Step(.timerFired(.keepAlive), ping(1), .startTimer(.keepAlive, .seconds(150))),
            Step(.spoke),
            // It has not been silent yet, and we have spoken.
            Step(.timerFired(.keepAlive), .startTimer(.keepAlive, .seconds(150))),
            Step(.whitespace),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.spoke),
            Step(.timerFired(.keepAlive), ping(2), .startTimer(.keepAlive, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .closeStream, .disconnect(.inactive))
        ),
        Scenario(
            "Malformed XML ends the stream, in words",
            after: open,
            Step(
                .parserFailed(.notWellFormed),
                .send(StreamError(.notWellFormed).element),
                .closeStream,
                .disconnect(.protocolError(StreamError(.notWellFormed)))
            ),
            Step(.element(element("<message/>")))
        ),
        Scenario("Our own end", after: open, Step(.shutDown, .closeStream, .disconnect(.shuttingDown))),
        Scenario("The end before the beginning", Step(.shutDown, .disconnect(.shuttingDown))),
        Scenario("The transport is gone", after: open, Step(.disconnected, .disconnect(.disconnected))),
    ]

    @Test("Transcripts", arguments: scenarios)
    func transcript(_ scenario: Scenario) {
        var machine = Stream(name: "isthmus.example.com", host: "example.com")
        #expect(scenario.steps.misstep { machine.actions(after: $0) } == nil)
    }

    @Test("A change of namespace concerns the names of that namespace alone, however deep")
    func namespaces() {
        let inside = XMLElement("x", namespace: "urn:x", elements: [XMLElement("body", namespace: Namespace.server)])
        let element = XMLElement("message", namespace: Namespace.server, elements: [inside])
        let there = element.with(Namespace.component, insteadOf: Namespace.server)
        #expect(there.namespace == Namespace.component)
        #expect(there.child("x", "urn:x")?.child("body", Namespace.component) != nil)
        #expect(there.with(Namespace.server, insteadOf: Namespace.component) == element)
    }
}
