import TestSupport
import Testing
import XML
import XMPPCore

@Suite("RFC 7712 §5: a certificate that DNS may prove, on a stream that a peer opened")
struct CertificateProofTests {
    private typealias Stream = InboundStream
    private typealias Step = InboundStreamTests.Step

    private static let reason = "self-signed certificate"
    private static let disproof = "self-signed certificate; by DANE: no matching records"
    private static let provable = CertificateVerdict.provable(reason)

    private static func asked(_ rules: StreamRules) -> [Step] {
        [
            Step(.started(isSecured: true), InboundStreamTests.timers), InboundStreamTests.opened,
            Step(InboundStreamTests.allowed(rules, Self.provable), .proveCertificate(pair)),
        ]
    }

    private static func rejected(_ reason: String) -> [Stream.Action] {
        let end = StreamEnd.certificateRejected(reason)
        let error = StreamError(.notAuthorized, text: end.description)
        return [.refused(pair, end)] + InboundStreamTests.ended(error, end)
    }

    private static func play(_ steps: [Step]) -> Stream {
        var stream = Stream(configuration: InboundStreamTests.configuration)
        for step in steps {
            let actions = stream.actions(after: step.event)
            #expect(actions == step.actions, "after \(step.event)")
        }
        return stream
    }

    @Test("Features wait for the answer; proven, EXTERNAL is offered, and after it nobody is asked again")
    func proven() {
        let stream = Self.play(
            Self.asked(.externalOrDialback) + [
                Step(.whitespace),
                Step(
                    .certificateProven(pair, .valid),
                    InboundStreamTests.features(
                        InboundStreamTests.externalFeature + InboundStreamTests.dialbackFeature
                            + InboundStreamTests.bidiFeature
                    )
                ),
                Step(
                    .element(Wire.auth, isLast: true),
                    .send(Wire.success),
                    .authenticated(pair, .external),
                    .restart
                ),
                Step(
                    .opened(InboundStreamTests.header, streamID: "s2"),
                    InboundStreamTests.answer("s2"),
                    InboundStreamTests.consult
                ),
                Step(
                    InboundStreamTests.allowed(.externalOrDialback, Self.provable),
                    InboundStreamTests.features("<sm xmlns='urn:xmpp:sm:3'/>")
                ),
            ]
        )
        #expect(stream.isEstablished)
    }

    @Test("Not proven, and nothing else allowed: the end, with the reason of both")
    func disproven() {
        let stream = Self.play(
            Self.asked(.externalOnly) + [
                Step(.certificateProven(pair, .invalid(Self.disproof)), Self.rejected(Self.disproof)),
                Step(.certificateProven(pair, .valid)),
            ]
        )
        #expect(stream.hasEnded && !stream.isEstablished)
    }

    @Test("Not proven where dialback is allowed: dialback is what is offered, and EXTERNAL is not taken")
    func dialbackInstead() {
        var stream = Self.play(
            Self.asked(.externalOrDialback) + [
                Step(
                    .certificateProven(pair, .invalid(Self.disproof)),
                    InboundStreamTests.features(InboundStreamTests.dialbackFeature + InboundStreamTests.bidiFeature)
                )
            ]
        )
        #expect(
            !stream.actions(after: .element(Wire.auth, isLast: true))
                .contains(.authenticated(pair, .external))
        )
    }

    @Test(
        "A peer that does not wait has no proof: its element is read by the features without; a late proof counts for nothing"
    )
    func impatient() {
        var stream = Self.play(
            Self.asked(.externalOrDialback) + [
                Step(
                    .element(Wire.result, isLast: true),
                    InboundStreamTests.features(InboundStreamTests.dialbackFeature + InboundStreamTests.bidiFeature),
                    InboundStreamTests.consult
                ),
                Step(
                    InboundStreamTests.allowed(.externalOrDialback, Self.provable),
                    .verifyKey(pair, streamID: "s1", key: "key")
                ),
                Step(.certificateProven(pair, .valid)),
            ]
        )
        #expect(
            !stream.actions(after: .element(Wire.auth, isLast: true))
                .contains(.authenticated(pair, .external))
        )
        #expect(!stream.isEstablished)
    }

    @Test("EXTERNAL before the answer authenticates nobody, whatever the answer is", arguments: [true, false])
    func impatientExternal(isAnswered: Bool) {
        var stream = Self.play(Self.asked(.externalOnly))
        let actions = stream.actions(after: .element(Wire.auth, isLast: true))
        #expect(actions == Self.rejected(Self.reason))
        if isAnswered { #expect(stream.actions(after: .certificateProven(pair, .valid)).isEmpty) }
        #expect(!stream.isEstablished)
    }

    @Test("An answer for another pair is none")
    func otherPairs() {
        _ = Self.play(Self.asked(.externalOnly) + [Step(.certificateProven(otherPair, .valid))])
    }

    @Test("What a proof would not change is not asked: no EXTERNAL in the rules, no name, no features, no TLS")
    func notAsked() {
        let headers: [(isSecured: Bool, StreamHeader, StreamRules)] = [
            (true, InboundStreamTests.header, .dialbackOverTLS),
            (true, StreamHeader(to: "sip.example"), .externalOrDialback),
            (true, StreamHeader(from: "partner.example", to: "sip.example", version: nil), .externalOrDialback),
            (false, InboundStreamTests.header, .anything),
        ]
        for (isSecured, header, rules) in headers {
            var stream = InboundStreamTests.stream(.started(isSecured: isSecured), .opened(header, streamID: "s1"))
            let actions = stream.actions(after: InboundStreamTests.allowed(rules, Self.provable))
            #expect(!actions.contains(.proveCertificate(pair)), "\(actions)")
            #expect(!stream.isEstablished)
        }
    }

    @Test("While the answer is not there, the stream ends as any other: in time, in order, with its peer")
    func endsMeanwhile() {
        let ends: [(Stream.Event, StreamEnd)] = [
            (.timerFired(.establishment), .establishmentTimeout), (.closedByPeer, .closed),
            (.disconnected, .disconnected), (.shutDown, .shuttingDown),
        ]
        for (event, end) in ends {
            var stream = Self.play(Self.asked(.externalOnly))
            #expect(stream.actions(after: event).last == .disconnect(end))
            #expect(stream.actions(after: .certificateProven(pair, .valid)).isEmpty)
        }
    }
}
