import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// Kamailio with its presence modules is the SIP server; juliet's phone is behind it, romeo's client behind Prosody.
    @Suite(
        "Prosody and a Kamailio with presence",
        .enabled(if: FileManager.default.isExecutableFile(atPath: Kamailio.executable))
    )
    struct KamailioTests {
        @Test(
            "Messages and presence cross both ways, over TCP and over TLS with certificates on both sides",
            arguments: Kamailio.Transport.allCases
        )
        func bothWays(_ transport: Kamailio.Transport) async throws {
            try await Self.play(transport) { cast in
                try await Self.test(cast)
                try await Self.messages(cast)
                try await Self.watchesJuliet(cast)
                try await Self.watchesRomeo(cast)
                // What came from the gateway came by the transport that is meant.
                let lines = try cast.kamailio.log().split(separator: "\n")
                for method in ["MESSAGE", "SUBSCRIBE"] {
                    #expect(
                        lines.contains {
                            $0.contains("request \(method) sip:romeo@xmpp.test")
                                && $0.contains(" sip:juliet@sip.test \(transport.rawValue) ")
                        }
                    )
                }
                #expect(await cast.romeo.received.allSatisfy { $0.attribute("type") != "error" })
            }
        }

        @Test(
            "A user whom Kamailio does not know: the sender in XMPP is told; a domain that is no partner's: the sender in SIP is"
        )
        func nobody() async throws {
            try await Self.play(.tcp) { cast in
                try await cast.romeo.send(await cast.romeo.message(to: "nobody@sip.test", id: "m1", body: "Hello"))
                let error = try await cast.romeo.waitFor("the bounce") { $0.attribute("type") == "error" }
                #expect(error.attribute("id") == "m1")
                #expect(error.errorCondition == "item-not-found")
                let branch = try await cast.juliet.message(
                    "Hello",
                    from: "juliet@sip.test",
                    to: "nobody@elsewhere.xmpp.test",
                    host: cast.world.sipAddress
                )
                _ = try await eventually("an answer", value: { cast.juliet.fates[branch] })
                #expect(cast.juliet.fates[branch] == .answered(404))
            }
        }

        // MARK: - What is played

        private struct Cast {
            let world: World
            let kamailio: Kamailio
            let romeo: XMPPClient
            let juliet: SIPPeer

            /// A request of juliet's phone, which goes to Kamailio.
            func juliet(
                _ method: SIPCore.Method,
                to: String,
                _ change: (inout Request) -> Void = { _ in }
            ) async throws -> Response {
                let branch = try await self.juliet.send(
                    method,
                    from: "juliet@sip.test",
                    to: to,
                    host: self.world.sipAddress
                ) { request in
                    request.headers.append(.contact, "<sip:juliet@\(self.juliet.address):5060;transport=tcp>")
                    request.headers.append(.expires, "600")
                    change(&request)
                }
                return try await eventually("an answer to \(method.name)", value: { self.juliet.responses[branch] })
            }

            /// The last NOTIFY at juliet's phone that is as it should be.
            func notification(_ what: String, _ matches: @Sendable (Request) -> Bool) async throws -> Request {
                try await eventually(
                    "a NOTIFY: \(what)",
                    value: { self.juliet.requests.last { $0.method == .notify && matches($0) } }
                )
            }
        }

        private static func play(_ transport: Kamailio.Transport, _ test: (Cast) async throws -> Void) async throws {
            try await withWorld(6, settings: Kamailio.settings(6)) { world in
                let kamailio = try await Kamailio(transport, in: world)
                try await world.edgesAreCurrent()
                let cast = Cast(
                    world: world,
                    kamailio: kamailio,
                    romeo: try await world.user("romeo"),
                    juliet: SIPPeer(address: world.phoneAddress)
                )
                try await cast.juliet.listen()
                try await eventually("juliet is registered") {
                    (try? await cast.juliet(.register, to: "juliet@sip.test"))?.status.code == 200
                }
                var failure: (any Error)?
                do { try await test(cast) } catch { failure = error }
                await cast.romeo.close()
                await cast.juliet.stop()
                try await kamailio.stop()
                if let failure { throw WorldError(description: "\(failure)\n\(try kamailio.log())") }
            }
        }

        /// An administrator has each edge walk first.
        private static func test(_ cast: Cast) async throws {
            let test = try await cast.world.ask("test", "route", try await cast.world.route(), "--edge", "all")
            #expect(test.status == 0 && test.output.contains("walks: what it meets"), "\(test.output)")
            #expect(test.output.lowercased().contains("says it is kamailio"), "\(test.output)")
            let partner = try await cast.world.ask("test", "partner", "xmpp.test")
            #expect(partner.status == 0 && partner.output.contains("proven by"), "\(partner.output)")
        }

        private static func messages(_ cast: Cast) async throws {
            let sent = try await cast.juliet(.message, to: "romeo@xmpp.test") { request in
                request.headers.append(.contentType, "text/plain;charset=UTF-8")
                request.body = Array("O Romeo ☆".utf8)
            }
            #expect(sent.status.code == 200)
            let heard = try await cast.romeo.waitFor("juliet's message") { $0.body != nil }
            #expect(heard.body == "O Romeo ☆")
            #expect(heard.attribute("from")?.hasPrefix("juliet@sip.test") == true)

            try await cast.romeo.send(
                await cast.romeo.message(to: "juliet@sip.test", id: "m1", body: "Call me but love ♡")
            )
            let answer = try await eventually(
                "romeo's message",
                value: { cast.juliet.requests.first { $0.method == .message } }
            )
            #expect(String(decoding: answer.body, as: UTF8.self) == "Call me but love ♡")
            #expect(answer.headers.from?.sipURI?.rawUser == "romeo")
            #expect(answer.headers.from?.sipURI?.host == "xmpp.test")
        }

        /// romeo has juliet on his roster: what her phone publishes at Kamailio reaches him.
        private static func watchesJuliet(_ cast: Cast) async throws {
            try await cast.romeo.send(
                await cast.romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribe"])
            )
            _ = try await cast.romeo.waitFor("the agreement") {
                $0.name == "presence" && $0.attribute("type") == "subscribed"
            }
            var tag: String?
            for (activity, note, show) in [
                ("", "At home", nil), ("away", "Out", "away"), ("busy", "In a meeting", "dnd"),
            ] {
                let published = try await cast.juliet(.publish, to: "juliet@sip.test") { request in
                    request.headers.append(.event, "presence")
                    if let tag { request.headers.append(HeaderName("SIP-If-Match"), tag) }
                    request.headers.append(.contentType, "application/pidf+xml")
                    request.body = SIPPeer.pidf("juliet@sip.test", activity: activity, note: note)
                }
                #expect(published.status.code == 200)
                tag = published.headers[HeaderName("SIP-ETag")]
                let presence = try await cast.romeo.waitFor("the presence “\(note)”") { stanza in
                    stanza.name == "presence" && stanza.elements.contains { $0.name == "status" && $0.text == note }
                }
                #expect(presence.elements.first { $0.name == "show" }?.text == show)
            }
        }

        /// juliet has romeo among her contacts: NOTIFY comes through Kamailio, which recorded itself in the route; she refreshes, and ends it.
        private static func watchesRomeo(_ cast: Cast) async throws {
            let made = try await Self.subscribe(cast)
            #expect(made.status.code == 200)
            let pending = try await cast.notification("pending") { $0.headers.subscriptionState?.token == "pending" }
            _ = try await cast.romeo.waitFor("the question") {
                $0.name == "presence" && $0.attribute("type") == "subscribe"
            }
            try await cast.romeo.send(
                await cast.romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribed"])
            )
            _ = try await cast.notification("active") { $0.headers.subscriptionState?.token == "active" }
            for (show, note) in [("chat", "Come in"), ("dnd", "Not now")] {
                let children = [await cast.romeo.child("show", show), await cast.romeo.child("status", note)]
                try await cast.romeo.send(await cast.romeo.element("presence", [:], children))
                _ = try await cast.notification(note) { String(decoding: $0.body, as: UTF8.self).contains(note) }
            }
            for (number, expires) in [(2, "300"), (3, "0")] {
                let refreshed = try await Self.subscribe(cast, in: (made, pending, number), expires: expires)
                #expect(refreshed.status.code == 200)
                #expect(refreshed.headers[.expires] == expires)
            }
            _ = try await cast.notification("the end") { $0.headers.subscriptionState?.token == "terminated" }
        }

        /// SUBSCRIBE, or a further one in the dialog of the first.
        private static func subscribe(
            _ cast: Cast,
            in dialog: (made: Response, notify: Request, number: Int)? = nil,
            expires: String = "600"
        ) async throws -> Response {
            try await cast.juliet(.subscribe, to: "romeo@xmpp.test") { request in
                request.headers.append(.event, "presence")
                request.headers.append(.accept, "application/pidf+xml")
                request.headers[.expires] = expires
                guard let (made, notify, number) = dialog else { return }
                request.headers[.from] = made.headers[.from]
                request.headers[.to] = made.headers[.to]
                request.headers[.callID] = made.headers.callID
                request.headers[.cSeq] = "\(number) SUBSCRIBE"
                for route in made.headers.all(.recordRoute).reversed() { request.headers.append(.route, route) }
                if let target = notify.headers.contact?.sipURI { request.target = .sip(target) }
            }
        }
    }
}
