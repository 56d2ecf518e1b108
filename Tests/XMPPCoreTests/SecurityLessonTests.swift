import Testing
import XML
import XMPPCore

/// What other servers were taught by their attackers, each lesson under its name.
@Suite("Lessons of the field: server-to-server streams")
struct SecurityLessonTests {
    typealias Inbound = InboundStream
    typealias Outbound = OutboundStream

    static func routes(_ actions: [Inbound.Action]) -> Bool {
        actions.contains { if case .deliver = $0 { true } else { false } }
    }

    static func clear(_ rules: StreamRules) -> Inbound {
        InboundStreamTests.stream(
            .started(isSecured: false),
            .opened(InboundStreamTests.header, streamID: "s1"),
            InboundStreamTests.allowed(rules)
        )
    }

    static let states: [(String, Inbound)] = [
        ("in the clear", clear(.dialbackInClear)),
        ("in TLS", InboundStreamTests.secured(.externalOrDialback, .valid)),
        ("authenticated", InboundStreamTests.authenticated()),
    ]
    static let forgeries = [
        "<db:result from='partner.example' to='sip.example' type='valid'/>",
        "<db:result from='other.example' to='sip.example' type='valid'/>",
        "<db:verify from='other.example' to='sip.example' id='s1' type='valid'/>",
    ]

    @Test("CVE-2012-3525, CVE-2012-4672: an answer nobody asked for authorises nothing", arguments: 0..<3, forgeries)
    func unsolicitedInbound(_ state: Int, _ forgery: String) {
        var stream = Self.states[state].1
        let before = stream.authenticatedPairs
        let actions = stream.actions(
            after: .element(XMLElement(forgery), isLast: true),
            .element(XMLElement(forgery), isLast: true)
        )
        #expect(actions.isEmpty)
        #expect(stream.authenticatedPairs == before)
    }

    @Test("CVE-2012-3525: on a stream of ours, only the answer to our own key counts, and only once asked")
    func unsolicitedOutbound() {
        var stream = OutboundStreamTests.stream(.dialbackInClear)
        let valid = Outbound.Event.element(OutboundStreamTests.accepted, isLast: true)
        stream.actions(
            after: .started(directTLS: nil),
            .opened(StreamHeader(id: "1")),
            valid,
            OutboundStreamTests.features(""),
            valid
        )
        #expect(!stream.isEstablished)
        stream.actions(
            after: .keyMade("k"),
            .element(XMLElement("<db:result from='other.example' to='sip.example' type='valid'/>"), isLast: true),
            .element(
                XMLElement("<db:verify from='partner.example' to='sip.example' id='1' type='valid'/>"),
                isLast: true
            )
        )
        #expect(!stream.isEstablished)
        stream.actions(after: valid)
        #expect(stream.isEstablished)
    }

    @Test("A late or repeated verdict about a key authorises nothing")
    func replayedVerdict() {
        var stream = Self.clear(.dialbackInClear)
        #expect(stream.actions(after: .keyVerified(pair, .valid)).isEmpty)
        #expect(!stream.isEstablished)
    }

    static let certificates: [CertificateVerdict] = [.absent, .valid, .invalid("wrong name")]

    @Test("CVE-2021-32919: a certificate alone authenticates nobody", arguments: certificates)
    func dialbackWithoutDialback(_ certificate: CertificateVerdict) {
        var stream = InboundStreamTests.secured(.externalOrDialback, certificate)
        let actions = stream.actions(
            after: .element(Wire.result, isLast: true),
            InboundStreamTests.allowed(.externalOrDialback, certificate)
        )
        #expect(actions.last == .verifyKey(pair, streamID: "s1", key: "key"))
        #expect(!stream.isEstablished)
    }

    static let everyRule: [StreamRules] = [
        .externalOnly, .externalOrDialback, .anything, .dialbackOverTLS, .dialbackInClear,
    ]

    @Test(
        "Kamailio's and OpenSIPS's xmpp module: a stanza before authentication is never routed",
        arguments: everyRule,
        [true, false]
    )
    func stanzaBeforeAuthentication(_ rules: StreamRules, _ isSecured: Bool) {
        var stream = isSecured ? InboundStreamTests.secured(rules, .valid) : Self.clear(rules)
        guard !stream.hasEnded else { return }
        let actions = stream.actions(after: .element(Wire.message, isLast: true), .element(Wire.message, isLast: true))
        #expect(!Self.routes(actions))
        #expect(actions.contains(.send(StreamError(.notAuthorized, text: "stanza before authentication").element)))
        #expect(stream.hasEnded)
    }

    static let shortcuts = [
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
        "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>",
        "<bidi xmlns='urn:xmpp:bidi'/>",
        "<enable xmlns='urn:xmpp:sm:3'/>",
        "<resume xmlns='urn:xmpp:sm:3' previd='1' h='0'/>",
        "<db:result from='partner.example' to='sip.example'>key</db:result>",
        "<message from='a@partner.example' to='b@sip.example'/>",
        "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    ]

    @Test("ejabberd#95, CVE-2014-8760: where TLS is required, no other step gains anything", arguments: shortcuts)
    func skippingTLS(_ shortcut: String) {
        var stream = Self.clear(.externalOrDialback)
        let actions =
            stream.actions(after: .element(XMLElement(shortcut), isLast: true))
            + (stream.hasEnded || !shortcut.contains("db:result")
                ? [] : stream.actions(after: InboundStreamTests.allowed(.externalOrDialback)))
        #expect(!stream.isEstablished)
        #expect(!Self.routes(actions))
        #expect(!actions.contains { if case .verifyKey = $0 { true } else { false } })
    }

    @Test(
        "OF-2622: dialback that is switched off is off in the receiving and the authoritative role",
        arguments: [Wire.result, Wire.verify]
    )
    func dialbackDisabled(_ element: XMLElement) {
        var stream = InboundStreamTests.secured(.externalOnly, .valid)
        let actions = stream.actions(
            after: .element(element, isLast: true),
            InboundStreamTests.allowed(.externalOnly, .valid)
        )
        #expect(actions.contains(.refused(pair, .dialbackDisabled)))
        guard case .send(let answer)? = actions.last else { Issue.record("\(actions)"); return }
        #expect(answer.attribute("type") == "error")
    }

    @Test("OF-2622: dialback that is switched off is never begun")
    func dialbackDisabledOutbound() {
        var stream = OutboundStreamTests.stream(.externalOnly)
        let actions = stream.actions(
            after: .started(directTLS: .valid),
            .opened(StreamHeader(id: "1")),
            OutboundStreamTests.features(OutboundStreamTests.dialback)
        )
        #expect(actions.last == .disconnect(.dialbackDisabled))
        #expect(!actions.contains(.makeKey(pair, streamID: "1")))
    }

    @Test("CVE-2011-0411: what follows <starttls/> in the clear is discarded, and the connection closed")
    func plaintextInjection() {
        var stream = Self.clear(.externalOnly)
        let actions = stream.actions(
            after: .element(Wire.startTLS, isLast: false),
            .element(Wire.message, isLast: true)
        )
        #expect(!actions.contains(.startTLS))
        #expect(!Self.routes(actions))
        #expect(stream.hasEnded)
    }

    static let injected: [Inbound.Event] = [
        .whitespace, .element(Wire.message, isLast: true), .opened(InboundStreamTests.header, streamID: "x"),
        .parserFailed(.notWellFormed), .closedByPeer,
    ]

    @Test("CVE-2011-0411: nor is anything read between <starttls/> and the end of the handshake", arguments: injected)
    func injectionBeforeHandshake(_ event: Inbound.Event) {
        var stream = Self.clear(.externalOnly)
        let actions = stream.actions(after: .element(Wire.startTLS, isLast: true), event)
        #expect(
            actions.last == .disconnect(.protocolError(StreamError(.policyViolation, text: "data after <starttls/>")))
        )
    }

    @Test("CVE-2011-0411: the same on a stream of ours, behind <proceed/>")
    func injectionOutbound() {
        var stream = OutboundStreamTests.stream(.externalOnly)
        let actions = stream.actions(
            after: .started(directTLS: nil),
            .opened(StreamHeader(id: "1")),
            OutboundStreamTests.features(OutboundStreamTests.startTLS),
            .element(Wire.proceed, isLast: false)
        )
        #expect(!actions.contains(.startTLS))
        #expect(stream.hasEnded)
    }

    static let changed: [StreamHeader] = [
        StreamHeader(from: "other.example", to: "sip.example"),
        StreamHeader(from: "partner.example", to: "other.example"),
        StreamHeader(from: nil, to: "sip.example"),
    ]

    @Test("CVE-2018-10847: names may not change when a stream is restarted", arguments: changed, [true, false])
    func namesChange(_ header: StreamHeader, _ afterTLS: Bool) {
        var stream = afterTLS ? Self.clear(.externalOnly) : InboundStreamTests.secured(.externalOnly, .valid)
        _ =
            afterTLS
            ? stream.actions(after: .element(Wire.startTLS, isLast: true), .secured)
            : stream.actions(after: .element(Wire.auth, isLast: true))
        _ = stream.actions(after: .opened(header, streamID: "s2"))
        #expect(stream.hasEnded)
    }

    @Test(
        "ejabberd#2030: EXTERNAL is offered only for a certificate that names the stream's 'from'",
        arguments: certificates
    )
    func offersExternal(_ certificate: CertificateVerdict) {
        var stream = InboundStreamTests.stream(
            .started(isSecured: true),
            .opened(InboundStreamTests.header, streamID: "1")
        )
        let actions = stream.actions(after: InboundStreamTests.allowed(.externalOrDialback, certificate))
        guard case .send(let features)? = actions.first else { Issue.record("\(actions)"); return }
        #expect(StreamFeatures(features).mechanisms == (certificate == .valid ? ["EXTERNAL"] : []))
    }

    @Test("Tigase: without a 'from', nothing is offered that would need one")
    func missingFrom() {
        var stream = InboundStreamTests.stream(
            .started(isSecured: true),
            .opened(StreamHeader(to: "sip.example"), streamID: "1")
        )
        let actions = stream.actions(after: InboundStreamTests.allowed(.externalOrDialback, .valid))
        guard case .send(let features)? = actions.first else { Issue.record("\(actions)"); return }
        #expect(StreamFeatures(features).mechanisms == [])
        #expect(StreamFeatures(features).dialback)
    }

    @Test("OF-2590: a server whose certificate names somebody else never gets our EXTERNAL")
    func outboundIdentity() {
        var stream = OutboundStreamTests.stream(.externalOrDialback)
        let actions = stream.actions(
            after: .started(directTLS: .invalid("it names other.example")),
            .opened(StreamHeader(id: "1")),
            OutboundStreamTests.features(OutboundStreamTests.external)
        )
        #expect(!actions.contains(OutboundStreamTests.auth))
    }

    @Test(
        "OF-986: a key is not verified over a stream that the rules would not allow",
        arguments: [StreamRules.externalOnly, .dialbackOverTLS]
    )
    func verificationObeysRules(_ rules: StreamRules) {
        var stream = OutboundStreamTests.stream(rules, .verification)
        let actions = stream.actions(
            after: .started(directTLS: nil),
            .verify(OutboundStreamTests.verification, key: "p"),
            .opened(StreamHeader(id: "1")),
            OutboundStreamTests.features(OutboundStreamTests.dialback)
        )
        #expect(!actions.contains(OutboundStreamTests.verify))
        #expect(actions.contains { if case .verified(_, .failed) = $0 { true } else { false } })
    }

    @Test("OF-2325: a flood of keys sets off a bounded number of verifications")
    func floodOfKeys() {
        var stream = Self.clear(.dialbackInClear)
        var verifications = 0
        for index in 0..<10_000 {
            let request = XMLElement(
                "result",
                namespace: Namespace.dialback,
                attributes: [.init("from", "d\(index).example"), .init("to", "sip.example")],
                text: "k"
            )
            for action in stream.actions(after: .element(request, isLast: true)) {
                guard case .consult = action else { continue }
                for case .verifyKey in stream.actions(after: InboundStreamTests.allowed(.dialbackInClear)) {
                    verifications += 1
                }
            }
        }
        #expect(verifications == 8)
    }

    @Test("OF-2681: dialback is known by its namespace, whatever its prefix; without it, it is nothing")
    func dialbackPrefix() {
        var stream = Self.clear(.dialbackInClear)
        let odd = XMLElement(
            "<x:result xmlns:x='jabber:server:dialback' from='partner.example' to='sip.example'>key</x:result>"
        )
        #expect(stream.actions(after: .element(odd, isLast: true)) == [InboundStreamTests.consult])
        var other = Self.clear(.dialbackInClear)
        _ = other.actions(
            after: .element(XMLElement("<result from='partner.example' to='sip.example'>key</result>"), isLast: true)
        )
        #expect(other.hasEnded)
    }

    @Test("CVE-2014-2741, CVE-2014-2745: there is no compression")
    func compression() {
        for rules in Self.everyRule {
            var features = StreamFeatures()
            features.dialback = rules.allowsDialbackInClear
            #expect(!features.element.elements.contains { $0.name == "compression" })
        }
        var stream = InboundStreamTests.authenticated()
        _ = stream.actions(after: .element(XMLElement(Self.shortcuts[2]), isLast: true))
        #expect(stream.hasEnded)
    }

    @Test("One authenticated pair does not open the stream for another")
    func otherPairs() {
        var stream = InboundStreamTests.authenticated()
        let actions = stream.actions(
            after: .element(XMLElement("<message from='a@other.example' to='b@sip.example'/>"), isLast: true)
        )
        #expect(!Self.routes(actions))
        #expect(stream.hasEnded)
    }

    @Test("Several pairs on one stream are each verified, and independent")
    func severalPairs() {
        var stream = Self.clear(.dialbackInClear)
        let allowed = InboundStreamTests.allowed(.dialbackInClear)
        _ = stream.actions(after: .element(Wire.result, isLast: true), allowed, .keyVerified(pair, .valid))
        let second = XMLElement("<db:result from='other.example' to='sip.example'>k2</db:result>")
        let actions = stream.actions(after: .element(second, isLast: true), allowed, .keyVerified(otherPair, .invalid))
        #expect(actions.last == .send(XMLElement("<db:result from='sip.example' to='other.example' type='invalid'/>")))
        #expect(!stream.hasEnded)
        #expect(stream.authenticatedPairs == [pair])
    }
}
