import Testing
import XML
import XMPPCore

@Suite("RFC 6120 §5, §6: steps that are refused, word for word")
struct RefusedStepTests {
    private static func actions(_ stream: inout InboundStream, _ text: String) -> [InboundStream.Action] {
        let actions = stream.actions(after: .element(XMLElement(text), isLast: true))
        return actions
    }

    private static func saslFailure(_ condition: String) -> InboundStream.Action {
        .send(XMLElement("<failure xmlns='\(Namespace.sasl)'><\(condition)/></failure>"))
    }

    static let answers: [(String, condition: String)] = [
        ("<abort xmlns='\(Namespace.sasl)'/>", "aborted"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='PLAIN'>=</auth>", "invalid-mechanism"),
        ("<auth xmlns='\(Namespace.sasl)'>=</auth>", "invalid-mechanism"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='external'>=</auth>", "invalid-mechanism"),
        ("<response xmlns='\(Namespace.sasl)'>=</response>", "malformed-request"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>?</auth>", "incorrect-encoding"),
        ("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>b3RoZXIuZXhhbXBsZQ==</auth>", "invalid-authzid"),
    ]

    @Test("SASL: each mistake has its condition, and authenticates nobody", arguments: answers)
    func sasl(_ text: String, condition: String) {
        var stream = InboundStreamTests.secured(.externalOnly, .valid)
        #expect(Self.actions(&stream, text).first == Self.saslFailure(condition))
        #expect(!stream.isEstablished && !stream.hasEnded)
        // What was refused once may still be done right: RFC 6120 §6.4.5.
        #expect(
            Self.actions(&stream, "<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>=</auth>").contains(.restart)
        )
        #expect(stream.isEstablished)
    }

    @Test("<abort/> after our challenge ends the attempt: a late response is none")
    func abortAfterChallenge() {
        var stream = InboundStreamTests.secured(.externalOnly, .valid)
        _ = Self.actions(&stream, "<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'/>")
        #expect(Self.actions(&stream, "<abort xmlns='\(Namespace.sasl)'/>").first == Self.saslFailure("aborted"))
        #expect(
            Self.actions(&stream, "<response xmlns='\(Namespace.sasl)'>=</response>").first
                == Self.saslFailure("malformed-request")
        )
        #expect(!stream.isEstablished)
    }

    @Test(
        "<starttls/> that was not offered: <failure/>, the end of the stream, and no handshake",
        arguments: [true, false]
    )
    func startTLS(isSecured: Bool) {
        var stream =
            isSecured
            ? InboundStreamTests.secured(.externalOrDialback, .valid)
            : InboundStreamTests.stream(
                .started(isSecured: false),
                .opened(InboundStreamTests.header, streamID: "s1"),
                InboundStreamTests.allowed(.dialbackInClear)
            )
        let actions = Self.actions(&stream, "<starttls xmlns='\(Namespace.tls)'/>")
        #expect(actions.first == .send(XMLElement("<failure xmlns='\(Namespace.tls)'/>")))
        #expect(!actions.contains(.startTLS))
        #expect(stream.hasEnded)
    }

    @Test("A root that is no stream is bad-format", arguments: ["<message xmlns='jabber:server'/>", "<x/>"])
    func badRoot(_ text: String) throws {
        let conversation = try Conversation(with: "sip.example")
        conversation.feed(text.utf8)
        let error = try #require(conversation.streamError)
        #expect(["bad-format", "invalid-namespace"].contains(error))
        #expect(conversation.hasEnded)
    }

    static let attributes = [
        "<db:result to='sip.example'>key</db:result>", "<db:result from='partner.example'>key</db:result>",
        "<db:result>key</db:result>", "<db:verify from='partner.example' to='sip.example'>key</db:verify>",
        "<db:verify from='partner.example' to='sip.example' id='1' type='?'/>",
        "<db:result from='a@partner.example' to='sip.example'>key</db:result>",
        "<db:result from='' to=''>key</db:result>", "<db:result from='partner.example' to='sip.example'/>",
    ]

    @Test("Kamailio's xmpp module: dialback without what it needs is refused, and harms nobody", arguments: attributes)
    func missingAttributes(_ text: String) {
        var stream = InboundStreamTests.stream(
            .started(isSecured: false),
            .opened(InboundStreamTests.header, streamID: "s1"),
            InboundStreamTests.allowed(.dialbackInClear)
        )
        let actions = Self.actions(&stream, text)
        #expect(actions.contains(.send(StreamError(.improperAddressing, text: "unreadable dialback").element)))
        #expect(stream.hasEnded && !stream.isEstablished)
    }

    @Test("An attribute given twice is no XML: the second never wins over the first")
    func duplicateAttribute() throws {
        let conversation = try Conversation(with: "sip.example")
        let header =
            "<stream:stream xmlns='jabber:server' xmlns:stream='\(Namespace.stream)' version='1.0' "
            + "from='a.example' from='b.example' to='sip.example'>"
        conversation.feed(header.utf8)
        #expect(conversation.streamError == "not-well-formed")
        #expect(conversation.hasEnded)
    }
}
