import Interworking
import Messaging
import Testing
import XMPPCore

@Suite("RFC 8048: <presence/> in neutral terms", .tags(.interworking))
struct InboundPresenceTests {
    private func interpret(
        _ type: String?,
        _ children: String = "",
        from: String = "juliet@example.com/r"
    ) throws -> Interpretation {
        let attribute = type.map { "type='\($0)'" } ?? ""
        return InboundStanza.interpret(
            try stanza("<presence from='\(from)' to='romeo@example.net/x' \(attribute)>\(children)</presence>"),
            id: MessageID("m1")
        )
    }

    /// Examples 1, 7, 13, 15 and 22.
    static let types: [(String, NeutralMessage.Content)] = [
        ("subscribe", .subscriptionRequest(SubscriptionRequest(action: .subscribe))),
        ("unsubscribe", .subscriptionRequest(SubscriptionRequest(action: .unsubscribe))),
        ("subscribed", .subscriptionState(.active)),
        ("unsubscribed", .subscriptionState(.terminated)),
    ]

    @Test("Subscriptions are between bare addresses (examples 1, 7, 13, 15)", arguments: types)
    func subscription(_ type: String, content: NeutralMessage.Content) throws {
        #expect(try self.interpret(type) == .neutral([neutral(content, from: juliet, to: romeo)]))
    }

    @Test("Example 22: a probe is a probe, of the device that asks")
    func probe() throws {
        let probe = try self.interpret("probe").message
        #expect(probe?.content == .presenceProbe && probe?.from.instance == "r")
    }

    @Test("A request may come with a word")
    func note() throws {
        let request = SubscriptionRequest(action: .subscribe, note: [LocalizedText("It's me", language: "en")])
        #expect(
            try self.interpret("subscribe", "<status xml:lang='en'>It's me</status>").message?.content
                == .subscriptionRequest(request)
        )
    }

    static let shows: [(String, PresenceNotification.Show)] = [
        ("", .online), ("<show>chat</show>", .chat), ("<show> away </show>", .away), ("<show>xa</show>", .extendedAway),
        ("<show>dnd</show>", .doNotDisturb), ("<show>busy</show>", .online), ("<show/>", .online),
    ]

    @Test("Example 18 and <show/>", arguments: shows)
    func available(_ children: String, show: PresenceNotification.Show) throws {
        let notification = PresenceNotification(
            instances: [.init(id: "r", isAvailable: true, show: show)],
            isComplete: false
        )
        #expect(try self.interpret(nil, children).message?.content == .presence(notification))
    }

    @Test("Status, priority and idle time")
    func details() throws {
        let children = """
            <status>be right back</status><status xml:lang='cs'>hned jsem zpět</status><priority>-5</priority>
            <idle xmlns='urn:xmpp:idle:1' since='2005-05-30T22:02:44+05:00'/>
            """
        let instance = PresenceNotification.Instance(
            id: "r",
            isAvailable: true,
            status: [LocalizedText("be right back"), LocalizedText("hned jsem zpět", language: "cs")],
            priority: -5,
            idleSince: 1_117_472_564_000
        )
        let notification = PresenceNotification(instances: [instance], isComplete: false)
        #expect(try self.interpret(nil, children).message?.content == .presence(notification))
    }

    @Test("An unreadable priority is none", arguments: ["128", "-129", "x", "", "1.5"])
    func priority(_ text: String) throws {
        guard
            case .presence(let notification) = try self.interpret(nil, "<priority>\(text)</priority>").message?.content
        else {
            Issue.record("no presence")
            return
        }
        #expect(notification.instances[0].priority == nil)
    }

    @Test("Unavailable: one device, or from the bare address all of them")
    func unavailable() throws {
        let one = PresenceNotification(instances: [.init(id: "r", isAvailable: false)], isComplete: false)
        #expect(
            try self.interpret("unavailable", "<show>away</show><priority>1</priority>").message?.content
                == .presence(one)
        )
        let all = PresenceNotification(instances: [.init(id: nil, isAvailable: false)], isComplete: true)
        #expect(try self.interpret("unavailable", from: "juliet@example.com").message?.content == .presence(all))
    }

    static let errors: [(String, Bool)] = [
        ("forbidden", true), ("not-authorized", true), ("item-not-found", true), ("gone", true), ("not-allowed", true),
        ("subscription-required", true), ("registration-required", true),
        ("remote-server-timeout", false), ("remote-server-not-found", false), ("service-unavailable", false),
        ("recipient-unavailable", false), ("internal-server-error", false),
    ]

    @Test("An error that is for good ends the subscription, any other may pass", arguments: errors)
    func error(_ condition: String, ends: Bool) throws {
        let error = "<error type='cancel'><\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        let expected: Interpretation =
            ends ? .neutral([neutral(.subscriptionState(.terminated), from: juliet, to: romeo)]) : .ignore(.strayError)
        #expect(try self.interpret("error", error) == expected)
    }

    @Test("Nobody joins a SIP user like a room; an unknown type is a bad request")
    func refused() throws {
        #expect(
            try self.interpret(nil, "<x xmlns='http://jabber.org/protocol/muc'/>").failure?.condition
                == .serviceUnavailable
        )
        #expect(try self.interpret("invisible").failure?.condition == .badRequest)
    }
}
