import TestSupport
import Testing
import XML
import XMPPCore

@Suite("XEP-0288: stanzas in both directions on one stream")
struct BidirectionalStreamTests {
    typealias Inbound = InboundStreamTests
    typealias Outbound = OutboundStreamTests

    static let request = XMLElement("<bidi xmlns='urn:xmpp:bidi'/>")
    static let enable = XMLElement("<enable xmlns='urn:xmpp:sm:3'/>")
    static let enabled = XMLElement("<enabled xmlns='urn:xmpp:sm:3'/>")
    static let sm = "<sm xmlns='urn:xmpp:sm:3'/>"
    static let pingFromUs = XMLElement(
        "<iq from='sip.example' to='partner.example' type='get' id='isthmus-ping-1'><ping xmlns='urn:xmpp:ping'/></iq>"
    )

    @Test("XEP-0478 §3.2: the initiating server tells its limits in its request")
    func limits() {
        var stream = Inbound.secured(.dialbackOverTLS, .absent)
        let limits =
            "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes><idle-seconds>60</idle-seconds></limits>"
        let actions = stream.actions(
            after: .element(XMLElement("<bidi xmlns='urn:xmpp:bidi'>\(limits)</bidi>"), isLast: false),
            .element(Wire.result, isLast: true),
            Inbound.allowed(.dialbackOverTLS),
            .keyVerified(pair, .valid)
        )
        #expect(stream.peerLimits == StreamLimits(maximumBytes: 10_000, idleSeconds: 60))
        #expect(actions.suffix(2) == [.startTimer(.keepAlive, .seconds(15)), .carries(pair)])
    }

    // MARK: The receiving role

    static let agreed: [Inbound.Step] = [
        Inbound.Step(.started(isSecured: true), Inbound.timers),
        Inbound.opened,
        Inbound.Step(
            Inbound.allowed(.externalOnly, .valid),
            Inbound.features(Inbound.externalFeature + Inbound.bidiFeature)
        ),
        Inbound.Step(.element(request, isLast: false)),
        Inbound.Step(
            .element(Wire.auth, isLast: true),
            .send(Wire.success),
            .authenticated(pair, .external),
            .restart
        ),
        Inbound.Step(.opened(Inbound.header, streamID: "s2"), Inbound.answer("s2"), Inbound.consult),
        Inbound.Step(Inbound.allowed(.externalOnly, .valid), Inbound.features(sm)),
    ]

    static let receiving: [[Inbound.Step]] = [
        // Both directions are acknowledged, each with its own counter.
        agreed + [
            Inbound.Step(.element(enable, isLast: true), .countsFromHere, .send(enabled), .carries(pair)),
            Inbound.Step(.stanzasSent(2), .send(Wire.request), .startTimer(.acknowledgement, .seconds(15))),
            Inbound.Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: 1)),
            Inbound.Step(.element(Wire.acknowledged(1), isLast: true), .taken(1)),
            Inbound.Step(.settled(1)),
            Inbound.Step(.element(Wire.request, isLast: true), .send(Wire.acknowledged(1))),
            Inbound.Step(.timerFired(.acknowledgement), .startTimer(.acknowledgement, .seconds(15))),
            Inbound.Step(
                .timerFired(.acknowledgement),
                .send(StreamError(.connectionTimeout, text: "nothing was acknowledged").element),
                .send(Wire.acknowledged(1)),
                .closeStream,
                .disconnect(.inactive)
            ),
        ],
        // A peer that wants no acknowledgements: what is written is taken.
        agreed + [
            Inbound.Step(
                .element(Wire.message, isLast: true),
                .carries(pair),
                .deliver(Wire.stanza, pair, number: nil)
            ),
            Inbound.Step(.stanzasSent(2), .taken(2)),
            // It asks later, as Prosody does: from there on both directions are counted.
            Inbound.Step(.element(enable, isLast: true), .countsFromHere, .send(enabled)),
            Inbound.Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: 1)),
            Inbound.Step(.stanzasSent(1), .send(Wire.request), .startTimer(.acknowledgement, .seconds(15))),
            Inbound.Step(.element(Wire.acknowledged(1), isLast: true), .taken(1)),
        ],
        // Dialback: as soon as the key is verified, and for each pair that is.
        [
            Inbound.Step(.started(isSecured: true), Inbound.timers),
            Inbound.opened,
            Inbound.Step(
                Inbound.allowed(.dialbackOverTLS),
                Inbound.features(Inbound.dialbackFeature + Inbound.bidiFeature)
            ),
            Inbound.Step(.element(request, isLast: false)),
            Inbound.Step(.element(Wire.result, isLast: true), Inbound.consult),
            Inbound.Step(Inbound.allowed(.dialbackOverTLS), .verifyKey(pair, streamID: "s1", key: "key")),
            Inbound.Step(
                .keyVerified(pair, .valid),
                .send(Wire.valid),
                .authenticated(pair, .dialbackOverTLS),
                .carries(pair)
            ),
            Inbound.Step(
                .element(XMLElement("<db:result from='other.example' to='sip.example'>key</db:result>"), isLast: true),
                .consult(local: "sip.example", remote: "other.example")
            ),
            Inbound.Step(Inbound.allowed(.dialbackOverTLS), .verifyKey(otherPair, streamID: "s1", key: "key")),
            Inbound.Step(
                .keyVerified(otherPair, .valid),
                .send(XMLElement("<db:result from='sip.example' to='other.example' type='valid'/>")),
                .authenticated(otherPair, .dialbackOverTLS),
                .carries(otherPair)
            ),
            Inbound.Step(.stanzasSent(3), .taken(3)),
            // We ask nothing by dialback on a peer's stream, so an answer is a forgery (XEP-0288 §4).
            Inbound.Step(
                .element(XMLElement("<db:result from='third.example' to='sip.example' type='valid'/>"), isLast: true)
            ),
            // A quiet peer without acknowledgements is asked whether it lives.
            Inbound.Step(.timerFired(.keepAlive), .startTimer(.keepAlive, .seconds(150))),
            Inbound.Step(.timerFired(.keepAlive), .send(pingFromUs), .startTimer(.keepAlive, .seconds(150))),
        ],
        // Not asked for: nothing of ours goes on it.
        [
            Inbound.Step(.started(isSecured: true), Inbound.timers),
            Inbound.opened,
            Inbound.Step(
                Inbound.allowed(.dialbackOverTLS),
                Inbound.features(Inbound.dialbackFeature + Inbound.bidiFeature)
            ),
            Inbound.Step(.element(Wire.result, isLast: true), Inbound.consult),
            Inbound.Step(Inbound.allowed(.dialbackOverTLS), .verifyKey(pair, streamID: "s1", key: "key")),
            Inbound.Step(.keyVerified(pair, .valid), .send(Wire.valid), .authenticated(pair, .dialbackOverTLS)),
            Inbound.Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: nil)),
        ],
    ]

    @Test(
        "As the receiving server: ours go back as soon as the peer is known, never before",
        arguments: receiving.indices
    )
    func receives(_ index: Int) {
        var stream = InboundStream(configuration: Inbound.configuration)
        #expect(Self.receiving[index].misstep { stream.actions(after: $0) } == nil)
    }

    @Test("It is offered inside TLS and before authentication only, and what was not offered is not taken")
    func offers() {
        func features(_ actions: [InboundStream.Action]) -> StreamFeatures? {
            actions.compactMap { if case .send(let element) = $0 { StreamFeatures(element) } else { nil } }.last
        }
        func refuses(_ stream: inout InboundStream) -> Bool {
            let actions = stream.actions(after: .element(Self.request, isLast: true))
            return actions.contains(.send(StreamError(.unsupportedStanzaType).element)) && stream.hasEnded
        }
        var clear = InboundStream(configuration: Inbound.configuration)
        var actions = clear.actions(
            after: .started(isSecured: false),
            .opened(Inbound.header, streamID: "s1"),
            Inbound.allowed(.anything)
        )
        #expect(features(actions)?.bidirectional == false)
        #expect(refuses(&clear))
        var late = Inbound.authenticated()
        #expect(refuses(&late))
        var configuration = Inbound.configuration
        configuration.allowsBidirectional = false
        var off = InboundStream(configuration: configuration)
        actions = off.actions(
            after: .started(isSecured: true),
            .opened(Inbound.header, streamID: "s1"),
            Inbound.allowed(.anything, .valid)
        )
        #expect(features(actions)?.bidirectional == false)
        #expect(refuses(&off))
    }

    // MARK: The initiating role

    static let bidi = "<bidi xmlns='urn:xmpp:features:bidi'/>"
    static let ask = OutboundStream.Action.send(
        XMLElement("<bidi xmlns='urn:xmpp:bidi'>\(Inbound.limits)</bidi>")
    )
    static let established: [Outbound.Step] = [
        Outbound.Step(.started(directTLS: .valid), Outbound.timers + [Outbound.header]),
        Outbound.opened(),
        Outbound.Step(Outbound.features(Outbound.external + bidi), ask, Outbound.auth),
        Outbound.Step(.element(Wire.success, isLast: true), .restart, Outbound.header),
        Outbound.opened("r2"),
        Outbound.Step(Outbound.features(sm), .send(enable), .established(.external, maximumBytes: nil)),
    ]
    static let dialbackEstablished: [Outbound.Step] = [
        Outbound.Step(.started(directTLS: .invalid("self-signed")), Outbound.timers + [Outbound.header]),
        Outbound.opened(),
        Outbound.Step(Outbound.features(Outbound.dialback + bidi), ask, .makeKey(pair, streamID: "r1")),
        Outbound.Step(.keyMade("k"), Outbound.asserted),
        Outbound.Step(.element(Outbound.accepted, isLast: true), .established(.dialbackOverTLS, maximumBytes: nil)),
    ]
    static func ended(_ error: StreamError, _ end: StreamEnd? = nil) -> [OutboundStream.Action] {
        [.send(error.element), .closeStream, .disconnect(end ?? .protocolError(error))]
    }

    static let initiating: [[Outbound.Step]] = [
        established + [
            // Before the peer has switched acknowledgements on, its stanzas do not count.
            Outbound.Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: nil)),
            Outbound.Step(.element(enabled, isLast: true)),
            Outbound.Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: 1)),
            Outbound.Step(.stanzasSent(1), .send(Wire.request), .startTimer(.acknowledgement, .seconds(15))),
            Outbound.Step(.element(Wire.request, isLast: true), .send(Wire.acknowledged(0))),
            Outbound.Step(.settled(1), .send(Wire.acknowledged(1))),
            Outbound.Step(.element(Wire.acknowledged(1), isLast: true), .taken(1)),
            Outbound.Step(.closedByPeer, .send(Wire.acknowledged(1)), .closeStream, .disconnect(.closed)),
        ],
        // Dialback; another pair, and the peer's questions.
        dialbackEstablished + [
            Outbound.Step(.element(Wire.message, isLast: true), .deliver(Wire.stanza, pair, number: nil)),
            Outbound.Step(.element(Wire.verify, isLast: true), .checkKey(pair, streamID: "out1", key: "key")),
            Outbound.Step(
                .keyChecked(pair, streamID: "out1", .invalid),
                .send(XMLElement("<db:verify from='sip.example' to='partner.example' id='out1' type='invalid'/>"))
            ),
            Outbound.Step(
                .element(
                    XMLElement("<db:result from='conf.partner.example' to='sip.example'>key</db:result>"),
                    isLast: true
                ),
                .send(
                    XMLElement(
                        """
                        <db:result from='sip.example' to='conf.partner.example' type='error'><error type='cancel'>\
                        <not-allowed xmlns='\(Namespace.stanzaErrors)'/><text xmlns='\(Namespace.stanzaErrors)' xml:lang='en'>\
                        this stream is for sip.example ⇄ partner.example alone</text></error></db:result>
                        """
                    )
                )
            ),
            Outbound.Step(.stanzasSent(2), .taken(2)),
            Outbound.Step(
                .element(XMLElement("<message from='romeo@other.example' to='juliet@sip.example'/>"), isLast: true),
                [
                    .refused(
                        DomainPair(local: "sip.example", remote: "other.example"),
                        .refused(StreamError(.invalidFrom, text: "not authenticated for sip.example ⇄ other.example"))
                    )
                ]
                    + ended(
                        StreamError(.invalidFrom, text: "not authenticated for sip.example ⇄ other.example"),
                        .refused(StreamError(.invalidFrom, text: "not authenticated for sip.example ⇄ other.example"))
                    )
            ),
        ],
        // Nobody may speak before we know who it is.
        Array(dialbackEstablished.prefix(4)) + [
            Outbound.Step(
                .element(Wire.message, isLast: true),
                ended(StreamError(.notAuthorized, text: "no stanzas this way"))
            )
        ],
        // A peer without acknowledgements is asked whether it lives, and is dead if it never answers.
        dialbackEstablished + [
            Outbound.Step(.timerFired(.keepAlive), .startTimer(.keepAlive, .seconds(150))),
            Outbound.Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Outbound.Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Outbound.Step(.stanzasSent(1), .taken(1)),
            Outbound.Step(.timerFired(.keepAlive), .send(pingFromUs), .startTimer(.keepAlive, .seconds(150))),
            Outbound.Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Outbound.Step(.stanzasSent(1), .taken(1)),
            Outbound.Step(.timerFired(.inactivity), .startTimer(.inactivity, .seconds(150))),
            Outbound.Step(.timerFired(.inactivity), .closeStream, .disconnect(.inactive)),
        ],
        // Not offered, so not asked for: one way only.
        [
            Outbound.Step(.started(directTLS: .valid), Outbound.timers + [Outbound.header]),
            Outbound.opened(),
            Outbound.Step(Outbound.features(Outbound.external), Outbound.auth),
            Outbound.Step(.element(Wire.success, isLast: true), .restart, Outbound.header),
            Outbound.opened("r2"),
            Outbound.Step(Outbound.features(""), .established(.external, maximumBytes: nil)),
            Outbound.Step(
                .element(Wire.message, isLast: true),
                ended(StreamError(.notAuthorized, text: "no stanzas this way"))
            ),
        ],
    ]

    @Test(
        "As the initiating server: the peer's stanzas are those of the pair, once we know who it is",
        arguments: initiating.indices
    )
    func initiates(_ index: Int) {
        var stream = OutboundStreamTests.stream(.externalOrDialback)
        #expect(Self.initiating[index].misstep { stream.actions(after: $0) } == nil)
    }

    static let unasked: [(StreamRules, secured: Bool, allowed: Bool, OutboundStream.Purpose)] = [
        (.anything, false, true, .traffic), (.anything, true, false, .traffic), (.anything, true, true, .verification),
    ]

    @Test("It is not asked for in the clear, where it is switched off, or to verify a key", arguments: unasked)
    func doesNotAsk(_ rules: StreamRules, secured: Bool, allowed: Bool, purpose: OutboundStream.Purpose) {
        var configuration = Outbound.configuration(rules)
        configuration.allowsBidirectional = allowed
        var stream = OutboundStream(pair: pair, purpose: purpose, configuration: configuration)
        let actions = stream.actions(
            after: .started(directTLS: secured ? .valid : nil),
            .opened(StreamHeader(id: "1")),
            Outbound.features(Outbound.dialback + Self.bidi),
            .keyMade("k"),
            .element(Outbound.accepted, isLast: true)
        )
        #expect(!actions.contains(Self.ask))
        #expect(!stream.isBidirectional)
    }
}
