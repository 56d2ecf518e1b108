import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Contacts of public, unverified partners beside other sip-edges (SPEC §2)", .tags(.sip), .serialized)
struct ContactTests {
    static let partner = Partner(domain: "xmpp.test", kind: .publicUnverified)
    /// Another sip-edge, to which users' subscriptions may have come.
    static let other = EdgeRecord(kind: .sip, instance: "sip-edge-other", endpoint: "tcp://127.0.0.1:1")
    static let added = SubscriptionRecord(
        direction: .sipToXMPP,
        watcher: address("romeo@sip.test"),
        presentity: address("juliet@xmpp.test"),
        state: .pending,
        refreshedAt: 0
    )

    private static func edge(_ phone: Phone) async throws -> TestEdge {
        let route = try await phone.route()
        return try await TestEdge(partner: self.partner, routes: [route], otherEdges: [self.other])
    }

    private static func text(_ text: String) -> NeutralMessage.Content {
        .instantMessage(InstantMessage(kind: .chat, body: [LocalizedText(text)]))
    }

    @Test("Nobody has added the contact: its message is refused, and so is its wish to watch")
    func notAdded() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        for content in [Self.text("Hello"), .subscriptionRequest(SubscriptionRequest(action: .subscribe))] {
            guard case .failure(let failure) = try await edge.send(content) else {
                Issue.record("\(content) was taken")
                continue
            }
            #expect(failure.condition == .forbidden)
            #expect(failure.reason == .contactNotApproved)
        }
        #expect(phone.requests.isEmpty)
        await edge.stop()
    }

    @Test("The user has added the contact at another edge: its messages come, in order")
    func addedElsewhere() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        edge.control.keep(Self.added)
        let record = try #require(edge.record)
        #expect(try await edge.send(Self.text("first")).isSuccess)
        edge.control.keep(
            SubscriptionRecord(
                direction: .sipToXMPP,
                watcher: address("romeo@sip.test"),
                presentity: address("nurse@xmpp.test"),
                state: .active,
                refreshedAt: 0
            )
        )
        // Another contact, whose first look-up the others wait for.
        for index in 0..<20 {
            let message = NeutralMessage(
                id: MessageID("m\(index)"),
                from: address("nurse@xmpp.test"),
                to: address("romeo@sip.test"),
                content: Self.text("\(index)")
            )
            _ = try await edge.xmpp.send(message, to: record)
        }
        try await eventually("all arrive") { phone.requests.count == 21 }
        #expect(
            phone.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["first"] + (0..<20).map(String.init)
        )
        await edge.stop()
    }

    @Test("policy-service cannot say: nothing is granted, and the sender may try again")
    func unknown() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        edge.control.keep(Self.added)
        edge.control.refuseQueries()
        guard case .failure(let failure) = try await edge.send(Self.text("Hello")) else {
            Issue.record("the message was taken")
            return
        }
        #expect(failure.condition == .resourceConstraint)
        #expect(failure.reason == .contactNotApproved)
        #expect(phone.requests.isEmpty)
        await edge.stop()
    }

    @Test("Who has withdrawn is not added from that moment on, before policy-service has heard of it")
    func withdrawn() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        let watcher = Phone()
        try await watcher.connect(to: await edge.port())
        try await watcher.send(try request(.subscribe))
        try await eventually("the contact is asked") { !edge.xmpp.received.values.isEmpty }
        #expect(try await edge.send(Self.text("added")).isSuccess)
        _ = try await edge.send(.subscriptionState(.terminated))
        #expect(!(try await edge.send(Self.text("withdrawn")).isSuccess))
        #expect(phone.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["added"])
        await edge.stop()
    }

    @Test("That a user has added a contact is on record before the contact is asked")
    func recordedFirst() async throws {
        let edge = try await Self.edge(Phone())
        let control = edge.control
        let onRecord = Recorder<Bool>()
        edge.xmpp.answer { message -> Result<Taken, DeliveryFailure>? in
            if case .subscriptionRequest = message.content { onRecord.record(!control.records.isEmpty) }
            return .success(Taken())
        }
        let watcher = Phone()
        try await watcher.connect(to: await edge.port())
        try await watcher.send(try request(.subscribe))
        try await eventually("the contact is asked") { !onRecord.values.isEmpty }
        #expect(onRecord.values == [true])
        await edge.stop()
    }
}
