import TestSupport
import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §4: a stream that we open")
struct OutboundStreamTests {
    typealias Stream = OutboundStream

    static func configuration(_ rules: StreamRules) -> Stream.Configuration {
        Stream.Configuration(rules: rules, hasCertificate: true, maximumBytes: 1000)
    }

    static func stream(_ rules: StreamRules, _ purpose: Stream.Purpose = .traffic) -> Stream {
        Stream(pair: pair, purpose: purpose, configuration: Self.configuration(rules))
    }

    typealias Step = TestSupport.Step<Stream.Event, Stream.Action>

    struct Scenario: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rules: StreamRules
        let purpose: Stream.Purpose
        let steps: [Step]
        init(_ description: String, _ rules: StreamRules, _ purpose: Stream.Purpose = .traffic, _ steps: Step...) {
            (self.testDescription, self.rules, self.purpose, self.steps) = (description, rules, purpose, steps)
        }
    }

    static let header = Stream.Action.open(StreamHeader(from: "sip.example", to: "partner.example", language: "en"))
    static let timers: [Stream.Action] = [
        .startTimer(.establishment, .seconds(60)), .startTimer(.inactivity, .seconds(150)),
        .startTimer(.keepAlive, .seconds(150)),
    ]
    static let start = Step(.started(directTLS: nil), timers + [header])
    static func opened(_ id: String = "r1") -> Step { Step(.opened(StreamHeader(from: "partner.example", id: id))) }
    static func features(_ inside: String) -> Stream.Event {
        .element(XMLElement("<stream:features>\(inside)</stream:features>"), isLast: true)
    }
    static let startTLS = "<starttls xmlns='\(Namespace.tls)'/>"
    static let external =
        "<mechanisms xmlns='\(Namespace.sasl)'><mechanism>PLAIN</mechanism><mechanism>EXTERNAL</mechanism></mechanisms>"
    static let dialback = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"
    static let auth = Stream.Action.send(
        XMLElement("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>c2lwLmV4YW1wbGU=</auth>")
    )
    static let asserted = Stream.Action.send(
        XMLElement("<db:result from='sip.example' to='partner.example'>k</db:result>")
    )
    static let accepted = XMLElement("<db:result from='partner.example' to='sip.example' type='valid'/>")
    static let verification = Stream.Verification(pair: pair, streamID: "in1")
    static let verify = Stream.Action.send(
        XMLElement("<db:verify from='sip.example' to='partner.example' id='in1'>p</db:verify>")
    )
    static let unavailable = XMLElement("<failure xmlns='\(Namespace.sasl)'><not-authorized/></failure>")
    static let secure: [Step] = [
        start, opened(),
        Step(features(startTLS), .send(Wire.startTLS)),
        Step(.element(Wire.proceed, isLast: true), .startTLS),
    ]

    static let scenarios: [Scenario] = [
        Scenario(
            "STARTTLS, SASL EXTERNAL, stanzas, acknowledgements",
            .externalOnly,
            .traffic,
            start,
            opened(),
            Step(features(startTLS), .send(Wire.startTLS)),
            Step(.element(Wire.proceed, isLast: true), .startTLS),
            Step(.secured(.valid), .restart, header),
            opened("r2"),
            Step(features(external), auth),
            Step(.element(Wire.success, isLast: true), .restart, header),
            opened("r3"),
            Step(
                features(
                    "<sm xmlns='urn:xmpp:sm:3'/><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>9000</max-bytes></limits>"
                ),
                .send(XMLElement("<enable xmlns='urn:xmpp:sm:3'/>")),
                .established(.external, maximumBytes: 9000)
            ),
            Step(.stanzasSent(3), .send(Wire.request), .startTimer(.acknowledgement, .seconds(15))),
            Step(.element(XMLElement("<enabled xmlns='urn:xmpp:sm:3'/>"), isLast: true)),
            Step(.element(Wire.acknowledged(2), isLast: true), .taken(2)),
            Step(.stanzasSent(1), .send(Wire.request)),
            Step(.element(Wire.acknowledged(2), isLast: true)),
            Step(.timerFired(.acknowledgement), .startTimer(.acknowledgement, .seconds(15))),
            Step(.element(Wire.acknowledged(4), isLast: true), .taken(2)),
            Step(.timerFired(.acknowledgement)),
            Step(.shutDown, .closeStream, .disconnect(.shuttingDown))
        ),
        Scenario(
            "direct TLS begins inside TLS",
            .externalOnly,
            .traffic,
            Step(.started(directTLS: .valid), timers + [header]),
            opened(),
            Step(features(external), auth)
        ),
        Scenario(
            "dialback in the clear, without acknowledgements: written is taken",
            .dialbackInClear,
            .traffic,
            start,
            opened(),
            Step(features(dialback), .makeKey(pair, streamID: "r1")),
            Step(.keyMade("k"), asserted),
            Step(.element(accepted, isLast: true), .established(.dialbackInClear, maximumBytes: nil)),
            Step(.stanzasSent(2), .taken(2))
        ),
        Scenario(
            "EXTERNAL refused, dialback allowed: dialback",
            .externalOrDialback,
            .traffic,
            Step(.started(directTLS: .valid), timers + [header]),
            opened(),
            Step(features(external + dialback), auth),
            Step(.element(unavailable, isLast: true), .makeKey(pair, streamID: "r1")),
            Step(.keyMade("k"), asserted),
            Step(.element(accepted, isLast: true), .established(.dialbackOverTLS, maximumBytes: nil))
        ),
        Scenario(
            "EXTERNAL refused, dialback not allowed: the end",
            .externalOnly,
            .traffic,
            Step(.started(directTLS: .valid), timers + [header]),
            opened(),
            Step(features(external + dialback), auth),
            Step(
                .element(unavailable, isLast: true),
                .closeStream,
                .disconnect(.authenticationFailed("not-authorized"))
            )
        ),
        Scenario(
            "TLS is required and not offered",
            .externalOrDialback,
            .traffic,
            start,
            opened(),
            Step(features(dialback), .closeStream, .disconnect(.tlsRequired))
        ),
        Scenario(
            "the peer requires TLS, which the rules exclude",
            .dialbackInClear,
            .traffic,
            start,
            opened(),
            Step(
                features("<starttls xmlns='\(Namespace.tls)'><required/></starttls>"),
                .send(StreamError(.unsupportedFeature, text: "starttls").element),
                .closeStream,
                .disconnect(.tlsNotSupported)
            )
        ),
        Scenario(
            "a server older than features: dialback, if the clear is allowed",
            .anything,
            .traffic,
            start,
            Step(
                .opened(StreamHeader(from: "partner.example", id: "r1", version: nil)),
                .makeKey(pair, streamID: "r1")
            ),
            Step(.keyMade("k"), asserted)
        ),
        Scenario(
            "a server older than features, and TLS required",
            .externalOrDialback,
            .traffic,
            start,
            Step(
                .opened(StreamHeader(from: "partner.example", id: "r1", version: nil)),
                .closeStream,
                .disconnect(.tlsRequired)
            )
        ),
        Scenario(
            "a certificate of somebody else is not talked to",
            .externalOnly,
            .traffic,
            Step(.started(directTLS: .invalid("it names other.example")), timers + [header]),
            opened(),
            Step(features(external), .closeStream, .disconnect(.certificateRejected("it names other.example")))
        ),
        Scenario(
            "our key is refused with a reason",
            .dialbackInClear,
            .traffic,
            start,
            opened(),
            Step(features(dialback), .makeKey(pair, streamID: "r1")),
            Step(.keyMade("k"), asserted),
            Step(
                .element(
                    XMLElement(
                        "<db:result from='partner.example' to='sip.example' type='error'><error type='cancel'><item-not-found xmlns='\(Namespace.stanzaErrors)'/></error></db:result>"
                    ),
                    isLast: true
                ),
                .closeStream,
                .disconnect(.dialbackFailed("item-not-found"))
            )
        ),
        Scenario(
            "no key to be had",
            .dialbackInClear,
            .traffic,
            start,
            opened(),
            Step(features(dialback), .makeKey(pair, streamID: "r1")),
            Step(.keyMade(nil), .closeStream, .disconnect(.dialbackFailed("the dialback authority does not answer")))
        ),
        Scenario(
            "a key of the peer is verified as soon as the stream allows it, and the answer counts once",
            .dialbackOverTLS,
            .verification,
            start,
            Step(.verify(verification, key: "p")),
            opened(),
            Step(features(startTLS), .send(Wire.startTLS)),
            Step(.element(Wire.proceed, isLast: true), .startTLS),
            Step(.secured(.invalid("self-signed")), .restart, header),
            opened("r2"),
            Step(features(external + dialback), verify),
            Step(
                .element(
                    XMLElement("<db:verify from='partner.example' to='sip.example' id='in1' type='valid'/>"),
                    isLast: true
                ),
                .verified(verification, .valid)
            ),
            Step(
                .element(
                    XMLElement("<db:verify from='partner.example' to='sip.example' id='in1' type='valid'/>"),
                    isLast: true
                )
            )
        ),
        Scenario(
            "verifications that wait when the stream ends are answered",
            .dialbackOverTLS,
            .verification,
            start,
            Step(.verify(verification, key: "p")),
            opened(),
            Step(
                features(dialback),
                .closeStream,
                .verified(
                    verification,
                    .failed(
                        StanzaError(
                            .policyViolation,
                            text: "the key could not be verified: TLS is required and the peer does not offer it"
                        )
                    )
                ),
                .disconnect(.tlsRequired)
            )
        ),
        Scenario(
            "nothing acknowledged in time: the stream is dead",
            .dialbackInClear,
            .traffic,
            start,
            opened(),
            Step(features(dialback + "<sm xmlns='urn:xmpp:sm:3'/>"), .makeKey(pair, streamID: "r1")),
            Step(.keyMade("k"), asserted),
            Step(
                .element(accepted, isLast: true),
                .send(XMLElement("<enable xmlns='urn:xmpp:sm:3'/>")),
                .established(.dialbackInClear, maximumBytes: nil)
            ),
            Step(.stanzasSent(1), .send(Wire.request), .startTimer(.acknowledgement, .seconds(15))),
            Step(
                .timerFired(.acknowledgement),
                .send(StreamError(.connectionTimeout, text: "nothing was acknowledged").element),
                .closeStream,
                .disconnect(.inactive)
            )
        ),
        Scenario(
            "the peer's error ends the stream and is told",
            .dialbackInClear,
            .traffic,
            start,
            opened(),
            Step(
                .element(
                    XMLElement("<stream:error><host-unknown xmlns='\(Namespace.streamErrors)'/></stream:error>"),
                    isLast: true
                ),
                .closeStream,
                .disconnect(.peerError(StreamError(.hostUnknown)))
            )
        ),
        Scenario(
            "the one who answers is not the one who was called",
            .dialbackInClear,
            .traffic,
            start,
            Step(
                .opened(StreamHeader(from: "evil.example", id: "r1")),
                .send(StreamError(.invalidFrom, text: "this is not the server that was called").element),
                .closeStream,
                .disconnect(.protocolError(StreamError(.invalidFrom, text: "this is not the server that was called")))
            )
        ),
    ]

    @Test(arguments: scenarios)
    func transcript(_ scenario: Scenario) {
        var stream = Self.stream(scenario.rules, scenario.purpose)
        #expect(scenario.steps.misstep { stream.actions(after: $0) } == nil)
    }

    static let tooHigh = [
        "<a xmlns='urn:xmpp:sm:3' h='2'/>", "<a xmlns='urn:xmpp:sm:3' h='4294967295'/>",
        "<a xmlns='urn:xmpp:sm:3' h='-1'/>", "<a xmlns='urn:xmpp:sm:3'/>",
    ]

    @Test("An acknowledgement of what was never sent ends the stream", arguments: tooHigh)
    func acknowledgesTooMuch(_ text: String) {
        var stream = Self.stream(.externalOnly)
        var actions = stream.actions(
            after: .started(directTLS: .valid),
            .opened(StreamHeader(id: "1")),
            Self.features(Self.external),
            .element(Wire.success, isLast: true),
            .opened(StreamHeader(id: "2")),
            Self.features("<sm xmlns='urn:xmpp:sm:3'/>"),
            .stanzasSent(1)
        )
        #expect(stream.isEstablished)
        actions = stream.actions(after: .element(XMLElement(text), isLast: true))
        #expect(stream.hasEnded)
        #expect(!actions.contains { if case .taken = $0 { true } else { false } })
    }
}
