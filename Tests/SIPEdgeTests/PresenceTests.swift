import Messaging
import Policy
import Presence
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Presence across sip-edge (RFC 8048)", .tags(.sip), .serialized)
struct PresenceTests {
    static let romeo = address("romeo@sip.test")
    static let juliet = address("juliet@xmpp.test")

    static func pidf(_ basic: String) -> [UInt8] {
        Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:romeo@sip.test">
            <tuple id="desk"><status><basic>\(basic)</basic></status></tuple></presence>
            """.utf8
        )
    }

    /// A NOTIFY of the dialog that `subscribe` asks for.
    static func notify(_ subscribe: Request, number: Int, state: String, body: [UInt8] = []) throws -> Request {
        try request(.notify, number: number) { notify in
            if case .sip(let contact)? = subscribe.headers.contact?.uri { notify.target = .sip(contact) }
            notify.headers[.from] = "<sip:romeo@sip.test>;tag=phone"
            notify.headers[.to] = subscribe.headers[.from]
            notify.headers[.callID] = subscribe.headers.callID
            notify.headers.append(.event, "presence")
            notify.headers.append(.subscriptionState, state)
            if !body.isEmpty {
                notify.headers.append(.contentType, "application/pidf+xml")
                notify.body = body
            }
        }
    }

    private func route(_ phone: Phone) async throws -> StaticRoute {
        try await phone.route()
    }

    @Test("An XMPP contact subscribes: SUBSCRIBE out, NOTIFY in, and the end")
    func contactWatches() async throws {
        let phone = Phone()
        phone.answer { request in
            var response = request.response(Status(200), tag: "phone")
            response.headers.append(.expires, "3600")
            response.headers.append(.contact, "<sip:romeo@127.0.0.1:5998;transport=tcp>")
            return response
        }
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        let subscribe = NeutralMessage.Content.subscriptionRequest(SubscriptionRequest(action: .subscribe))
        #expect(try await edge.send(subscribe).isSuccess)
        let request = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        #expect(request.headers.event?.token == "presence")
        #expect(request.headers[.accept] == "application/pidf+xml")
        #expect(request.headers.contact != nil)
        try await eventually("on record") { edge.control.records.first?.direction == .xmppToSIP }

        let server = Phone()
        try await server.connect(to: await edge.port())
        try await server.send(try Self.notify(request, number: 1, state: "pending;expires=3600"))
        try await server.send(
            try Self.notify(request, number: 2, state: "active;expires=3600", body: Self.pidf("open"))
        )
        try await server.send(
            try Self.notify(request, number: 3, state: "active;expires=3500", body: Self.pidf("open"))
        )
        try await server.send(
            try Self.notify(request, number: 4, state: "active;expires=3400", body: Self.pidf("closed"))
        )
        try await eventually("200 to each") { server.responses.filter { $0.status.code == 200 }.count == 4 }
        try await eventually("subscribed, online, offline") { edge.xmpp.received.values.count >= 3 }
        #expect(edge.xmpp.states == [.active])
        #expect(
            edge.xmpp.shown.map { $0.instances.first?.isAvailable } == [true, false],
            "what has not changed is not repeated"
        )
        #expect(edge.xmpp.received.values.allSatisfy { $0.from.bare == Self.romeo && $0.to.bare == Self.juliet })
        try await eventually("active on record") { edge.control.records.first?.state == .active }

        // RFC 6121 §3.1.3: who asks again is told again what holds; the other side is not asked.
        #expect(try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe))).isSuccess)
        try await eventually("the same answer again") { edge.xmpp.states == [.active, .active] }
        #expect(phone.requests(.subscribe).count == 1)

        #expect(try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .unsubscribe))).isSuccess)
        let end = try await eventually("SUBSCRIBE with Expires: 0") {
            phone.requests.first { $0.method == .subscribe && $0.headers.expires == 0 }
        }
        #expect(end.headers.to?.tag == "phone", "in the same dialog")
        #expect(end.target.description.contains("127.0.0.1:5998"), "to the remote target")
        #expect(end.headers.cSeq?.number == 2)
        try await eventually("off the record") { edge.control.records.isEmpty }

        // RFC 6665 §4.1.2.3: the notifier says once more that it is over; after that nothing more is expected.
        for (number, status) in [(5, 200), (6, 481)] {
            try await server.send(try Self.notify(request, number: number, state: "terminated;reason=timeout"))
            let answer = try await eventually("an answer to the farewell") {
                server.responses.first { $0.headers.cSeq?.number == UInt32(number) }
            }
            #expect(answer.status.code == status)
        }
        await edge.stop()
    }

    @Test("A SUBSCRIBE that was forked: the first NOTIFY makes the dialog, other forks get 481 (RFC 3856 §6.9)")
    func forked() async throws {
        let phone = Phone()
        phone.answer { $0.method == .subscribe ? nil : $0.response(Status(200), tag: "phone") }
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        #expect(try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe))).isSuccess)
        let asked = try await eventually("SUBSCRIBE") { phone.requests(.subscribe).first }

        let server = Phone()
        try await server.connect(to: await edge.port())
        /// A NOTIFY of one of the servers that the SUBSCRIBE has reached.
        func notify(_ number: Int, fork: String, _ basic: String) throws -> Request {
            var notify = try Self.notify(asked, number: number, state: "active;expires=3600", body: Self.pidf(basic))
            notify.headers[.from] = "<sip:romeo@sip.test>;tag=\(fork)"
            notify.headers.append(.contact, "<sip:\(fork)@127.0.0.1:5998;transport=tcp>")
            return notify
        }
        try await server.send(try notify(1, fork: "first", "open"))
        #expect(try await eventually("its answer") { server.final(.notify, 1) }.status.code == 200)
        try await server.send(try notify(2, fork: "second", "closed"))
        #expect(try await eventually("its answer") { server.final(.notify, 2) }.status.code == 481)
        // The answer is the other one's: it ends the transaction, and moves nothing.
        var answer = asked.response(Status(200), tag: "second")
        answer.headers.append(.expires, "3600")
        answer.headers.append(.contact, "<sip:second@127.0.0.1:5998;transport=tcp>")
        try await phone.reply(answer)
        try await eventually("the answer has arrived") { await edge.edge.server.clientTransactions.isEmpty }
        #expect(edge.xmpp.shown.map { $0.instances.first?.isAvailable } == [true])

        phone.answer { $0.response(Status(200), tag: "first") }
        #expect(try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .unsubscribe))).isSuccess)
        let end = try await eventually("the end") { phone.requests(.subscribe).first { $0.headers.expires == 0 } }
        #expect(end.headers.to?.tag == "first" && end.target.description.contains("first@"))
        await edge.stop()
    }

    @Test("Who subscribes again before the end of the last subscription was answered has a new one after it")
    func wantedAgain() async throws {
        let phone = Phone()
        phone.answer { request in
            guard request.headers.expires != 0 else { return nil }
            var response = request.response(Status(200), tag: "phone")
            response.headers.append(.expires, "3600")
            response.headers.append(.contact, "<sip:romeo@127.0.0.1:5998;transport=tcp>")
            return response
        }
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        func ask(_ action: SubscriptionRequest.Action) async throws {
            #expect(try await edge.send(.subscriptionRequest(SubscriptionRequest(action: action))).isSuccess)
        }
        try await ask(.subscribe)
        let first = try await eventually("SUBSCRIBE") { phone.requests(.subscribe).first }
        try await eventually("its answer has arrived") { await edge.edge.server.clientTransactions.isEmpty }
        try await ask(.unsubscribe)
        let end = try await eventually("the end") { phone.requests(.subscribe).first { $0.headers.expires == 0 } }
        try await ask(.subscribe)
        #expect(phone.requests(.subscribe).count == 2, "one after the other")
        try await phone.reply(end.response(Status(200), tag: "phone"))
        let second = try await eventually("another SUBSCRIBE") { phone.requests(.subscribe).dropFirst(2).first }
        #expect(second.headers.callID != first.headers.callID && second.headers.to?.tag == nil)
        try await eventually("on record") { edge.control.records.first?.direction == .xmppToSIP }
        // And who changes their mind twice has none.
        try await eventually("its answer has arrived") { await edge.edge.server.clientTransactions.isEmpty }
        try await ask(.unsubscribe)
        let last = try await eventually("the end") { phone.requests(.subscribe).dropFirst(3).first }
        try await ask(.subscribe)
        try await ask(.unsubscribe)
        try await phone.reply(last.response(Status(200), tag: "phone"))
        try await eventually("nothing is left") { await edge.edge.server.subscribers.isEmpty }
        try await eventually("off the record") { edge.control.records.isEmpty }
        #expect(phone.requests(.subscribe).count == 4)
        await edge.stop()
    }

    @Test("A subscription that the SIP side refuses for good is cancelled", arguments: [403, 489, 603])
    func refused(_ status: Int) async throws {
        let phone = Phone()
        phone.answer { $0.response(Status(status), tag: "x") }
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        _ = try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe)))
        try await eventually("unsubscribed") {
            edge.xmpp.states == [.terminated]
        }
        try await eventually("off the record") { edge.control.records.isEmpty }
        await edge.stop()
    }

    @Test("One SIP subscription serves all resources of a contact: who comes later is told what is known")
    func fanIn() async throws {
        let phone = Phone()
        phone.answer { request in
            var response = request.response(Status(200), tag: "phone")
            response.headers.append(.contact, "<sip:romeo@127.0.0.1:5998;transport=tcp>")
            return response
        }
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        let wish = NeutralMessage.Content.subscriptionRequest(SubscriptionRequest(action: .subscribe))
        #expect(try await edge.send(wish).isSuccess)
        let request = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        let server = Phone()
        try await server.connect(to: await edge.port())
        try await server.send(try Self.notify(request, number: 1, state: "active;expires=600", body: Self.pidf("open")))
        try await eventually("online") { edge.xmpp.shown.count == 1 }
        // A second resource subscribes, a third one comes online.
        #expect(try await edge.send(wish).isSuccess)
        #expect(try await edge.send(.presenceProbe).isSuccess)
        try await eventually("told again, and again") { edge.xmpp.shown.count == 3 && edge.xmpp.states.count == 3 }
        #expect(phone.requests.count { $0.method == .subscribe } == 1)
        await edge.stop()
    }

    @Test("subscription-refresh-interval is what is asked for; a shorter time that the server grants is kept")
    func interval() async throws {
        let phone = Phone()
        phone.answer { request in
            var response = request.response(Status(200), tag: "phone")
            response.headers.append(.expires, "6")
            response.headers.append(.contact, "<sip:romeo@127.0.0.1:5998;transport=tcp>")
            return response
        }
        let edge = try await TestEdge(
            routes: [try await self.route(phone)],
            gateway: GatewaySettings(subscriptionRefreshInterval: 7_200)
        )
        #expect(try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe))).isSuccess)
        try await eventually("the subscription and its refresh") {
            phone.requests.count { $0.method == .subscribe } >= 2
        }
        let asked = phone.requests.filter { $0.method == .subscribe }.prefix(2)
        #expect(asked.map(\.headers.expires) == [7_200, 7_200])
        #expect(asked.map { $0.headers.to?.tag } == [nil, "phone"])
        await edge.stop()
    }

    @Test("After a restart what is on record is subscribed anew, without being asked")
    func restored() async throws {
        let phone = Phone()
        let record = SubscriptionRecord(
            direction: .xmppToSIP,
            watcher: Self.juliet,
            presentity: Self.romeo,
            state: .active,
            refreshedAt: 0
        )
        let edge = try await TestEdge(routes: [try await self.route(phone)], records: [record])
        let request = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        #expect(request.headers.from?.sipURI?.description == "sip:juliet@xmpp.test")
        await edge.stop()
    }

    @Test("After a restart no server meets all subscriptions at once: a hundred a second are made anew")
    func spread() async throws {
        let phone = Phone()
        let records = (1...250).map {
            SubscriptionRecord(
                direction: .xmppToSIP,
                watcher: address("juliet\($0)@xmpp.test"),
                presentity: Self.romeo,
                state: .active,
                refreshedAt: 0
            )
        }
        let begin = ContinuousClock.now
        let edge = try await TestEdge(routes: [try await self.route(phone)], records: records)
        try await eventually("all are subscribed anew") { phone.requests(.subscribe).count == records.count }
        // However fast the machine is: 100 at once, 100 after a second, the rest after another one.
        #expect(ContinuousClock.now - begin >= .seconds(2))
        #expect(Set(phone.requests(.subscribe).compactMap(\.headers.callID)).count == records.count)
        await edge.stop()
    }

    @Test("A SIP user subscribes: NOTIFY over the same connection, through three states and the end")
    func userWatches() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe) { $0.headers.append(.recordRoute, "<sip:proxy.sip.test;lr>") })
        let accepted = try await eventually("200") { phone.responses.first }
        #expect(accepted.status.code == 200)
        #expect(accepted.headers.expires == 3600)
        #expect(accepted.headers.contact != nil)
        #expect(accepted.headers[.recordRoute] == "<sip:proxy.sip.test;lr>")
        let tag = try #require(accepted.headers.to?.tag)
        let first = try await eventually("NOTIFY") { phone.requests.first }
        #expect(first.headers.subscriptionState?.token == "pending")
        #expect(first.headers.from?.tag == tag)
        #expect(first.headers[.route] == "<sip:proxy.sip.test;lr>")
        #expect(first.body.isEmpty)
        try await eventually("the contact is asked") {
            edge.xmpp.wishes == [.subscribe]
        }

        // Prosody acknowledges the request so: nobody has decided yet.
        #expect(try await edge.send(.presence(PresenceNotification(instances: [], isComplete: true))).isSuccess)
        #expect(phone.requests.count == 1)
        _ = try await edge.send(.subscriptionState(.active))
        try await eventually("active") { phone.requests.last?.headers.subscriptionState?.token == "active" }
        for (show, count) in zip([PresenceNotification.Show.online, .away, .doNotDisturb], 3...) {
            let instance = PresenceNotification.Instance(id: "balcony", isAvailable: true, show: show)
            _ = try await edge.send(.presence(PresenceNotification(instances: [instance], isComplete: false)))
            try await eventually("NOTIFY \(count)") { phone.requests.count == count }
            let body = phone.requests.last?.body ?? []
            #expect(String(decoding: body, as: UTF8.self).contains("open"))
        }
        #expect(phone.requests.compactMap { $0.headers.cSeq?.number } == Array(1...5))

        _ = try await edge.send(.subscriptionState(.terminated))
        let last = try await eventually("the end") {
            phone.requests.last.flatMap { $0.headers.subscriptionState?.token == "terminated" ? $0 : nil }
        }
        #expect(last.headers.subscriptionState?.parameter("reason") == "rejected")
        try await eventually("off the record") { edge.control.records.isEmpty }
        await edge.stop()
    }

    @Test("A refresh keeps the dialog, another tag has none, and Expires: 0 ends it")
    func refresh() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        let tag = try #require(try await eventually("200") { phone.responses.first }.headers.to?.tag)
        func again(_ number: Int, from: String = "romeo1", expires: Int) throws -> Request {
            try request(.subscribe, number: number) {
                $0.headers[.callID] = "call-1"
                $0.headers[.to] = "<sip:juliet@xmpp.test>;tag=\(tag)"
                $0.headers[.from] = "<sip:romeo@sip.test>;tag=\(from)"
                $0.headers.append(.expires, "\(expires)")
            }
        }
        try await phone.send(try again(2, from: "mallory", expires: 0))
        try await eventually("481") { phone.responses.last?.status.code == 481 }
        try await phone.send(try again(3, expires: 600))
        try await eventually("200 and NOTIFY") { phone.responses.count == 3 && phone.requests.count >= 2 }
        #expect(phone.responses.last?.status.code == 200)
        try await phone.send(try again(3, expires: 600).with(branch: "z9hG4bKother"))
        try await eventually("500") { phone.responses.last?.status.code == 500 }
        try await phone.send(try again(4, expires: 0))
        try await eventually("the end") {
            phone.requests.last?.headers.subscriptionState?.parameter("reason") == "timeout"
        }
        await edge.stop()
    }

    @Test("An edge that stops says so to its watchers, who come back at once")
    func deactivated() async throws {
        let edge = try await TestEdge(drainTime: .seconds(20))
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        _ = try await eventually("NOTIFY") { phone.requests.first }
        await edge.stop()
        #expect(phone.requests.last?.headers.subscriptionState?.token == "terminated")
        #expect(phone.requests.last?.headers.subscriptionState?.parameter("reason") == "deactivated")
        #expect(edge.control.records.count == 1, "the relation stays on record")
    }

    @Test("BENOTIFY says what NOTIFY says, and is not answered ([MS-SIP] 3.5)")
    func benotify() async throws {
        let phone = Phone()
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        _ = try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe)))
        let subscribe = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        let server = Phone()
        try await server.connect(to: await edge.port())
        var benotify = try Self.notify(subscribe, number: 1, state: "active", body: Self.pidf("open"))
        benotify.method = .benotify
        benotify.headers[.cSeq] = "1 BENOTIFY"
        try await server.send(benotify)
        try await eventually("presence crosses") { edge.xmpp.shown.count == 1 }
        try await server.send(try request(.options, number: 2))
        try await eventually("the answer to what came later") { !server.responses.isEmpty }
        #expect(server.responses.count == 1)
        await edge.stop()
    }

    @Test("A poll is answered once, with what is known")
    func poll() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        _ = try await eventually("NOTIFY") { phone.requests.first }
        let instance = PresenceNotification.Instance(id: "balcony", isAvailable: true)
        _ = try await edge.send(.presence(PresenceNotification(instances: [instance], isComplete: false)))
        try await eventually("NOTIFY") { phone.requests.count == 2 }
        try await phone.send(try request(.subscribe, number: 7) { $0.headers.append(.expires, "0") })
        let answer = try await eventually("NOTIFY of the poll") {
            phone.requests.first { $0.headers.callID == "call-7" }
        }
        #expect(answer.headers.subscriptionState?.token == "terminated")
        #expect(String(decoding: answer.body, as: UTF8.self).contains("open"))
        await edge.stop()
    }

    @Test("Presence that the XMPP side could not take is told again")
    func toldAgain() async throws {
        let phone = Phone()
        phone.answer { $0.method == .options ? nil : $0.response(Status(200), tag: "phone") }
        let edge = try await TestEdge(routes: [try await self.route(phone)])
        edge.xmpp.answer { message in
            if case .presence = message.content {
                .failure(DeliveryFailure(.remoteServerTimeout, reason: .connectionFailed, text: "away"))
            } else {
                .success(Taken())
            }
        }
        _ = try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe)))
        let subscribe = try await eventually("SUBSCRIBE") { phone.requests.first { $0.method == .subscribe } }
        let server = Phone()
        try await server.connect(to: await edge.port())
        try await server.send(try Self.notify(subscribe, number: 1, state: "active", body: Self.pidf("open")))
        try await eventually("told once") { edge.xmpp.shown.count == 1 }
        edge.xmpp.answer { _ in .success(Taken()) }
        try await eventually("told again") { edge.xmpp.shown.count == 2 }
        await edge.stop()
    }
}

extension Request {
    fileprivate func with(branch: String) -> Request {
        var copy = self
        copy.headers[.via] = "SIP/2.0/TCP 127.0.0.1:5999;branch=\(branch)"
        return copy
    }
}
