import Interworking
import Messaging
import Testing
import XML
import XMPPCore

@Suite("Neutral messages as stanzas", .tags(.interworking))
struct OutboundStanzaTests {
    private func only(_ message: NeutralMessage) throws -> Stanza {
        let stanzas = try message.stanzas()
        #expect(stanzas.count == 1)
        return try #require(stanzas.first)
    }

    @Test("RFC 7572, example 5: no type, the body, the thread")
    func example5() throws {
        let message = InstantMessage(
            kind: .normal,
            body: [LocalizedText("Neither, fair saint, if either thee dislike.")],
            thread: "9E97FB43-85F4-4A00-8751-1124FD4C7B2E"
        )
        let stanza = try self.only(
            neutral(
                .instantMessage(message),
                from: Address(user: "romeo", domain: "example.net", instance: "dr4hcr0st3lup4c")
            )
        )
        #expect(stanza.from?.description == "romeo@example.net/dr4hcr0st3lup4c")
        #expect(stanza.to?.description == "juliet@example.com")
        #expect(stanza.type == nil && stanza.id == "m1")
        #expect(stanza.child("body")?.text == "Neither, fair saint, if either thee dislike.")
        #expect(stanza.child("thread")?.text == "9E97FB43-85F4-4A00-8751-1124FD4C7B2E")
        #expect(stanza.children.count == 2)
    }

    @Test("RFC 7572, example 7: the language is on the stanza")
    func example7() throws {
        let text = "Nic z obého, má děvo spanilá,\nnenavidíš-li jedno nebo druhé."
        let stanza = try self.only(
            neutral(.instantMessage(InstantMessage(kind: .normal, body: [LocalizedText(text, language: "cs")])))
        )
        #expect(stanza.language == "cs")
        #expect(stanza.children == [XMLElement("body", namespace: Namespace.server, text: text)])
    }

    @Test("What a stanza says comes back as it was", arguments: InstantMessage.Kind.allCases)
    func roundTrip(_ kind: InstantMessage.Kind) throws {
        let message = InstantMessage(
            kind: kind,
            body: [LocalizedText("Ahoj <&>", language: "cs"), LocalizedText("Hello", language: "en")],
            subject: [LocalizedText("S", language: "cs"), LocalizedText("T", language: "en")],
            thread: "t",
            originID: "i",
            wantsReceipt: true,
            composition: .active
        )
        let sent = neutral(.instantMessage(message), sentAt: 1_031_699_305_000)
        let stanza = try self.only(sent)
        #expect(InboundStanza.interpret(stanza, id: MessageID("m1")) == .neutral([sent]))
    }

    @Test("A typing state is a chat state", arguments: Composition.State.allCases)
    func composition(_ state: Composition.State) throws {
        let sent = neutral(.composition(Composition(state: state, thread: "t")))
        let stanza = try self.only(sent)
        #expect(stanza.type == "chat")
        #expect(InboundStanza.interpret(stanza, id: MessageID("m1")) == .neutral([sent]))
    }

    @Test(
        "A receipt is a receipt; a failed delivery is an error for the message",
        arguments: DeliveryReceipt.Outcome.allCases
    )
    func receipt(_ outcome: DeliveryReceipt.Outcome) throws {
        let failure = DeliveryFailure(.itemNotFound, reason: .peerRefused, text: "no such user")
        let receipt = DeliveryReceipt(
            originID: "i9",
            outcome: outcome,
            failure: outcome == .failed ? failure : nil,
            thread: outcome == .failed ? "t1" : nil
        )
        let sent = neutral(.deliveryReceipt(receipt))
        let stanza = try self.only(sent)
        #expect(InboundStanza.interpret(stanza, id: MessageID("m1")) == .neutral([sent]))
        #expect(stanza.isError == (outcome == .failed))
    }

    /// RFC 8048, examples 5, 9, 12 and 25.
    static let subscriptions: [(NeutralMessage.Content, String?)] = [
        (.subscriptionState(.active), "subscribed"), (.subscriptionState(.terminated), "unsubscribed"),
        (.subscriptionState(.pending), nil),
        (.subscriptionRequest(SubscriptionRequest(action: .subscribe)), "subscribe"),
        (.subscriptionRequest(SubscriptionRequest(action: .unsubscribe)), "unsubscribe"),
        (.subscriptionRequest(SubscriptionRequest(action: .poll)), "probe"), (.presenceProbe, "probe"),
    ]

    @Test("Subscriptions and probes (RFC 8048, examples 5, 9, 12, 25)", arguments: subscriptions)
    func subscription(_ content: NeutralMessage.Content, type: String?) throws {
        let stanzas = try neutral(content).stanzas()
        #expect(stanzas.map(\.type) == (type.map { [$0] } ?? []))
        #expect(stanzas.allSatisfy { $0.kind == .presence && $0.from?.resource == nil && $0.to?.resource == nil })
    }

    @Test("A session's end is the end of the chat (RFC 7573, example 22)")
    func session() throws {
        let stanza = try self.only(neutral(.sessionClosed(Session(thread: "t"))))
        #expect(stanza.child("gone", Namespace.chatStates) != nil && stanza.child("thread")?.text == "t")
        #expect(try neutral(.sessionOpened(Session(thread: "t"))).stanzas().isEmpty)
    }

    @Test("Several devices are several stanzas (RFC 8048 §6.3)")
    func devices() throws {
        let notification = PresenceNotification(
            instances: [
                .init(
                    id: "desk",
                    isAvailable: true,
                    show: .doNotDisturb,
                    status: [LocalizedText("rehearsal", language: "en")],
                    priority: 5
                ),
                .init(id: "phone", isAvailable: false, show: .away, priority: 1),
                .init(id: nil, isAvailable: true, idleSince: 0),
                .init(id: "\u{1}\u{2}", isAvailable: true),
                .init(id: "a\u{1}b", isAvailable: true),
            ],
            isComplete: true
        )
        let stanzas = try neutral(.presence(notification)).stanzas()
        #expect(
            stanzas.map { $0.from?.description }
                == [
                    "romeo@example.net/desk", "romeo@example.net/phone", "romeo@example.net", "romeo@example.net",
                    "romeo@example.net/ab",
                ]
        )
        #expect(stanzas[0].child("show")?.text == "dnd" && stanzas[0].child("priority")?.text == "5")
        #expect(stanzas[0].language == "en" && stanzas[0].child("status")?.text == "rehearsal")
        #expect(stanzas[1].type == "unavailable" && stanzas[1].children.isEmpty)
        #expect(stanzas[2].child("idle", Namespace.idle)?.attribute("since") == "1970-01-01T00:00:00Z")
    }

    @Test("Nobody there: one unavailable from the bare address")
    func nobody() throws {
        let stanza = try self.only(
            neutral(
                .presence(PresenceNotification(instances: [], isComplete: true)),
                from: Address(user: "romeo", domain: "example.net", instance: "x")
            )
        )
        #expect(stanza.type == "unavailable" && stanza.from?.description == "romeo@example.net")
        #expect(try neutral(.presence(PresenceNotification(instances: [], isComplete: false))).stanzas().isEmpty)
    }

    @Test("An address that no JID can say is an error, not a wrong address")
    func malformed() {
        #expect(throws: AddressError.spaceAtEdge) {
            try neutral(.presenceProbe, from: Address(user: " x", domain: "a.example")).stanzas()
        }
    }

    @Test("Who asked for a receipt gets it from the other side's 2xx")
    func ownReceipt() {
        let asked = InstantMessage(kind: .chat, body: [LocalizedText("x")], originID: "i", wantsReceipt: true)
        let receipt = neutral(.instantMessage(asked)).receipt(id: MessageID("m2"))
        #expect(
            receipt
                == NeutralMessage(
                    id: MessageID("m2"),
                    from: juliet,
                    to: romeo,
                    content: .deliveryReceipt(DeliveryReceipt(originID: "i", outcome: .delivered))
                )
        )
        #expect(
            neutral(.instantMessage(InstantMessage(kind: .chat, body: [LocalizedText("x")], originID: "i"))).receipt(
                id: MessageID("m2")
            ) == nil
        )
        #expect(neutral(.presenceProbe).receipt(id: MessageID("m2")) == nil)
    }
}
