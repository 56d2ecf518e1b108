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
        stream.actions(
            after: .element(Wire.auth, isLast: true),
            .opened(InboundStreamTests.header, streamID: "s2"),
            InboundStreamTests.allowed(Self.rules(isOn), .valid),
            .timerFired(.keepAlive)
        )
        let actions = stream.actions(after: .timerFired(.keepAlive))
        #expect(actions == (isOn ? [.sendWhitespace] : []) + [.startTimer(.keepAlive, .seconds(150))])
    }

    @Test("On a stream of ours", arguments: [true, false])
    func outbound(isOn: Bool) {
        var stream = OutboundStreamTests.stream(Self.rules(isOn))
        let header = OutboundStream.Event.opened(StreamHeader(from: "partner.example", id: "r1"))
        stream.actions(
            after: .started(directTLS: .valid),
            header,
            OutboundStreamTests.features(OutboundStreamTests.external),
            .element(Wire.success, isLast: true),
            header,
            OutboundStreamTests.features(""),
            .timerFired(.keepAlive)
        )
        #expect(stream.isEstablished)
        let found = stream.actions(after: .timerFired(.keepAlive))
        #expect(found == (isOn ? [.sendWhitespace] : []) + [.startTimer(.keepAlive, .seconds(150))])
    }
}
