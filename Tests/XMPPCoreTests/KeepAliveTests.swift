import Testing
import XMPPCore

@Suite("keep-alive of a partner: signs of life, where it expects them")
struct KeepAliveTests {
    private static func rules(_ isOn: Bool) -> StreamRules {
        var rules = StreamRules.externalOnly
        rules.sendsKeepAlives = isOn
        return rules
    }

    @Test("On a stream that the partner opened", arguments: [true, false])
    func inbound(isOn: Bool) {
        var stream = InboundStreamTests.secured(Self.rules(isOn), .valid)
        _ = SecurityLessonTests.actions(
            &stream,
            .element(Wire.auth, isLast: true),
            .opened(InboundStreamTests.header, streamID: "s2"),
            InboundStreamTests.allowed(Self.rules(isOn), .valid),
            .timerFired(.keepAlive)
        )
        let actions = SecurityLessonTests.actions(&stream, .timerFired(.keepAlive))
        #expect(actions == (isOn ? [.sendWhitespace] : []) + [.startTimer(.keepAlive, .seconds(150))])
    }

    @Test("On a stream of ours", arguments: [true, false])
    func outbound(isOn: Bool) {
        var stream = OutboundStream(
            pair: pair,
            purpose: .traffic,
            configuration: OutboundStreamTests.configuration(Self.rules(isOn))
        )
        func actions(_ events: OutboundStream.Event...) -> [OutboundStream.Action] {
            var actions: [OutboundStream.Action] = []
            for event in events { stream.handle(event, into: &actions) }
            return actions
        }
        let header = OutboundStream.Event.opened(StreamHeader(from: "partner.example", id: "r1"))
        _ = actions(
            .started(directTLS: .valid),
            header,
            OutboundStreamTests.features(OutboundStreamTests.external),
            .element(Wire.success, isLast: true),
            header,
            OutboundStreamTests.features(""),
            .timerFired(.keepAlive)
        )
        #expect(stream.isEstablished)
        let found = actions(.timerFired(.keepAlive))
        #expect(found == (isOn ? [.sendWhitespace] : []) + [.startTimer(.keepAlive, .seconds(150))])
    }
}
