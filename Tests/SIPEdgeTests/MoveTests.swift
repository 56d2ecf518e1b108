import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

/// romeo lives on the SIP server, juliet on the XMPP server, until one of them moves (SPEC §7).
@Suite("Users of split domains who move", .tags(.sip), .serialized)
struct MoveTests {
    private static let domains = ["sip.test", "xmpp.test"].map { LocalDomain(domain: $0, partition: .basic) }

    private static func user(_ address: String, _ home: UserRecord.Home) -> UserRecord {
        UserRecord(address: address, home: home)
    }

    private static let juliet = Self.user("juliet@xmpp.test", .xmpp)
    private static let subscribe = NeutralMessage.Content.subscriptionRequest(SubscriptionRequest(action: .subscribe))
    private static let handOver = NeutralMessage.Content.subscriptionRequest(
        SubscriptionRequest(action: .subscribe, isHandedOver: true)
    )

    /// An edge with romeo's phone, which takes what it is sent.
    private static func edge(
        _ phone: Phone,
        users: [UserRecord] = [Self.juliet],
        records: [SubscriptionRecord] = []
    ) async throws -> TestEdge {
        phone.answer { request in
            if request.method == .invite { return Talk.accept(request) }
            var response = request.response(Status(200), tag: "phone")
            if request.method == .subscribe { response.headers.append(.expires, "3600") }
            response.headers.append(.contact, "<sip:romeo@127.0.0.1:5998;transport=tcp>")
            return response
        }
        let route = try await phone.route()
        return try await TestEdge(routes: [route], domains: Self.domains, users: users, records: records)
    }

    /// Lets juliet watch romeo, who is online.
    private static func watched(_ edge: TestEdge, _ phone: Phone) async throws -> Request {
        #expect(try await edge.send(Self.subscribe).isSuccess)
        let request = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try PresenceTests.notify(
                request,
                number: 1,
                state: "active;expires=3600",
                body: PresenceTests.pidf("open")
            )
        )
        try await eventually("romeo's presence") { edge.xmpp.shown.count == 1 }
        try await eventually("on record") { edge.control.records.first?.state == .active }
        return request
    }

    private func isOver(_ edge: TestEdge, _ phone: Phone, _ subscribe: Request) async throws {
        let end = try await eventually("SUBSCRIBE with Expires: 0") {
            phone.requests.first { $0.method == .subscribe && $0.headers.expires == 0 }
        }
        #expect(end.headers.callID == subscribe.headers.callID)
        try await eventually("off the record") { edge.control.records.isEmpty }
    }

    @Test(
        "A SIP user who is watched moves to XMPP: the watcher's wish is handed over, and stays on record until it is taken"
    )
    func presentityMovesToXMPP() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        let subscribe = try await Self.watched(edge, phone)
        edge.xmpp.answer { _ in nil }
        edge.control.change(.user(Self.user("romeo@sip.test", .xmpp)))
        let wish = try await eventually("the wish") { edge.xmpp.received.values.first { $0.content == Self.handOver } }
        #expect(wish.from == address("juliet@xmpp.test") && wish.to == address("romeo@sip.test"))
        #expect(edge.control.records.count == 1)
        edge.xmpp.answer { _ in .success(Taken()) }
        try await edge.xmpp.settle()
        try await self.isOver(edge, phone, subscribe)
        #expect(edge.xmpp.states == [.active], "nobody is told that a contact is lost")
        await edge.stop()
    }

    @Test("An XMPP user who watches moves to SIP: the subscription ends, and nothing is handed over")
    func watcherMovesToSIP() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        let subscribe = try await Self.watched(edge, phone)
        edge.control.change(.user(Self.user("juliet@xmpp.test", .sip)))
        try await self.isOver(edge, phone, subscribe)
        #expect(edge.xmpp.wishes.isEmpty)
        await edge.stop()
    }

    @Test(
        "A move that happened while the edge was away is followed when it is back, and nobody is subscribed to in vain"
    )
    func moveWhileAway() async throws {
        let phone = Phone()
        let (romeo, juliet) = (address("romeo@sip.test"), address("juliet@xmpp.test"))
        let records = [
            SubscriptionRecord(
                direction: .xmppToSIP,
                watcher: juliet,
                presentity: romeo,
                state: .active,
                refreshedAt: 0
            ),
            SubscriptionRecord(
                direction: .sipToXMPP,
                watcher: romeo,
                presentity: juliet,
                state: .active,
                refreshedAt: 0
            ),
        ]
        let users = [Self.juliet, Self.user("romeo@sip.test", .xmpp)]
        let edge = try await Self.edge(phone, users: users, records: records)
        _ = try await eventually("the wish") { edge.xmpp.received.values.first { $0.content == Self.handOver } }
        try await eventually("off the record") { edge.control.records.isEmpty }
        #expect(phone.requests.isEmpty)
        await edge.stop()
    }

    static let ends: [(user: String, home: UserRecord.Home, reason: String)] = [
        ("juliet@xmpp.test", .sip, "deactivated"), ("romeo@sip.test", .xmpp, "rejected"),
    ]

    @Test(
        "A SIP user's watching ends when the contact comes to its server, to be made anew there; and for good when the user goes",
        arguments: ends
    )
    func notifier(_ user: String, home: UserRecord.Home, reason: String) async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        try await eventually("NOTIFY") { phone.requests.contains { $0.method == .notify } }
        #expect(try await edge.send(.subscriptionState(.active)).isSuccess)
        try await eventually("active on record") { edge.control.records.first?.state == .active }
        edge.control.change(.user(Self.user(user, home)))
        let last = try await eventually("the last NOTIFY") {
            phone.requests.first { $0.headers.subscriptionState?.token == "terminated" }
        }
        #expect(last.headers.subscriptionState?.parameter("reason") == reason)
        try await eventually("off the record") { edge.control.records.isEmpty }
        await edge.stop()
    }

    @Test("A session ends with BYE when one of the two moves")
    func session() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        try await phone.connect(to: await edge.port())
        let invite = try Talk.invite()
        try await phone.send(invite)
        let accepted = try await eventually("200") { phone.final(.invite) }
        try await phone.send(try Talk.next(.ack, 1, after: invite, accepted))
        try await eventually("the session stands") {
            await edge.edge.server.sessions.values.contains { $0.machine.isEstablished }
        }
        edge.control.change(.user(Self.user("juliet@xmpp.test", .sip)))
        try await eventually("BYE") { phone.requests.contains { $0.method == .bye } }
        await edge.stop()
    }

    @Test("The XMPP server asks for the presence of somebody who has moved away from it: its user watches as before")
    func adopted() async throws {
        let phone = Phone()
        let edge = try await Self.edge(phone)
        #expect(try await edge.send(.presenceProbe).isSuccess)
        _ = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        try await eventually("on record") { edge.control.records.first?.direction == .xmppToSIP }
        #expect(edge.xmpp.states.isEmpty)
        await edge.stop()
    }
}
