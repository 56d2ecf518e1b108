import TestSupport
import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §4: a stream that a peer opened")
struct InboundStreamTests {
    typealias Stream = InboundStream

    static let configuration = Stream.Configuration(maximumBytes: 1000)
    static let header = StreamHeader(from: "partner.example", to: "sip.example")
    static func answer(_ id: String, to: String? = "partner.example") -> Stream.Action {
        .open(StreamHeader(from: "sip.example", to: to, id: id, language: "en"))
    }
    static let limits =
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>1000</max-bytes><idle-seconds>600</idle-seconds></limits>"
    static func features(_ inside: String) -> Stream.Action {
        .send(XMLElement("<stream:features>\(inside)\(Self.limits)</stream:features>"))
    }
    static let dialbackFeature = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"
    static let externalFeature = "<mechanisms xmlns='\(Namespace.sasl)'><mechanism>EXTERNAL</mechanism></mechanisms>"
    static let bidiFeature = "<bidi xmlns='urn:xmpp:features:bidi'/>"
    static let startTLSFeature = "<starttls xmlns='\(Namespace.tls)'/>"
    static let startTLSRequired = "<starttls xmlns='\(Namespace.tls)'><required/></starttls>"
    static let consult = Stream.Action.consult(local: "sip.example", remote: "partner.example")
    static let timers: [Stream.Action] = [
        .startTimer(.establishment, .seconds(60)), .startTimer(.inactivity, .seconds(150)),
        .startTimer(.keepAlive, .seconds(150)),
    ]

    static func allowed(_ rules: StreamRules, _ certificate: CertificateVerdict = .absent) -> Stream.Event {
        .consulted(.allowed(rules, certificate: certificate, offersTLS: true))
    }

    /// A stream after `events`.
    static func stream(_ events: Stream.Event...) -> Stream {
        var stream = Stream(configuration: Self.configuration)
        var actions: [Stream.Action] = []
        for event in events { stream.handle(event, into: &actions) }
        return stream
    }

    /// In TLS, with a header and an answer of the policy.
    static func secured(_ rules: StreamRules, _ certificate: CertificateVerdict) -> Stream {
        Self.stream(.started(isSecured: true), .opened(Self.header, streamID: "s1"), Self.allowed(rules, certificate))
    }

    static func authenticated() -> Stream {
        var stream = Self.secured(.externalOnly, .valid)
        stream.actions(
            after: .element(Wire.auth, isLast: true),
            .opened(Self.header, streamID: "s2"),
            Self.allowed(.externalOnly, .valid)
        )
        return stream
    }

    typealias Step = TestSupport.Step<Stream.Event, Stream.Action>

    struct Scenario: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]
        init(_ description: String, _ steps: Step...) { (self.testDescription, self.steps) = (description, steps) }
    }

    static let start = Step(.started(isSecured: false), timers)
    static let opened = Step(.opened(header, streamID: "s1"), answer("s1"), consult)

    static func ended(_ error: StreamError, _ end: StreamEnd? = nil) -> [Stream.Action] {
        [.send(error.element), .closeStream, .disconnect(end ?? .protocolError(error))]
    }

    static let scenarios: [Scenario] = [
        Scenario(
            "STARTTLS, SASL EXTERNAL, a stanza, acknowledged when its fate is known",
            start,
            opened,
            Step(allowed(.externalOnly), features(startTLSRequired)),
            Step(.element(Wire.startTLS, isLast: true), .send(Wire.proceed), .startTLS),
            Step(.secured, .restart),
            Step(.opened(header, streamID: "s2"), answer("s2"), consult),
            Step(allowed(.externalOnly, .valid), features(externalFeature + bidiFeature)),
            Step(
                .element(Wire.auth, isLast: true),
                .send(Wire.success),
                .authenticated(pair, .external),
                .restart
            ),
            Step(.opened(header, streamID: "s3"), answer("s3"), consult),
            Step(allowed(.externalOnly, .valid), features("<sm xmlns='urn:xmpp:sm:3'/>")),
            Step(
                .element(XMLElement("<enable xmlns='urn:xmpp:sm:3'/>"), isLast: true),
                .send(XMLElement("<enabled xmlns='urn:xmpp:sm:3'/>"))
            ),
            Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: 1)),
            Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: 2)),
            Step(.element(Wire.request, isLast: true), .send(Wire.acknowledged(0))),
            Step(.settled(2)),
            Step(.settled(1), .send(Wire.acknowledged(2))),
            Step(.element(Wire.request, isLast: true), .send(Wire.acknowledged(2))),
            Step(.closedByPeer, .send(Wire.acknowledged(2)), .closeStream, .disconnect(.closed))
        ),
        Scenario(
            "direct TLS (XEP-0368) needs no STARTTLS and offers none",
            Step(.started(isSecured: true), timers),
            opened,
            Step(allowed(.externalOrDialback, .valid), features(externalFeature + dialbackFeature + bidiFeature))
        ),
        Scenario(
            "dialback in the clear: the key is verified, then stanzas of that pair are taken",
            start,
            opened,
            Step(allowed(.dialbackInClear), features(dialbackFeature)),
            Step(.element(Wire.result, isLast: true), consult),
            Step(allowed(.dialbackInClear), .verifyKey(pair, streamID: "s1", key: "key")),
            Step(.element(Wire.result, isLast: true)),
            Step(.keyVerified(pair, .valid), .send(Wire.valid), .authenticated(pair, .dialbackInClear)),
            Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: nil))
        ),
        Scenario(
            "an invalid key ends a stream that nobody else uses",
            start,
            opened,
            Step(allowed(.dialbackInClear), features(dialbackFeature)),
            Step(.element(Wire.result, isLast: true), consult),
            Step(allowed(.dialbackInClear), .verifyKey(pair, streamID: "s1", key: "key")),
            Step(
                .keyVerified(pair, .invalid),
                .refused(pair, .dialbackFailed("the key is not the peer's")),
                .send(XMLElement("<db:result from='sip.example' to='partner.example' type='invalid'/>")),
                .closeStream,
                .disconnect(.dialbackFailed("the key is not the peer's"))
            )
        ),
        Scenario(
            "as the authoritative server, a key of ours is checked by the authority",
            start,
            opened,
            Step(allowed(.dialbackInClear), features(dialbackFeature)),
            Step(.element(Wire.verify, isLast: true), consult),
            Step(allowed(.dialbackInClear), .checkKey(pair, streamID: "out1", key: "key")),
            Step(
                .keyChecked(pair, streamID: "out1", .valid),
                .send(XMLElement("<db:verify from='sip.example' to='partner.example' id='out1' type='valid'/>"))
            ),
            Step(.timerFired(.establishment)),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150)))
        ),
        Scenario(
            "who asks about keys that are not ours has not said who it is",
            start,
            opened,
            Step(allowed(.dialbackInClear), features(dialbackFeature)),
            Step(.element(Wire.verify, isLast: true), consult),
            Step(allowed(.dialbackInClear), .checkKey(pair, streamID: "out1", key: "key")),
            Step(
                .keyChecked(pair, streamID: "out1", .invalid),
                .send(XMLElement("<db:verify from='sip.example' to='partner.example' id='out1' type='invalid'/>"))
            ),
            Step(
                .timerFired(.establishment),
                [.refused(pair, .establishmentTimeout)]
                    + ended(
                        StreamError(.connectionTimeout, text: "the stream was not established in time"),
                        .establishmentTimeout
                    )
            )
        ),
        Scenario(
            "a server older than RFC 3920 is given no features, and may do dialback",
            start,
            Step(
                .opened(StreamHeader(from: "partner.example", to: "sip.example", version: nil), streamID: "s1"),
                .open(StreamHeader(from: "sip.example", to: "partner.example", id: "s1", version: nil, language: "en")),
                consult
            ),
            Step(allowed(.dialbackInClear)),
            Step(.element(Wire.result, isLast: true), consult)
        ),
        Scenario(
            "keep-alives are sent when nothing else was, and silence ends the stream",
            start,
            opened,
            Step(allowed(.dialbackInClear), features(dialbackFeature)),
            Step(.element(Wire.result, isLast: true), consult),
            Step(allowed(.dialbackInClear), .verifyKey(pair, streamID: "s1", key: "key")),
            Step(.keyVerified(pair, .valid), .send(Wire.valid), .authenticated(pair, .dialbackInClear)),
            Step(.timerFired(.establishment)),
            Step(.timerFired(.keepAlive), .startTimer(.keepAlive, .seconds(150))),
            Step(.timerFired(.keepAlive), .sendWhitespace, .startTimer(.keepAlive, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.whitespace),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Step(.timerFired(.inactivity), ended(StreamError(.connectionTimeout), .inactive))
        ),
        Scenario(
            "a peer that does not say in time who it is, is sent away whatever it did meanwhile",
            start,
            opened,
            Step(allowed(.externalOnly), features(startTLSRequired)),
            Step(.whitespace),
            Step(
                .timerFired(.establishment),
                [.refused(pair, .establishmentTimeout)]
                    + ended(
                        StreamError(.connectionTimeout, text: "the stream was not established in time"),
                        .establishmentTimeout
                    )
            )
        ),
        Scenario(
            "an unknown partner is told so, after our header",
            start,
            opened,
            Step(
                .consulted(.refused(StreamError(.policyViolation, text: "no partner"))),
                [.refused(pair, .refused(StreamError(.policyViolation, text: "no partner")))]
                    + ended(
                        StreamError(.policyViolation, text: "no partner"),
                        .refused(StreamError(.policyViolation, text: "no partner"))
                    )
            )
        ),
        Scenario(
            "a certificate that does not fit is told why, when nothing but EXTERNAL is allowed",
            Step(.started(isSecured: true), timers),
            opened,
            Step(
                allowed(.externalOnly, .invalid("expired")),
                [.refused(pair, .certificateRejected("expired"))]
                    + ended(
                        StreamError(.notAuthorized, text: "the certificate was rejected: expired"),
                        .certificateRejected("expired")
                    )
            )
        ),
        Scenario(
            "shutting down says so",
            start,
            opened,
            Step(allowed(.externalOnly), features(startTLSRequired)),
            Step(.shutDown, ended(StreamError(.systemShutdown), .shuttingDown)),
            Step(.disconnected)
        ),
    ]

    @Test(arguments: scenarios)
    func transcript(_ scenario: Scenario) {
        var stream = Stream(configuration: Self.configuration)
        #expect(scenario.steps.misstep { stream.actions(after: $0) } == nil)
    }

    static let wrongHeaders: [(StreamHeader, StreamError.Condition)] = [
        (
            StreamHeader(from: "partner.example", to: "sip.example", contentNamespace: Namespace.client),
            .invalidNamespace
        ),
        (StreamHeader(from: "partner.example", to: "sip.example", contentNamespace: ""), .invalidNamespace),
        (StreamHeader(from: "partner.example", to: "sip.example", version: "one"), .unsupportedVersion),
        (StreamHeader(from: "partner.example", to: nil), .improperAddressing),
        (StreamHeader(from: "partner.example", to: "not a domain"), .hostUnknown),
        (StreamHeader(from: "user@partner.example", to: "sip.example"), .invalidFrom),
        (StreamHeader(from: "not a domain", to: "sip.example"), .invalidFrom),
    ]

    @Test("A wrong header is answered with a header and the error", arguments: wrongHeaders)
    func refusesHeader(_ header: StreamHeader, condition: StreamError.Condition) {
        var stream = Self.stream(.started(isSecured: false))
        let actions = stream.actions(after: .opened(header, streamID: "s1"))
        guard case .open? = actions.first, case .send(let error) = actions.dropFirst().first else {
            Issue.record("\(actions)")
            return
        }
        #expect(StreamError(error).condition == condition)
        #expect(stream.hasEnded)
    }

    static let parserErrors: [(XMLError, StreamError.Condition)] = [
        (.notWellFormed, .notWellFormed), (.restricted, .restrictedXML), (.unsupportedEncoding, .unsupportedEncoding),
        (.tooLarge(.bytes), .policyViolation), (.tooLarge(.memory), .resourceConstraint),
    ]

    @Test("A failure of the parser is a stream error after our header", arguments: parserErrors)
    func parserFails(_ failure: XMLError, condition: StreamError.Condition) {
        var stream = Self.stream(.started(isSecured: false))
        let actions = stream.actions(after: .parserFailed(failure))
        guard case .open? = actions.first, case .send(let error) = actions.dropFirst().first else {
            Issue.record("\(actions)")
            return
        }
        #expect(StreamError(error).condition == condition)
    }

    static let authorizations: [(String, succeeds: Bool, answer: String)] = [
        ("=", true, "success"),
        ("cGFydG5lci5leGFtcGxl", true, "success"),
        ("UEFSVE5FUi5leGFtcGxl", true, "success"),
        ("b3RoZXIuZXhhbXBsZQ==", false, "invalid-authzid"),
        ("cm9tZW9AcGFydG5lci5leGFtcGxl", false, "invalid-authzid"),
        ("%%%%", false, "incorrect-encoding"),
        ("cGFydG5lci5leGFtcGx", false, "incorrect-encoding"),
        ("////", false, "incorrect-encoding"),
    ]

    @Test("XEP-0178 §3: the authorization identity is empty or the stream's own 'from'", arguments: authorizations)
    func authorization(_ text: String, succeeds: Bool, answer: String) {
        var stream = Self.secured(.externalOnly, .valid)
        let actions = stream.actions(
            after: .element(
                XMLElement("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>\(text)</auth>"),
                isLast: true
            )
        )
        #expect(stream.isEstablished == succeeds)
        guard case .send(let element)? = actions.first else { Issue.record("\(actions)"); return }
        #expect(succeeds ? element.name == answer : element.elements.first?.name == answer)
    }

    @Test("An identity asked for by a challenge counts like an initial one")
    func challenge() {
        var stream = Self.secured(.externalOnly, .valid)
        var actions = stream.actions(
            after: .element(XMLElement("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'/>"), isLast: true)
        )
        #expect(actions == [.send(XMLElement("<challenge xmlns='\(Namespace.sasl)'/>"))])
        stream.handle(.element(XMLElement("<response xmlns='\(Namespace.sasl)'/>"), isLast: true), into: &actions)
        #expect(stream.isEstablished)
    }

    @Test("The third failed attempt ends the stream")
    func attempts() {
        var stream = Self.secured(.externalOnly, .valid)
        var actions: [Stream.Action] = []
        for _ in 0..<3 {
            #expect(!stream.hasEnded)
            stream.handle(
                .element(XMLElement("<auth xmlns='\(Namespace.sasl)' mechanism='PLAIN'>AA==</auth>"), isLast: true),
                into: &actions
            )
        }
        #expect(stream.hasEnded)
    }

    @Test("A recipient that cannot exist is the sender's error, not the stream's")
    func unaddressable() {
        var stream = Self.authenticated()
        let actions = stream.actions(
            after: .element(
                XMLElement("<message from='romeo@partner.example' to='@sip.example' id='1'/>"),
                isLast: true
            )
        )
        guard case .unaddressable(let stanza, pair, number: nil)? = actions.first else {
            Issue.record("\(actions)"); return
        }
        #expect(stanza.id == "1")
        #expect(!stream.hasEnded)
    }

    static let foreign: [(String, StreamError.Condition)] = [
        ("<message from='romeo@other.example' to='juliet@sip.example'/>", .invalidFrom),
        ("<message from='romeo@partner.example' to='juliet@elsewhere.example'/>", .hostUnknown),
        ("<message to='juliet@sip.example'/>", .improperAddressing),
        ("<message from='romeo@partner.example'/>", .improperAddressing),
        ("<message from='@' to='juliet@sip.example'/>", .improperAddressing),
        ("<message from='romeo@other.example' to='@'/>", .invalidFrom),
        ("<other from='romeo@partner.example' to='juliet@sip.example'/>", .unsupportedStanzaType),
        (
            "<message xmlns='jabber:client' from='romeo@partner.example' to='juliet@sip.example'/>",
            .unsupportedStanzaType
        ),
    ]

    @Test("Only the authenticated pair may speak", arguments: foreign)
    func refusesStanza(_ text: String, condition: StreamError.Condition) {
        var stream = Self.authenticated()
        let actions = stream.actions(after: .element(XMLElement(text), isLast: true))
        let errors = actions.compactMap {
            if case .send(let element) = $0 { StreamError(element).condition } else { nil }
        }
        #expect(errors == [condition])
        #expect(!actions.contains { if case .deliver = $0 { true } else { false } })
    }
}
