import Interworking
import Messaging
import Presence
import SIPCore
import Testing
import XML
import XMPPCore

/// Every case of the corpus that bears on the mapping.
@Suite("Conformance corpus", .tags(.interworking, .vectors))
struct CorpusTests {
    @Test("Cases that lie beside the tests", arguments: Corpus.copied)
    func copied(_ one: CorpusCase) throws { try Self.run(one) }

    @Test(
        "Cases that may not be copied",
        .enabled(if: Corpus.folder != nil, "ISTHMUS_CORPUS is not set"),
        arguments: Corpus.others
    )
    func others(_ one: CorpusCase) throws { try Self.run(one) }

    @Test("The copies are there")
    func present() {
        #expect(Corpus.copied.count > 80)
    }

    /// Kinds of case by the beginning of their ids; the longest that fits counts.
    private static let kinds: [(prefix: String, check: @Sendable (CorpusCase) throws -> Void)] = [
        ("rfc7247-addr-", address), ("xep0106-sip-", address), ("rfc7247-err-s2x-", statusToCondition),
        ("rfc7247-err-x2s-", conditionToStatus), ("rfc7572-p03-message-s2x", messageToXMPP),
        ("rfc7573-t3-", isComposing), ("rfc7573-t4-", chatState), ("rfc8048-p09-approve", presence),
        ("rfc8048-p10-reject", presence), ("rfc8048-p13-notify-closed", notify), ("rfc8048-priority-", priority),
        ("rfc8048-refresh-", refresh), ("doc-rfc3863", document), ("doc-rfc4479", document), ("doc-rfc4480", document),
        ("doc-rfc4482", document), ("doc-rfc4662", document), ("doc-rfc5262", document), ("doc-rfc3994", isComposing),
        ("doc-rfc5438", notification), ("imdn-cpim-", cpim), ("inject-s2x-", injectionFromSIP),
        ("inject-x2s-", injectionFromXMPP), ("utf8-", utf8),
    ]

    /// Cases of the same areas that are no mapping of a message: rows and rules that unit tests cite, flows, MSRP.
    static func concerns(_ id: String) -> Bool { self.kinds.contains { id.hasPrefix($0.prefix) } }

    private static func run(_ one: CorpusCase) throws {
        let kind = self.kinds.filter { one.id.hasPrefix($0.prefix) }.max { $0.prefix.count < $1.prefix.count }
        try #require(kind).check(one)
    }

    // MARK: RFC 7247 §6, XEP-0106

    private static func address(_ one: CorpusCase) throws {
        let input = try one.text().trimmed
        let output = try one.output().trimmed
        // XEP-0106 keeps `%zy`, which is no escape: RFC 3986 forbids it in a URI, our parser refuses it.
        if input.contains(":"), input.contains("%zy") {
            #expect((try? SIPURI(parsing: "sip" + input.drop { $0 != ":" })) == nil)
            return
        }
        if let uri = input.contains(":") ? input : nil {
            let address = try Address(SIPURI(parsing: "sip" + uri.drop { $0 != ":" }))
            #expect(try JID(address).description == output)
        } else if output.contains(":") {
            let expected = try #require(try? Address(JID(parsing: input)))
            // The XEP escapes more than a SIP URI needs, and spells `%zy` as it is.
            let target = output.replacing("%zy", with: "%25zy")
            #expect(try Address(SIPURI(parsing: "sip" + target.drop { $0 != ":" })) == expected)
        } else {
            let plain = input.contains("\\") ? output : input
            let jid = input.contains("\\") ? input : output
            #expect(try Address(JID(parsing: jid)).bare.description == plain)
        }
    }

    // MARK: RFC 7247 §7

    private static func statusToCondition(_ one: CorpusCase) throws {
        var headers = Headers()
        headers.append(.contact, "<sip:new@example.org>")
        let failure = DeliveryFailure(Response(Status(try one.number("status")), headers: headers))
        let error = StanzaError(failure)
        let allowed = [one.expected.condition].compactMap(\.self) + (one.expected.alternatives ?? [])
        #expect(allowed.contains(error.condition.rawValue))
        if error.condition == .gone {
            #expect((error.alternative != nil) == (try one.number("status") == 301))
        }
    }

    private static func conditionToStatus(_ one: CorpusCase) throws {
        let error = StanzaError(try XMLDocument.parse(try one.input()))
        let failure = DeliveryFailure(error)
        var allowed = try #require(one.expected.status_any_of)
        // RFC 4320 §4.2: never 408.
        if allowed.contains(408) { allowed.append(504) }
        for recipient in [juliet, Address(user: "juliet", domain: "example.com", instance: "r")] {
            let status = SIPAnswer(failure, recipient: recipient, agent: "gw").status.code
            #expect(allowed.contains(status))
        }
    }

    // MARK: RFC 7572

    private static func request(_ one: CorpusCase, _ suffix: String) throws -> Request {
        guard case .request(let request) = try StreamFramer.parse(datagram: try one.input(suffix)) else {
            throw StanzaError(.badRequest)
        }
        return request
    }

    private static func messageToXMPP(_ one: CorpusCase) throws {
        let interpretation = SIPMessageMapping.interpret(
            try Self.request(one, ".wire.sip"),
            id: MessageID("m1"),
            now: 0
        )
        let sent = try #require(try interpretation.message?.stanzas().first)
        let expected = try stanza(try one.output(".xml"))
        #expect(sent.from?.bare == expected.from?.bare && sent.to == expected.to && sent.type == nil)
        #expect(sent.child("body")?.text == expected.child("body")?.text)
        #expect(sent.child("thread") != nil)
    }

    // MARK: RFC 3994, RFC 7573

    private static func request(_ body: [UInt8], _ type: String) -> Request {
        Request(
            .message,
            uri: SIPURI(user: "juliet", host: "example.com"),
            headers: Headers([
                .init(.from, "<sip:romeo@example.net>;tag=1"), .init(.callID, "c"), .init(.contentType, type),
            ]),
            body: body
        )
    }

    private static func interpret(_ body: [UInt8], _ type: String) -> Interpretation {
        SIPMessageMapping.interpret(Self.request(body, type), id: MessageID("m1"), now: 0)
    }

    private static func isComposing(_ one: CorpusCase) throws {
        let interpretation = Self.interpret(try one.input(), "application/im-iscomposing+xml")
        guard case .composition(let composition) = interpretation.message?.content else {
            Issue.record("\(interpretation)")
            return
        }
        let isActive = try one.text().contains(">active<")
        #expect(composition.state == (isActive ? .composing : .active))
    }

    private static func chatState(_ one: CorpusCase) throws {
        let state = try one.text().trimmed
        let heard = InboundStanza.interpret(
            try stanza("<message from='juliet@example.com/r' to='romeo@example.net'>\(state)</message>"),
            id: MessageID("m1")
        )
        let parts = try SIPMessageMapping.parts(for: try #require(heard.message), now: 0)
        guard !one.expected_output.isEmpty else {
            #expect(parts == nil)
            return
        }
        let expected = try XMLDocument.parse(Array(try one.output().utf8))
        let sent = try XMLDocument.parse(try #require(parts?.body))
        #expect(sent.elements.first?.text == expected.elements.first?.text)
    }

    // MARK: RFC 8048

    private static func presence(_ one: CorpusCase) throws {
        let interpretation = InboundStanza.interpret(try stanza(try one.text(".xml")), id: MessageID("m1"))
        let isApproval = try one.output().contains("Subscription-State: active")
        #expect(interpretation.message?.content == .subscriptionState(isApproval ? .active : .terminated))
    }

    private static func notify(_ one: CorpusCase) throws {
        let request = try Self.request(one, ".wire.sip")
        let notification = try #require(try SIPPresenceMapping.notification(in: request))
        let stanzas = try neutral(.presence(notification)).stanzas()
        let expected = try stanza(try one.output(".xml"))
        #expect(stanzas.map(\.type) == [expected.type])
        #expect(stanzas.first?.from?.bare == expected.from?.bare)
    }

    private static func priority(_ one: CorpusCase) throws {
        let priority = try one.number("xmpp_priority")
        let pidf = TuplePriority.pidf(try #require(Int8(exactly: priority)))
        #expect((pidf == nil) == (priority < 0))
        if let pidf {
            #expect(try one.output().contains("\"\(pidf)\""))
        }
    }

    private static func refresh(_ one: CorpusCase) throws {
        let outcome = SIPPresenceMapping.outcome(ofSubscribe: try one.number("status"))
        #expect((outcome == .cancelled) == (one.expected.authorisation != "keep"))
    }

    private static func document(_ one: CorpusCase) throws {
        let isPIDF = one.expected.root == "presence" || one.expected.root == "impp:presence"
        guard isPIDF, one.expected.well_formed == true else {
            #expect(throws: PIDFError.self) { try PIDFDocument(parsing: try one.input()) }
            return
        }
        let document = try PIDFDocument(parsing: try one.input())
        #expect(document.tuples.compactMap(\.isOpen).map { $0 ? "open" : "closed" } == one.expected.basic_values)
        #expect(try PIDFDocument(parsing: document.bytes) == document)
    }

    // MARK: RFC 5438, RFC 3862

    private static func notification(_ one: CorpusCase) throws {
        let interpretation = Self.interpret(try one.input(), "message/imdn+xml")
        #expect(
            interpretation.message?.content
                == .deliveryReceipt(DeliveryReceipt(originID: "34jk324j", outcome: .delivered))
        )
    }

    private static func cpim(_ one: CorpusCase) throws {
        let interpretation = Self.interpret(try one.input(), "message/cpim")
        if try one.text().contains("<imdn") {
            #expect(interpretation.instantMessage == nil)
        } else {
            let message = try #require(interpretation.instantMessage)
            #expect(message.body.first?.text.trimmed == "Hello World")
            #expect(message.wantsReceipt && message.originID?.hasSuffix("~34jk324j") == true)
            #expect(interpretation.message?.from == romeo)
        }
    }

    // MARK: Hostile

    private static func injectionFromSIP(_ one: CorpusCase) throws {
        guard let request = try? Self.request(one, ".wire.sip") else { return }
        switch SIPMessageMapping.interpret(request, id: MessageID("m1"), now: 0) {
        case .neutral(let messages):
            for message in messages {
                #expect(message.from == romeo)
                #expect(message.to.user == (one.id.hasSuffix("user-at") ? "victim@example.com" : "juliet"))
                let bytes = XMLWriter.bytes(of: try #require(try message.stanzas().first).element)
                #expect(throws: Never.self) { try XMLDocument.parse(bytes) }
            }
        case .ignore(let reason): Issue.record("ignored: \(reason)")
        case .refuse(let failure):
            #expect([400, 404, 415, 488].contains(SIPAnswer(failure, recipient: juliet, agent: "gw").status.code))
        }
    }

    private static func injectionFromXMPP(_ one: CorpusCase) throws {
        let interpretation = InboundStanza.interpret(try stanza(try one.text(".xml")), id: MessageID("m1"))
        let message = try #require(interpretation.message)
        if case .presence(let notification) = message.content {
            var state = PresenceState()
            state.update(with: notification)
            let body = SIPPresenceMapping.body(state.notification, presentity: juliet, now: 0)
            #expect(try PIDFDocument(parsing: body).tuples.map(\.isOpen) == [true])
            return
        }
        let parts = try #require(try SIPMessageMapping.parts(for: message, now: 0))
        var headers = Headers([
            .init(.via, "SIP/2.0/TCP gw.example.net;branch=z9hG4bKq"), .init(.from, "<\(parts.from)>;tag=1"),
            .init(.to, "<\(parts.to)>"), .init(.callID, parts.callID ?? "c"), .init(.cSeq, "1 MESSAGE"),
            .init(.maxForwards, "70"),
        ])
        for field in parts.headers.fields { headers.append(field.name, field.value) }
        let request = Request(.message, uri: parts.requestURI, headers: headers, body: parts.body)
        guard case .request(let read) = try StreamFramer.parse(datagram: MessageWriter.bytes(of: request)) else {
            Issue.record("no request")
            return
        }
        #expect(read.headers.fields.filter { $0.name != .contentLength } == headers.fields)
        #expect(read.body == parts.body)
    }

    private static func utf8(_ one: CorpusCase) throws {
        guard let request = try? Self.request(one, "sip-message.bin") else { return }
        let failure = SIPMessageMapping.interpret(request, id: MessageID("m1"), now: 0).failure
        #expect([400, 415, 488].contains(SIPAnswer(try #require(failure), recipient: juliet, agent: "gw").status.code))
    }
}

extension String {
    fileprivate var trimmed: String {
        self.trimmingPrefix { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed().map(String.init).joined()
    }
}
