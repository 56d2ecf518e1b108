import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §13.7.2.3: a certificate that expires, or loses its trust, under a live stream")
struct CertificateLossTests {
    private static let reset = XMLElement(
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            + "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>the certificate has expired</text></stream:error>"
    )
    private static let end = StreamEnd.certificateRejected("the certificate has expired")

    @Test("A stream that the certificate opened ends with reset")
    func inbound() {
        var stream = InboundStreamTests.authenticated()
        #expect(
            stream.actions(after: .certificateLost("the certificate has expired"))
                == [.send(Self.reset), .closeStream, .disconnect(Self.end)]
        )
        #expect(stream.actions(after: .certificateLost("again")).isEmpty)
    }

    @Test("Between success and the new header too: our header comes first, as before every stream error")
    func betweenStreams() {
        var stream = InboundStreamTests.secured(.externalOnly, .valid)
        stream.actions(after: .element(Wire.auth, isLast: true))
        let actions = stream.actions(after: .certificateLost("the certificate has expired"))
        #expect(actions.dropFirst() == [.send(Self.reset), .closeStream, .disconnect(Self.end)])
        if case .open? = actions.first {} else { Issue.record("\(actions)") }
    }

    @Test("A stream that dialback opened, or that is none yet, does not rest on the certificate")
    func notResting() {
        for var stream in [
            InboundStreamTests.secured(.externalOrDialback, .valid), SecurityLessonTests.clear(.dialbackInClear),
        ] {
            #expect(stream.actions(after: .certificateLost("the certificate has expired")).isEmpty)
            #expect(!stream.hasEnded)
        }
    }

    @Test("Streams of ours end in the same way; one that has asserted a key goes on", arguments: [true, false])
    func outbound(isExternal: Bool) {
        var stream = OutboundStreamTests.stream(.externalOrDialback)
        let header = OutboundStream.Event.opened(StreamHeader(from: "partner.example", id: "r1"))
        stream.actions(after: .started(directTLS: .valid), header)
        if isExternal {
            stream.actions(
                after: OutboundStreamTests.features(OutboundStreamTests.external),
                .element(Wire.success, isLast: true),
                header,
                OutboundStreamTests.features("")
            )
        } else {
            stream.actions(
                after: OutboundStreamTests.features(OutboundStreamTests.dialback),
                .keyMade("key"),
                .element(
                    XMLElement("<db:result from='partner.example' to='sip.example' type='valid'/>"),
                    isLast: true
                )
            )
        }
        #expect(stream.isEstablished)
        let found = stream.actions(after: .certificateLost("the certificate has expired"))
        #expect(found == (isExternal ? [.send(Self.reset), .closeStream, .disconnect(Self.end)] : []))
        #expect(stream.hasEnded == isExternal)
    }
}
