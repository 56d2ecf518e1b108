import Testing
import XML
import XMPPCore

@Suite("XEP-0220 §2.7: how many keys and pairs one stream may have")
struct StreamKeysTests {
    @Test(
        "OF-2325: A stream has so many keys verified at once, and so many pairs; others are answered, and the stream goes on"
    )
    func keysOfAStream() {
        func key(_ number: Int) -> InboundStream.Event {
            .element(XMLElement("<db:result from='d\(number).example' to='sip.example'>key</db:result>"), isLast: true)
        }
        func domains(_ number: Int) -> DomainPair { DomainPair(local: "sip.example", remote: "d\(number).example") }
        func refusal(_ limit: InboundStream.Limit, _ number: Int) -> [InboundStream.Action] {
            let error = "<error type='wait'><resource-constraint xmlns='\(Namespace.stanzaErrors)'/></error>"
            return [
                .reached(limit, domains(number)),
                .send(
                    XMLElement(
                        "<db:result from='sip.example' to='d\(number).example' type='error'>\(error)</db:result>"
                    )
                ),
            ]
        }
        let configuration = InboundStream.Configuration(maximumBytes: 1000, pendingVerifications: 2, pairs: 3)
        var stream = InboundStream(configuration: configuration)
        let allowed = InboundStreamTests.allowed(.dialbackInClear)
        stream.actions(
            after: .started(isSecured: false),
            .opened(InboundStreamTests.header, streamID: "s1"),
            allowed
        )
        for number in 1...2 { stream.actions(after: key(number), allowed) }
        #expect(stream.actions(after: key(3)) == refusal(.verifications, 3))
        for number in 1...2 { stream.actions(after: .keyVerified(domains(number), .valid)) }
        stream.actions(after: key(3), allowed, .keyVerified(domains(3), .valid))
        #expect(stream.actions(after: key(4)) == refusal(.pairs, 4))
        #expect(stream.authenticatedPairs == Set((1...3).map(domains)) && !stream.hasEnded)
    }
}
