import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §4.9.3: stream errors, each from a cause that a peer can give")
struct StreamErrorTests {
    typealias Inbound = InboundStreamTests
    typealias Outbound = OutboundStreamTests

    static func conditions(_ actions: [InboundStream.Action]) -> [StreamError.Condition] {
        actions.compactMap {
            if case .send(let element) = $0, element.name == "error" { StreamError(element).condition } else { nil }
        }
    }

    static func conditions(_ actions: [OutboundStream.Action]) -> [StreamError.Condition] {
        actions.compactMap {
            if case .send(let element) = $0, element.name == "error" { StreamError(element).condition } else { nil }
        }
    }

    static let roots: [(String, StreamError.Condition)] = [
        ("<stream:features xmlns='jabber:server' xmlns:stream='\(Namespace.stream)'>", .badFormat),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='urn:wrong' to='sip.example'>", .invalidNamespace),
        ("<html>", .invalidNamespace),
        ("<stream xmlns='\(Namespace.stream)' to='sip.example'>", .badNamespacePrefix),
        (
            "<stream:stream xmlns='jabber:client' xmlns:stream='\(Namespace.stream)' to='sip.example'>",
            .invalidNamespace
        ),
    ]

    @Test("A root that is no stream of servers: our header, the right error, the end", arguments: roots)
    func root(_ text: String, condition: StreamError.Condition) throws {
        var parser = try XMLStreamParser(
            limits: .init(bytes: 9000, elements: 9, attributes: 9, depth: 9, text: 9000),
            vocabulary: .stream
        )
        guard case .opened(let root, let namespaces)? = parser.feed(text.utf8).first else {
            Issue.record("no root")
            return
        }
        var stream = Inbound.stream(.started(isSecured: false))
        var actions: [InboundStream.Action] = []
        do throws(StreamError) {
            let header = try StreamHeader(root, namespaces: namespaces)
            stream.handle(.opened(header, streamID: "s1"), into: &actions)
        } catch {
            stream.handle(.openedWrongly(error, streamID: "s1"), into: &actions)
        }
        guard case .open? = actions.first else { Issue.record("\(actions)"); return }
        #expect(Self.conditions(actions) == [condition])
        #expect(actions.suffix(2).first == .closeStream)
        #expect(stream.hasEnded)
    }

    @Test("host-gone: a domain that was ours is ours no more, and the stream for it lives")
    func hostGone() {
        var stream = Inbound.authenticated()
        var actions: [InboundStream.Action] = []
        let error = StreamError(.hostGone, text: "this gateway no longer serves that domain")
        stream.handle(.revoked(pair, error), into: &actions)
        #expect(actions == [.refused(pair, .refused(error))] + Inbound.ended(error, .refused(error)))
    }

    static let dialbackError = InboundStream.Action.send(
        XMLElement(
            """
            <db:result from='sip.example' to='partner.example' type='error'><error type='cancel'><remote-server-not-found \
            xmlns='\(Namespace.stanzaErrors)'/><text xmlns='\(Namespace.stanzaErrors)' xml:lang='en'>no DNS</text></error>\
            </db:result>
            """
        )
    )

    @Test("remote-connection-failed: a key cannot be verified, and the peer is too old for errors of dialback")
    func remoteConnectionFailed() {
        var stream = InboundStream(configuration: Inbound.configuration)
        var actions = stream.actions(
            after: .started(isSecured: false),
            .opened(StreamHeader(from: "partner.example", to: "sip.example", version: nil), streamID: "s1"),
            Inbound.allowed(.dialbackInClear),
            .element(Wire.result, isLast: true),
            Inbound.allowed(.dialbackInClear)
        )
        actions = stream.actions(after: .keyVerified(pair, .failed(StanzaError(.remoteServerNotFound, text: "no DNS"))))
        #expect(actions.contains(Self.dialbackError))
        let error = StreamError(.remoteConnectionFailed, text: "no DNS")
        #expect(
            actions.filter { $0 != Self.dialbackError } == [.refused(pair, .dialbackFailed("no DNS"))]
                + Inbound.ended(error, .dialbackFailed("no DNS"))
        )
    }

    static let requirements: [(String, afterSASL: Bool)] = [
        ("<example xmlns='urn:xmpp:example'><required/></example>", false),
        ("<example xmlns='urn:xmpp:example'><required/></example>", true),
    ]

    @Test("unsupported-feature: the peer insists on what we cannot do", arguments: requirements)
    func unsupportedFeature(_ feature: String, afterSASL: Bool) {
        var stream = OutboundStreamTests.stream(.externalOnly)
        var actions: [OutboundStream.Action] = []
        var events: [OutboundStream.Event] = [.started(directTLS: .valid), .opened(StreamHeader(id: "1"))]
        if afterSASL {
            events += [
                Outbound.features(Outbound.external), .element(Wire.success, isLast: true),
                .opened(StreamHeader(id: "2")),
            ]
        }
        for event in events + [Outbound.features(feature)] { stream.handle(event, into: &actions) }
        #expect(Self.conditions(actions) == [.unsupportedFeature])
        #expect(actions.last == .disconnect(.noCommonMethod))
    }

    @Test("undefined-condition: dialback is all there is, and the peer's stream has no id to make a key for")
    func undefinedCondition() {
        var stream = OutboundStreamTests.stream(.dialbackInClear)
        let actions = stream.actions(
            after: .started(directTLS: nil),
            .opened(StreamHeader()),
            Outbound.features(Outbound.dialback)
        )
        #expect(Self.conditions(actions) == [.undefinedCondition])
    }

    static let answers: [(StreamHeader, StreamError.Condition)] = [
        (StreamHeader(from: "partner.example", id: "1", contentNamespace: Namespace.client), .invalidNamespace),
        (StreamHeader(from: "partner.example", id: "1", version: "x"), .unsupportedVersion),
        (StreamHeader(from: "evil.example", id: "1"), .invalidFrom),
    ]

    @Test("The answer to our header is judged as well", arguments: answers)
    func answer(_ header: StreamHeader, condition: StreamError.Condition) {
        var stream = OutboundStreamTests.stream(.anything)
        let actions = stream.actions(after: .started(directTLS: nil), .opened(header))
        #expect(Self.conditions(actions) == [condition])
    }

    @Test(
        "Every condition is read from a peer and ends the attempt; see-other-host leads nowhere else",
        arguments: StreamError.Condition.allCases
    )
    func read(_ condition: StreamError.Condition) {
        var stream = OutboundStreamTests.stream(.anything)
        let text = condition == .seeOtherHost ? "evil.example:5269" : ""
        let error = XMLElement(
            "<stream:error><\(condition.rawValue) xmlns='\(Namespace.streamErrors)'>\(text)</\(condition.rawValue)></stream:error>"
        )
        let actions = stream.actions(
            after: .started(directTLS: nil),
            .opened(StreamHeader(id: "1")),
            .element(error, isLast: true)
        )
        #expect(actions.suffix(2) == [.closeStream, .disconnect(.peerError(StreamError(condition)))])
        #expect(stream.hasEnded)
    }
}
