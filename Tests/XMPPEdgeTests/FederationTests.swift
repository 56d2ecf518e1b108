import Messaging
import Policy
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("Two gateways federate", .timeLimit(.minutes(5)))
struct GatewayFederationTests {
    static let authority = Result { try TestAuthority() }
    static let one = "one.example"
    static let two = "two.example"
    /// Made once, one after the other, for all tests.
    static let identities = Result {
        let authority = try Self.authority.get()
        return try [Self.one, Self.two, "sip.example"].map { ($0, try authority.issue("DNS:\($0)")) }
    }

    static func identity(_ domain: String) throws -> TestIdentity? {
        try Self.identities.get().first { $0.0 == domain }?.1
    }

    /// Two gateways that are each other's partners, each with a certificate.
    static func pair(
        one: Partner = Partner(domain: two, kind: .federated),
        two: Partner = Partner(domain: one, kind: .federated),
        hasCertificates: Bool = true,
        sipEdges: Int = 1,
        limits: Limits = Limits(),
        bidirectional: (Bool, Bool) = (true, true)
    ) async throws -> (TestGateway, TestGateway) {
        let authority = try Self.authority.get()
        func gateway(_ domain: String, _ allowsBidirectional: Bool) async throws -> TestGateway {
            let identity = hasCertificates ? try Self.identity(domain) : nil
            return try await TestGateway(
                domain,
                identity: identity,
                trusting: authority.rootPEM,
                limits: limits,
                sipEdges: sipEdges,
                allowsBidirectional: allowsBidirectional
            )
        }
        let first = try await gateway(Self.one, bidirectional.0)
        let second = try await gateway(Self.two, bidirectional.1)
        var toSecond = one
        toSecond.proxyFQDN = "127.0.0.1:\(second.port)"
        var toFirst = two
        toFirst.proxyFQDN = "127.0.0.1:\(first.port)"
        try await first.federate(with: [toSecond])
        try await second.federate(with: [toFirst])
        return (first, second)
    }

    static func stop(_ gateways: TestGateway...) async throws {
        for gateway in gateways { try await gateway.stop() }
    }

    /// Each row of the negotiation table that works, and how it authenticates when both sides have good certificates.
    static let rows: [(tls: Negotiation, sasl: Negotiation, dialback: Bool, method: String)] = NegotiationTable.rows
        .filter { !$0.methods.isEmpty }
        .map { row in
            let method =
                switch row.methods[0] {
                case .saslTLS: "sasl-external"
                case .tlsDialback: "tls-dialback"
                case .tcpDialback: "tcp-dialback"
                }
            return (row.tls, row.sasl, row.dialback, method)
        }

    @Test("A message crosses under every row of the negotiation table, by the best method", arguments: rows)
    func negotiates(tls: Negotiation, sasl: Negotiation, dialback: Bool, method: String) async throws {
        func partner(_ domain: String) -> Partner {
            Partner(domain: domain, kind: .federated, tls: tls, sasl: sasl, dialback: dialback)
        }
        let (first, second) = try await Self.pair(one: partner(Self.two), two: partner(Self.one))
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the message to arrive") { second.sip.texts == ["hello"] }
        try await eventually("the fate to be known") { first.sip.answers.values.count == 1 }
        #expect(first.sip.answers.values.first?.result == .success(Taken()))
        let streams = await first.federation.streams(StreamQuery()).streams
        #expect(streams.contains { $0.direction == .outbound && $0.authentication == method })
        try await Self.stop(first, second)
    }

    @Test("Without certificates, nothing crosses where TLS is required, and the sender is told why")
    func noCertificates() async throws {
        let (first, second) = try await Self.pair(hasCertificates: false)
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the fate to be known") { first.sip.answers.values.count == 1 }
        guard case .failure(let failure)? = first.sip.answers.values.first?.result else {
            Issue.record("delivered without TLS")
            return
        }
        #expect(failure.condition == .remoteServerTimeout)
        #expect(second.sip.texts.isEmpty)
        try await Self.stop(first, second)
    }

    @Test("Thousands of messages arrive in order, none twice, each with its fate")
    func order() async throws {
        let (first, second) = try await Self.pair()
        let texts = (0..<3000).map { "message \($0)" }
        for batch in stride(from: 0, to: texts.count, by: 300) {
            let numbers = try await first.sip.send(
                texts[batch..<batch + 300].map { message($0, from: "juliet@one.example", to: "romeo@two.example") }
            )
            #expect(!numbers.contains(nil))
            try await eventually("the batch to be taken") { first.sip.answers.values.count == batch + 300 }
        }
        try await eventually("all to arrive") { second.sip.texts.count == texts.count }
        #expect(second.sip.texts == texts)
        #expect(first.sip.answers.values.allSatisfy { $0.result == .success(Taken()) })
        try await Self.stop(first, second)
    }

    @Test("A failure on the other side comes back as an error stanza, and to the sender")
    func failureComesBack() async throws {
        let (first, second) = try await Self.pair()
        second.sip.answer { _ in
            .failure(DeliveryFailure(.itemNotFound, reason: .unknownUser, text: "no such user"))
        }
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "nobody@two.example", id: "m1")])
        try await eventually("the error to come back") {
            first.sip.received.values.contains { message in
                guard case .deliveryReceipt(let receipt) = message.content else { return false }
                return receipt.originID == "m1" && receipt.failure?.text == "no such user"
            }
        }
        try await eventually("the refusal to be recorded") {
            second.refusals.values.contains { $0.reason == .unknownUser && $0.subject == "message" }
        }
        try await Self.stop(first, second)
    }

    @Test("Who asks for a receipt gets one when the message has arrived, and none when a server keeps it (RFC 3428 §7)")
    func receipts() async throws {
        let (first, second) = try await Self.pair()
        second.sip.answer { message in
            guard case .instantMessage(let content) = message.content else { return .success(Taken()) }
            return .success(Taken(isUnconfirmed: content.originID == "stored"))
        }
        for id in ["stored", "delivered"] {
            let content = InstantMessage(kind: .chat, body: [LocalizedText(id)], originID: id, wantsReceipt: true)
            _ = try await first.sip.send([
                NeutralMessage(
                    id: MessageID(id),
                    from: Address(user: "juliet", domain: Self.one),
                    to: Address(user: "romeo", domain: Self.two),
                    content: .instantMessage(content)
                )
            ])
        }
        try await eventually("the receipt") { !first.sip.received.values.isEmpty }
        let receipt = DeliveryReceipt(originID: "delivered", outcome: .delivered)
        #expect(first.sip.received.values.map(\.content) == [.deliveryReceipt(receipt)])
        try await Self.stop(first, second)
    }

    @Test("Presence and its subscription cross")
    func presence() async throws {
        let (first, second) = try await Self.pair()
        let juliet = Address(user: "juliet", domain: Self.one)
        let romeo = Address(user: "romeo", domain: Self.two)
        let ask = NeutralMessage(
            id: MessageID("s1"),
            from: juliet,
            to: romeo,
            content: .subscriptionRequest(SubscriptionRequest(action: .subscribe))
        )
        _ = try await first.sip.send([ask])
        try await eventually("the request to arrive") {
            second.sip.received.values.contains { $0.content == ask.content && $0.to == romeo }
        }
        let online = PresenceNotification(
            instances: [.init(id: "desk", isAvailable: true, show: .away, status: [LocalizedText("out")], priority: 5)],
            isComplete: false
        )
        _ = try await second.sip.send([
            NeutralMessage(id: MessageID("s2"), from: romeo, to: juliet, content: .subscriptionState(.active)),
            NeutralMessage(id: MessageID("s3"), from: romeo, to: juliet, content: .presence(online)),
        ])
        try await eventually("both to arrive") { first.sip.received.values.count == 2 }
        #expect(first.sip.received.values.first?.content == .subscriptionState(.active))
        #expect(first.sip.received.values.last?.content == .presence(online))
        try await Self.stop(first, second)
    }

    @Test("A change of presence reaches every sip-edge; a message one only; the fate is the owner's answer")
    func presenceForEveryEdge() async throws {
        let (first, second) = try await Self.pair(sipEdges: 3)
        let juliet = Address(user: "juliet", domain: Self.one)
        let romeo = Address(user: "romeo", domain: Self.two)
        let owner = first.ownerOfConversation(of: juliet, with: romeo)
        for (index, sip) in first.sips.enumerated() where index != owner {
            sip.answer { _ in .failure(DeliveryFailure(.itemNotFound, reason: .unknownUser, text: "no dialog")) }
        }
        let online = PresenceNotification(instances: [.init(id: "desk", isAvailable: true)], isComplete: false)
        let contents: [NeutralMessage.Content] = [
            .subscriptionState(.active), .presence(online),
            .subscriptionRequest(SubscriptionRequest(action: .subscribe)),
        ]
        _ = try await second.sip.send(
            contents.enumerated().map {
                NeutralMessage(id: MessageID("p\($0.offset)"), from: romeo, to: juliet, content: $0.element)
            }
        )
        try await eventually("all three at the owner") { first.sips[owner].received.values.count == 3 }
        for (index, sip) in first.sips.enumerated() where index != owner {
            try await eventually("the changes at the others") { sip.received.values.count == 2 }
            #expect(sip.received.values.map(\.content) == Array(contents.prefix(2)))
        }
        #expect(first.refusals.values.isEmpty)
        try await Self.stop(first, second)
    }

    @Test("A partner that cannot be reached: what waits is bounced, each message once")
    func unreachable() async throws {
        let (first, second) = try await Self.pair()
        try await second.stop()
        let numbers = try await first.sip.send(
            (0..<10).map { message("\($0)", from: "juliet@one.example", to: "romeo@two.example") }
        )
        #expect(numbers.count == 10)
        try await eventually("all fates to be known") { first.sip.answers.values.count >= 10 }
        #expect(Set(first.sip.answers.values.map(\.number)) == Set(numbers.compactMap { $0 }))
        #expect(first.sip.answers.values.count == 10)
        for answer in first.sip.answers.values {
            guard case .failure(let failure) = answer.result else { Issue.record("delivered"); continue }
            #expect(failure.reason == .connectionFailed)
        }
        try await first.stop()
    }

    @Test("A partner that is removed loses its streams at once; a message is then refused by the policy")
    func revoked() async throws {
        let (first, second) = try await Self.pair()
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the message to arrive") { second.sip.texts == ["hello"] }
        try await second.federate(with: [])
        try await eventually("the streams to end") {
            await second.federation.streams(StreamQuery()).streams.isEmpty
        }
        _ = try await second.sip.send([message("again", from: "romeo@two.example", to: "juliet@one.example")])
        try await eventually("the fate to be known") { second.sip.answers.values.count == 1 }
        guard case .failure(let failure)? = second.sip.answers.values.first?.result else {
            Issue.record("delivered")
            return
        }
        #expect(failure.reason == .unknownPartner)
        try await Self.stop(first, second)
    }

    @Test("An edge that stops finishes what is under way, and its peer reconnects to the next")
    func drains() async throws {
        let (first, second) = try await Self.pair()
        _ = try await first.sip.send([message("one", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the message to arrive") { second.sip.texts == ["one"] }
        try await first.stopListening()
        await first.federation.drain()
        #expect(await first.federation.streams(StreamQuery()).streams.isEmpty)
        try await Self.stop(second)
    }
}
