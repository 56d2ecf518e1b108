import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// split.test: romeo and benvolio live on Prosody, to which the gateway is attached as a component; juliet lives on the SIP
    /// server, and so does everybody nobody knows.
    @Suite("SPEC §7: one domain, two servers")
    struct PartitionTests {
        @Test("Messages and presence cross within one domain, a user moves, and who lives nowhere is refused")
        func split() async throws {
            try await withWorld(6, settings: ["SPLIT_DOMAIN": "yes"]) { world in
                let juliet = SIPPeer(address: world.sipAddress)
                try await juliet.listen()
                try await Self.configure(world)
                let romeo = try await world.user("romeo", domain: "split.test")

                try await Self.messagesCross(world, romeo, juliet)
                try await Self.presenceCrosses(world, romeo, juliet)
                try await Self.followsTheGuide(world, romeo, juliet)
                try await Self.aligns(world)
                try await Self.strangersAreRefused(world, romeo, juliet)
                try await Self.serverRestarts(
                    world,
                    juliet,
                    stop: { try await world.kill("prosody") },
                    start: { try await world.start("prosody") },
                    login: { try await world.user("romeo", domain: "split.test") }
                )
                let move = SplitMove(world, juliet)
                try await move.watchEachOther()
                try await Self.userMoves(world, juliet)
                try await move.presenceFollowsToSIP()
                try await move.followsToXMPP()
                await romeo.close()
                await juliet.stop()
            }
        }

        @Test("The same with ejabberd: messages cross both ways, and nobody knows nobody")
        func ejabberd() async throws {
            let scratch = try Scratch("component")
            defer { withExtendedLifetime(scratch) {} }
            let secret = try scratch.write("between ourselves", to: "secret")
            let server = "127.0.97.13"
            let settings = [
                "ISTHMUS_XMPP_COMPONENT_SERVER": "\(server):5347",
                "ISTHMUS_XMPP_COMPONENT_NAME": "isthmus.split.test", "ISTHMUS_XMPP_COMPONENT_DOMAINS": "split.test",
                "ISTHMUS_XMPP_COMPONENT_SECRET_FILE": secret.path,
            ]
            try await withWorld(7, settings: settings) { world in
                let ejabberd = try await SplitEjabberd(address: server, secret: "between ourselves")
                let juliet = SIPPeer(address: world.sipAddress)
                juliet.answer { $0.requestURI?.user == "nobody" ? Status(404) : Status(200) }
                try await juliet.listen()
                try await Self.configure(world)
                let romeo = try await ejabberd.user("romeo")
                try await Self.messagesCross(world, romeo, juliet)
                try await Self.presenceCrosses(world, romeo, juliet)
                try await romeo.send(await romeo.message(to: "nobody@split.test", id: "n1", body: "hi"))
                let error = try await romeo.waitFor("the error") {
                    $0.attribute("id") == "n1" && $0.attribute("type") == "error"
                }
                #expect(error.errorCondition == "item-not-found")
                await romeo.close()
                try await Self.serverRestarts(
                    world,
                    juliet,
                    stop: { try await ejabberd.kill() },
                    start: { try await ejabberd.start() },
                    login: { try await ejabberd.user("romeo") }
                )
                await juliet.stop()
                try await ejabberd.stop()
            }
        }

        private static func configure(_ world: World) async throws {
            try await world.isthmusctl("domain", "add", "split.test", "--partition", "basic")
            try await world.isthmusctl("user", "add", "romeo@split.test", "--home", "xmpp")
            try await world.isthmusctl("user", "add", "benvolio@split.test", "--home", "xmpp")
            try await world.isthmusctl(
                "route",
                "add",
                "split.test",
                "--next-hop",
                world.sipAddress,
                "--port",
                "5060",
                "--transport",
                "tcp"
            )
            try await Self.attached(world)
        }

        /// Waits until the gateway is attached, and all edges know it.
        private static func attached(_ world: World) async throws {
            try await eventually("the component to be attached", within: .seconds(30)) {
                let edges = try await world.isthmusctl("edge", "list", "-o", "json")
                let list = try JSONSerialization.jsonObject(with: Data(edges.utf8)) as? [[String: Any]] ?? []
                return list.contains { $0["attached-domains"] as? [String] == ["split.test"] }
                    && list.allSatisfy { $0["policy-current"] as? Bool == true }
            }
        }

        private static func messagesCross(_ world: World, _ romeo: XMPPClient, _ juliet: SIPPeer) async throws {
            for number in 0..<100 {
                try await romeo.send(await romeo.message(to: "juliet@split.test", id: "m\(number)", body: "x\(number)"))
            }
            try await eventually("the messages at juliet") {
                juliet.requests.filter { $0.method == .message }.count >= 100
            }
            let texts = juliet.requests.filter { $0.method == .message }.map {
                String(decoding: $0.body, as: UTF8.self)
            }
            #expect(texts == (0..<100).map { "x\($0)" })
            #expect(juliet.requests.first { $0.method == .message }?.headers.from?.sipURI?.host == "split.test")

            for number in 0..<100 {
                let branch = try await juliet.message(
                    "s\(number)",
                    from: "juliet@split.test",
                    to: "romeo@split.test",
                    host: world.edgeAddress
                )
                let fate = try await eventually("an answer", value: { juliet.fates[branch] })
                #expect(fate == .answered(200))
            }
            _ = try await romeo.waitFor("the last message") { $0.body == "s99" }
            let bodies = await romeo.received.filter { $0.attribute("from")?.hasPrefix("juliet@split.test") == true }
                .compactMap(\.body)
            #expect(bodies == (0..<100).map { "s\($0)" })
            let stream = try await world.isthmusctl("stream", "list", "-o", "json")
            #expect(stream.contains("\"component\""))
        }

        private static func presenceCrosses(_ world: World, _ romeo: XMPPClient, _ juliet: SIPPeer) async throws {
            try await romeo.send(await romeo.element("presence", ["to": "juliet@split.test", "type": "subscribe"]))
            let subscribe = try await eventually(
                "SUBSCRIBE at juliet",
                value: { juliet.requests.first { $0.method == .subscribe } }
            )
            #expect(subscribe.headers.event?.token == "presence")
            #expect(subscribe.headers.from?.sipURI?.description.hasPrefix("sip:romeo@split.test") == true)

            try await romeo.send(await romeo.element("presence", [:]))
            let branch = try await juliet.send(
                .subscribe,
                from: "juliet@split.test",
                to: "romeo@split.test",
                host: world.edgeAddress
            ) {
                $0.headers.append(.event, "presence")
                $0.headers.append(.accept, "application/pidf+xml")
                $0.headers.append(.expires, "600")
                $0.headers.append(.contact, "<sip:juliet@\(world.sipAddress):5060;transport=tcp>")
            }
            let fate = try await eventually("an answer", value: { juliet.fates[branch] })
            #expect(fate == .answered(200))
            _ = try await romeo.waitFor("juliet's wish") {
                $0.name == "presence" && $0.attribute("type") == "subscribe"
                    && $0.attribute("from") == "juliet@split.test"
            }
            try await romeo.send(await romeo.element("presence", ["to": "juliet@split.test", "type": "subscribed"]))
            try await eventually("romeo's presence at juliet") {
                juliet.requests.contains { request in
                    request.method == .notify && request.headers.subscriptionState?.token == "active"
                        && String(decoding: request.body, as: UTF8.self).contains("<basic>open</basic>")
                }
            }
        }

        /// LCS is told what the guide says: its route leads to the gateway, which takes its messages, and the hosts that it is to authorize
        /// are the live edges.
        private static func followsTheGuide(_ world: World, _ romeo: XMPPClient, _ juliet: SIPPeer) async throws {
            let lcs = try await GuidedLCS(in: world)
            #expect(!lcs.missing.contains { $0.contains("GATEWAY-") }, "\(lcs.missing)")
            func send(_ text: String, by lcs: GuidedLCS, showing certificate: TestIdentity? = nil) async throws -> Bool
            {
                try await lcs.send(
                    text,
                    from: "juliet@split.test",
                    to: "romeo",
                    at: "split.test",
                    by: world.sipAddress,
                    showing: certificate,
                    in: world
                )
            }
            #expect(try await send("by the guide", by: lcs))
            _ = try await romeo.waitFor("the message") { $0.body == "by the guide" }
            #expect(lcs.authorized.contains(world.edgeAddress), "\(lcs.authorized)")

            // With a route over TLS the guide says so, and names what is to be authorized.
            let enterprise = try TestAuthority("Enterprise")
            let certificate = try enterprise.issue("DNS:lcs.split.test")
            let root = try world.scratch.write(
                String(decoding: enterprise.rootPEM, as: UTF8.self),
                to: "enterprise.pem"
            )
            try await world.isthmusctl("certificate", "trust", "add", root.path, "--use", "sip")
            try await world.isthmusctl("host", "add", "lcs.split.test")
            try await world.isthmusctl(
                ["route", "add", "split.test", "--next-hop", "lcs.split.test", "--port", "5061", "--transport", "tls"]
                    + ["--priority", "9"]
            )
            let secure = try await GuidedLCS(in: world)
            #expect(secure.routes.first { $0.domain == "split.test" }?.transport == "TLS")
            #expect(secure.authorized.count == 2, "by name and by address: \(secure.authorized)")
            // The edge takes a root into use as soon as it hears of it.
            try await eventually("LCS to be let in", within: .seconds(30)) {
                try await send("by the guide, over TLS", by: secure, showing: certificate)
            }
            _ = try await romeo.waitFor("the message") { $0.body == "by the guide, over TLS" }
            let listed = try await world.isthmusctl("route", "list", "-o", "json")
            let routes = try JSONSerialization.jsonObject(with: Data(listed.utf8)) as? [[String: Any]] ?? []
            let id = try #require(routes.first { $0["transport"] as? String == "tls" }?["id"] as? String)
            try await world.isthmusctl("route", "remove", id)
        }

        /// romeo and benvolio are in the directory as users of Prosody, and Prosody knows a third one.
        private static func aligns(_ world: World) async throws {
            #expect(try await world.isthmusctl("domain", "align", "split.test").contains("is aligned: 2 users"))
            let users = try world.scratch.write("romeo@split.test\nmercutio@split.test\n", to: "users.txt")
            let misfits = await #expect(throws: WorldError.self) {
                try await world.isthmusctl("domain", "align", "split.test", "--xmpp-users", users.path)
            }
            #expect(misfits?.description.contains("user add mercutio@split.test --home xmpp") == true)
            #expect(misfits?.description.contains("benvolio@split.test has the home xmpp") == true)
        }

        /// Neither side knows the user; and each server speaks for its own users alone.
        private static func strangersAreRefused(
            _ world: World,
            _ romeo: XMPPClient,
            _ juliet: SIPPeer
        ) async throws {
            let branch = try await juliet.message(
                "hi",
                from: "juliet@split.test",
                to: "nobody@split.test",
                host: world.edgeAddress
            )
            #expect(try await eventually("an answer", value: { juliet.fates[branch] }) == .answered(404))
            let forged = try await juliet.message(
                "hi",
                from: "benvolio@split.test",
                to: "romeo@split.test",
                host: world.edgeAddress
            )
            #expect(try await eventually("an answer", value: { juliet.fates[forged] }) == .answered(403))
            // It ends with a failure, as what it explains does.
            let explanation = await #expect(throws: WorldError.self) {
                try await world.isthmusctl("explain", "--from", "juliet@split.test", "--to", "nobody@split.test")
            }
            #expect(explanation?.description.contains("isthmusctl user add nobody@split.test --home xmpp") == true)

            // The SIP server does not know everybody whom it is asked about either.
            juliet.answer { $0.requestURI?.user == "nobody" ? Status(404) : Status(200) }
            try await romeo.send(await romeo.message(to: "nobody@split.test", id: "n1", body: "hi"))
            let error = try await romeo.waitFor("the error") {
                $0.attribute("id") == "n1" && $0.attribute("type") == "error"
            }
            #expect(error.errorCondition == "item-not-found")
        }

        /// While the XMPP server is away its users cannot be reached, and whoever writes to them is told; then all is as before.
        private static func serverRestarts(
            _ world: World,
            _ juliet: SIPPeer,
            stop: () async throws -> Void,
            start: () async throws -> Void,
            login: () async throws -> XMPPClient
        ) async throws {
            try await stop()
            let fate = try await eventually("the gateway to notice") { () -> SIPPeer.Fate? in
                let branch = try await juliet.message(
                    "lost?",
                    from: "juliet@split.test",
                    to: "romeo@split.test",
                    host: world.edgeAddress
                )
                let fate = try await eventually("an answer", within: .seconds(25), value: { juliet.fates[branch] })
                return fate == .answered(200) ? nil : fate
            }
            #expect(fate == .answered(504))
            try await start()
            try await self.attached(world)
            let again = try await login()
            try await again.send(await again.element("presence", [:]))
            let branch = try await juliet.message(
                "back",
                from: "juliet@split.test",
                to: "romeo@split.test",
                host: world.edgeAddress
            )
            #expect(try await eventually("an answer", value: { juliet.fates[branch] }) == .answered(200))
            _ = try await again.waitFor("the message") { $0.body == "back" }
            await again.close()
        }

        private static func moves(_ world: World, _ benvolio: XMPPClient) async throws {
            _ = try await benvolio.waitFor("a few messages") { $0.body == "moving 10" }
            try await world.isthmusctl("user", "set", "benvolio@split.test", "--home", "sip")
            try await self.attached(world)
        }

        /// benvolio moves from the XMPP server to the SIP server while juliet writes to him: each message reaches him where he was, or she is
        /// told that it did not.
        private static func userMoves(_ world: World, _ juliet: SIPPeer) async throws {
            let benvolio = try await world.user("benvolio", domain: "split.test")
            async let moved: Void = self.moves(world, benvolio)
            var sent: [String: String] = [:]
            try await paced(by: .milliseconds(50), times: 100) { number in
                sent["moving \(number)"] = try await juliet.message(
                    "moving \(number)",
                    from: "juliet@split.test",
                    to: "benvolio@split.test",
                    host: world.edgeAddress
                )
            }
            try await moved
            try await eventually("a fate of each message") { sent.values.allSatisfy { juliet.fates[$0] != nil } }
            let taken = Set(sent.filter { juliet.fates[$0.value] == .answered(200) }.keys)
            try await eventually("all that was taken at benvolio's") {
                Set(await benvolio.received.compactMap(\.body)).isSuperset(of: taken)
            }
            #expect(!taken.isEmpty)
            #expect(sent.filter { !taken.contains($0.key) }.allSatisfy { juliet.fates[$0.value] == .answered(482) })
            await benvolio.close()
            let branch = try await juliet.message(
                "from the new side",
                from: "benvolio@split.test",
                to: "romeo@split.test",
                host: world.edgeAddress
            )
            #expect(try await eventually("an answer", value: { juliet.fates[branch] }) == .answered(200))
            // The SIP server asks us for somebody of its own: it does not know him yet, and would be asked again.
            let loop = try await juliet.message(
                "where are you?",
                from: "juliet@split.test",
                to: "benvolio@split.test",
                host: world.edgeAddress
            )
            #expect(try await eventually("an answer", value: { juliet.fates[loop] }) == .answered(482))
        }
    }
}
