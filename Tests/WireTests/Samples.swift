import Messaging
import Policy
import Wire

/// One body of each kind with everything in it set; the names are those of the fields in envelope.proto.
enum Samples {
    static let romeo = Address(user: "romeo", domain: "xmpp.example", instance: "orchard")
    static let juliet = Address(user: "juliet", domain: "sip.example")
    static let host = Address(user: nil, domain: "sip.example")
    static let texts = [LocalizedText("Grüße", language: "de"), LocalizedText("greetings")]

    static func message(_ content: NeutralMessage.Content, sentAt: Int64? = nil) -> NeutralMessage {
        NeutralMessage(id: MessageID("m1"), from: Self.romeo, to: Self.juliet, sentAt: sentAt, content: content)
    }

    static let failure = DeliveryFailure(
        .gone,
        reason: .peerRefused,
        text: "moved",
        alternative: Address(user: "new", domain: "sip.example"),
        sipStatus: 301
    )

    static let contents: [NeutralMessage.Content] = [
        .instantMessage(
            InstantMessage(
                kind: .headline,
                body: Self.texts,
                subject: [LocalizedText("subject")],
                thread: "t1",
                originID: "o1",
                wantsReceipt: true,
                composition: .paused
            )
        ),
        .instantMessage(InstantMessage(kind: .normal, body: [LocalizedText("")])),
        .composition(Composition(state: .gone, thread: "t1", refresh: 60)),
        .composition(Composition(state: .active)),
        .deliveryReceipt(DeliveryReceipt(originID: "o1", outcome: .displayed)),
        .subscriptionRequest(SubscriptionRequest(action: .poll, note: Self.texts)),
        .subscriptionState(.terminated),
        .presence(
            PresenceNotification(
                instances: [
                    .init(
                        id: "phone",
                        isAvailable: true,
                        show: .doNotDisturb,
                        status: Self.texts,
                        priority: -128,
                        idleSince: 1_700_000_000_000
                    ),
                    .init(id: nil, isAvailable: true, priority: 0),
                    .init(id: "gone", isAvailable: false),
                ],
                isComplete: true
            )
        ),
        .presenceProbe,
        .sessionOpened(Session(thread: "t1")),
        .sessionClosed(Session(thread: "t1")),
    ]

    /// A message that came back, and why.
    static let bounce = TrafficMessage(
        number: 8,
        timeoutMilliseconds: 20_000,
        message: Self.message(
            .deliveryReceipt(DeliveryReceipt(originID: "o1", outcome: .failed, failure: Self.failure, thread: "t1"))
        )
    )

    /// What came later: the sender's name, a wish that is handed over, and a message that may not have arrived.
    static let unconfirmed = TrafficAnswer(number: 10, result: .success(Taken(isUnconfirmed: true)))
    static let handedOver = TrafficMessage(
        number: 11,
        timeoutMilliseconds: 20_000,
        message: NeutralMessage(
            id: MessageID("m1"),
            from: Self.romeo,
            to: Self.juliet,
            senderName: "Romeo Montague",
            content: .subscriptionRequest(SubscriptionRequest(action: .subscribe, isHandedOver: true))
        )
    )

    /// What an edge that is about to stop gives back.
    static let givenBack = TrafficAnswer(number: 12, result: .failure(Self.failure), isGivenBack: true)

    /// A failure in the words of somebody who does not speak English.
    static let foreignFailure = TrafficAnswer(
        number: 9,
        result: .failure(
            DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "Niemand da", language: "de")
        )
    )

    static let traffic = TrafficBatch(
        messages: Self.contents.enumerated().map { index, content in
            TrafficMessage(
                number: UInt64(index + 1) << 32 | 7,
                timeoutMilliseconds: 20_000,
                message: Self.message(content, sentAt: index == 0 ? 1_700_000_000_000 : nil),
                traceparent: index == 0 ? "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" : nil
            )
        },
        answers: [
            TrafficAnswer(number: 1, result: .success(Taken())),
            TrafficAnswer(number: .max, result: .failure(Self.failure)),
        ]
    )

    static let partner = Partner(
        domain: "partner.example",
        description: "the partner",
        additionalDomains: ["a.example", "b.example"],
        kind: .publicVerified,
        tls: .optional,
        sasl: .notSupported,
        dialback: true,
        keepAlive: true,
        connectionLimit: 3,
        proxyFQDN: "proxy.example:5269",
        isEnabled: true
    )
    static let settings = GatewaySettings(
        logMessageBodies: true,
        openFederation: true,
        defaultPartner: Self.partner,
        blockedDomains: [DomainRule(pattern: "*.bad.example", direction: .inbound)],
        allowedDomains: [DomainRule(pattern: "good.example", direction: .outbound), DomainRule(pattern: "x")],
        xmppAccess: true
    )
    static let domain = LocalDomain(
        domain: "sip.example",
        description: "ours",
        xmppAccess: false,
        isDirectoryComplete: true
    )
    static let user = UserRecord(
        address: "juliet@sip.example",
        displayName: "Juliet",
        home: .xmpp,
        xmppAccess: true,
        isOnSurvivableBranchAppliance: true
    )
    static let route = StaticRoute(
        id: "r1",
        user: "juliet",
        domain: "*.sip.example",
        phoneURIOnly: true,
        nextHop: "lcs.example",
        port: 5061,
        transport: .tls,
        replaceHostInRequestURI: true,
        priority: -1,
        isEnabled: true,
        dialect: .lcs2005
    )
    static let authorization = HostAuthorization(host: "lcs.example", outboundOnly: true)
    static let edge = EdgeRecord(
        kind: .sip,
        instance: "sip-edge-1",
        endpoint: "tcp://10.0.0.7:7121",
        publicAddresses: ["192.0.2.1", "2001:db8::1"],
        isDraining: true
    )
    static let subscription = SubscriptionRecord(
        direction: .sipToXMPP,
        watcher: Self.juliet,
        presentity: Self.romeo.bare,
        state: .active,
        refreshedAt: 1_700_000_000_000
    )
    static let key = SubscriptionKey(direction: .xmppToSIP, watcher: Self.romeo.bare, presentity: Self.juliet)
    static let refusal = RefusalRecord(
        time: 1_700_000_000_000,
        service: "xmpp-edge",
        messageID: MessageID("m1"),
        subject: "message",
        from: "a@b",
        to: "c@d",
        peer: "192.0.2.1:40000",
        reason: .domainBlocked,
        answer: "forbidden",
        text: "the domain is blocked"
    )
    /// The same in full.
    static let explainedRefusal: RefusalRecord = {
        var record = Self.refusal
        record.direction = .inbound
        record.partner = "example.org"
        record.localDomain = "sip.example"
        record.remoteDomain = "im.example.org"
        record.peerPort = 40_000
        record.certificate = RefusalCertificate(
            subject: "CN=im.example.org",
            issuer: "CN=Example CA",
            names: ["DNS:im.example.org", "SRV:_xmpp-server.im.example.org"],
            fingerprint: "ab12",
            notBefore: 1_690_000_000,
            notAfter: 1_720_000_000,
            rejection: "certificate has expired"
        )
        record.step = .certificate
        record.rule = "partner example.org: tls=required"
        return record
    }()
    static let changes: [PolicyChange] = [
        .settings(Self.settings), .partner(Self.partner), .partnerRemoved(domain: "p"), .domain(Self.domain),
        .domainRemoved(domain: "d"), .user(Self.user), .userRemoved(address: "u@d"), .route(Self.route),
        .routeRemoved(id: "r"), .host(Self.authorization), .hostRemoved(host: "h"), .edge(Self.edge),
        .edgeRemoved(instance: "e"),
    ]
    static let certificate = CertificateRecord(
        id: "c1",
        friendlyName: "edge",
        state: .active,
        uses: [.xmpp, .sip],
        subject: "CN=sip.example",
        issuer: "CN=Isthmus CA",
        names: ["sip.example", "*.sip.example"],
        keyKind: "ecdsa-p256",
        notBefore: 1_700_000_000_000,
        notAfter: 1_800_000_000_000,
        fingerprint: "ab12",
        isExportable: true,
        warnings: ["expires soon"]
    )
    static let record = DNSRecord(name: "_xmpp-server._tcp.sip.example", type: "SRV", ttl: 300, data: "0 5 5269 e.")
}
