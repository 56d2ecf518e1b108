import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §5, §6: what goes wrong with STARTTLS, SASL and stream management")
struct NegotiationFailureTests {
    typealias Inbound = InboundStreamTests
    typealias Outbound = OutboundStreamTests

    static func handle(_ stream: inout InboundStream, _ text: String) -> [InboundStream.Action] {
        let actions = stream.actions(after: .element(XMLElement(text), isLast: true))
        return actions
    }

    // MARK: STARTTLS

    static let failure = InboundStream.Action.send(XMLElement("<failure xmlns='\(Namespace.tls)'/>"))
    static let withoutTLS: [(String, InboundStream)] = [
        ("the rules exclude TLS", SecurityLessonTests.clear(.dialbackInClear)),
        ("TLS is on already", Inbound.secured(.externalOrDialback, .valid)),
        ("authenticated", Inbound.authenticated()),
    ]

    @Test(
        "RFC 6120 §5.4.2.2: <starttls/> that was not offered is answered with <failure/>, the stream's end, nothing else",
        arguments: withoutTLS.indices
    )
    func notOffered(_ index: Int) {
        var stream = Self.withoutTLS[index].1
        let actions = Self.handle(&stream, "<starttls xmlns='\(Namespace.tls)'/>")
        #expect(actions.first == Self.failure)
        #expect(actions.dropFirst().first == .closeStream)
        #expect(stream.hasEnded)
        #expect(!actions.contains(.startTLS))
    }

    @Test("RFC 6120 §5.4.2.2: a peer that answers <failure/> cannot be talked to at present; nothing goes in the clear")
    func refusedByPeer() {
        var stream = OutboundStreamTests.stream(.anything)
        var actions = stream.actions(
            after: .started(directTLS: nil),
            .opened(StreamHeader(id: "1")),
            Outbound.features(Outbound.startTLS + Outbound.dialback)
        )
        actions = stream.actions(after: .element(XMLElement("<failure xmlns='\(Namespace.tls)'/>"), isLast: true))
        #expect(actions == [.closeStream, .disconnect(.tlsFailed("the peer cannot at present"))])
    }

    // MARK: SASL

    static func failed(_ condition: String) -> InboundStream.Action {
        .send(XMLElement("<failure xmlns='\(Namespace.sasl)'><\(condition)/></failure>"))
    }

    static let attempts: [(String, condition: String)] = [
        ("<abort xmlns='\(Namespace.sasl)'/>", "aborted"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='PLAIN'>AGEAYg==</auth>", "invalid-mechanism"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='external'>=</auth>", "invalid-mechanism"),
        ("<auth xmlns='\(Namespace.sasl)'>=</auth>", "invalid-mechanism"),
        ("<response xmlns='\(Namespace.sasl)'/>", "malformed-request"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>*</auth>", "incorrect-encoding"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>b3RoZXIuZXhhbXBsZQ==</auth>", "invalid-authzid"),
    ]

    @Test("RFC 6120 §6.5: each failure has its condition, and the peer may try again", arguments: attempts)
    func condition(_ text: String, condition: String) {
        var stream = Inbound.secured(.externalOnly, .valid)
        #expect(
            Self.handle(&stream, text) == [Self.failed(condition), .refused(pair, .authenticationFailed(condition))]
        )
        #expect(!stream.isEstablished)
        _ = Self.handle(&stream, "<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>=</auth>")
        #expect(stream.isEstablished)
    }

    @Test("RFC 6120 §6.4.4: an abort after the challenge ends the exchange: the response that follows is malformed")
    func abort() {
        var stream = Inbound.secured(.externalOnly, .valid)
        _ = Self.handle(&stream, "<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'/>")
        #expect(Self.handle(&stream, "<abort xmlns='\(Namespace.sasl)'/>").first == Self.failed("aborted"))
        #expect(Self.handle(&stream, "<response xmlns='\(Namespace.sasl)'/>").first == Self.failed("malformed-request"))
        #expect(!stream.isEstablished)
    }

    static let unoffered: [(String, InboundStream)] = [
        ("in the clear", SecurityLessonTests.clear(.externalOrDialback)),
        ("with a certificate that does not fit", Inbound.secured(.externalOrDialback, .invalid("expired"))),
        ("twice", Inbound.authenticated()),
    ]

    @Test("RFC 6120 §6.3.4: SASL where it was not offered is not-authorized and the end", arguments: unoffered.indices)
    func notOfferedSASL(_ index: Int) {
        var stream = Self.unoffered[index].1
        let actions = Self.handle(&stream, "<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>=</auth>")
        #expect(actions.contains(.send(StreamError(.notAuthorized, text: "SASL was not offered").element)))
        #expect(stream.hasEnded)
    }

    // MARK: XEP-0198

    static let enable = "<enable xmlns='urn:xmpp:sm:3'/>"
    static func managementFailed(_ condition: String) -> [InboundStream.Action] {
        [.send(XMLElement("<failed xmlns='urn:xmpp:sm:3'><\(condition) xmlns='\(Namespace.stanzaErrors)'/></failed>"))]
    }

    @Test(
        "XEP-0198 §3, §5: <enable/> out of turn is unexpected-request, <resume/> is item-not-found; the stream lives on"
    )
    func management() {
        var stream = Inbound.authenticated()
        #expect(
            Self.handle(&stream, "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>")
                == Self.managementFailed("item-not-found")
        )
        #expect(Self.handle(&stream, Self.enable) == [.send(XMLElement("<enabled xmlns='urn:xmpp:sm:3'/>"))])
        #expect(Self.handle(&stream, Self.enable) == Self.managementFailed("unexpected-request"))
        var unauthenticated = Inbound.secured(.externalOnly, .valid)
        #expect(Self.handle(&unauthenticated, Self.enable) == Self.managementFailed("unexpected-request"))
        #expect(!stream.hasEnded && !unauthenticated.hasEnded)
    }

    @Test("XEP-0198 §3: a peer that offers acknowledgements and then refuses: what was sent is taken as sent")
    func refusedManagement() {
        var stream = OutboundStreamTests.stream(.externalOnly)
        var actions = stream.actions(
            after: .started(directTLS: .valid),
            .opened(StreamHeader(id: "1")),
            Outbound.features(Outbound.external),
            .element(Wire.success, isLast: true),
            .opened(StreamHeader(id: "2")),
            Outbound.features("<sm xmlns='urn:xmpp:sm:3'/>"),
            .stanzasSent(2)
        )
        actions = stream.actions(
            after: .element(
                XMLElement(
                    "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='\(Namespace.stanzaErrors)'/></failed>"
                ),
                isLast: true
            )
        )
        stream.handle(.stanzasSent(1), into: &actions)
        #expect(actions == [.taken(2), .taken(1)])
    }

    // MARK: XEP-0478

    static let announced: [(idle: String, look: Duration?)] = [
        ("60", .seconds(15)), ("600", nil), ("1000", nil), ("2", .seconds(1)), ("0", nil), ("-5", nil), ("x", nil),
        ("99999999999999999999", nil),
    ]

    @Test("XEP-0478: a peer that endures little silence hears from us in time", arguments: announced)
    func idleSeconds(_ idle: String, look: Duration?) {
        var stream = OutboundStreamTests.stream(.externalOnly)
        var actions = stream.actions(
            after: .started(directTLS: .valid),
            .opened(StreamHeader(id: "1")),
            Outbound.features(Outbound.external),
            .element(Wire.success, isLast: true),
            .opened(StreamHeader(id: "2"))
        )
        actions = stream.actions(
            after: Outbound.features(
                "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>\(idle)</idle-seconds></limits>"
            )
        )
        let timer = look.map { [OutboundStream.Action.startTimer(.keepAlive, $0)] } ?? []
        #expect(actions == [.established(.external, maximumBytes: nil)] + timer)
        actions = stream.actions(after: .timerFired(.keepAlive))
        stream.handle(.timerFired(.keepAlive), into: &actions)
        let again = OutboundStream.Action.startTimer(.keepAlive, look ?? .seconds(150))
        #expect(actions.filter { $0 == .sendWhitespace }.count >= 1)
        #expect(actions.last == again)
    }
}
