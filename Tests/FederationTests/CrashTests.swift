import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// Each of the six processes is killed and started again while messages trickle both ways: delivered, bounced, or both —
    /// never neither.
    @Suite("Crashes")
    struct CrashTests {
        static let services = [
            "sip-edge", "xmpp-edge", "policy-service", "cert-service", "dialback-authority", "dns-publisher",
        ]
        /// Between two messages of a trickle: 50 a second.
        private static let pace = Duration.milliseconds(20)
        private static let count = 300

        @Test("No message is lost silently when a service is killed", arguments: services)
        func killed(_ service: String) async throws {
            try await withWorld(2) { world in
                let server = SIPPeer(address: world.sipAddress)
                try await server.listen()
                let client = SIPPeer(address: world.sipAddress)
                let romeo = try await world.user("romeo")
                // The way is open before the trickle begins.
                try await Self.crosses("before", romeo, server)

                async let branches = Self.trickleFromSIP(client, world)
                async let ids = Self.trickleFromXMPP(romeo)
                try await eventually("the trickle to be under way") { server.requests.count > Self.count / 6 }
                try await world.kill(service)
                try await world.start(service)
                let (fromSIP, fromXMPP) = try await (branches, ids)

                try await Self.settle(fromSIP, fromXMPP, romeo, server, client)
                try await eventually("\(service) to be ready again") { await world.isReady(service) }
                try await Self.crosses("after", romeo, server)
                await romeo.close()
                await client.stop()
                await server.stop()
            }
        }

        /// Every message has a fate: what got a 200 has arrived, what has not arrived was refused.
        private static func settle(
            _ fromSIP: [String: String],
            _ fromXMPP: [String],
            _ romeo: XMPPClient,
            _ server: SIPPeer,
            _ client: SIPPeer
        ) async throws {
            try await eventually("a fate of each SIP message", within: .seconds(45)) {
                let fates = client.fates
                let bodies = Set(await romeo.received.compactMap(\.body))
                return fromSIP.allSatisfy { text, branch in
                    switch fates[branch] {
                    case .answered(let status): status >= 300 || bodies.contains(text)
                    case .connectionLost: true
                    case nil: false
                    }
                }
            }
            try await eventually("a fate of each XMPP message", within: .seconds(45)) {
                let arrived = Set(server.requests.map { String(decoding: $0.body, as: UTF8.self) })
                let bounced = Set(
                    await romeo.received.filter { $0.attribute("type") == "error" }.compactMap { $0.attribute("id") }
                )
                return fromXMPP.allSatisfy { arrived.contains($0) || bounced.contains($0) }
            }
        }

        /// Text → branch of its request.
        private static func trickleFromSIP(_ client: SIPPeer, _ world: World) async throws -> [String: String] {
            var sent: [String: String] = [:]
            try await paced(by: self.pace, times: self.count) { number in
                let text = "from-sip-\(number)"
                sent[text] = try await client.message(
                    text,
                    from: "juliet@sip.test",
                    to: "romeo@xmpp.test",
                    host: world.edgeAddress
                )
            }
            return sent
        }

        /// The ids, which are the texts as well.
        private static func trickleFromXMPP(_ romeo: XMPPClient) async throws -> [String] {
            var sent: [String] = []
            try await paced(by: self.pace, times: self.count) { number in
                let text = "from-xmpp-\(number)"
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: text, body: text))
                sent.append(text)
            }
            return sent
        }

        /// Sends until one message has crossed.
        private static func crosses(_ text: String, _ romeo: XMPPClient, _ server: SIPPeer) async throws {
            var attempt = 0
            try await eventually("a message to cross \(text)") {
                attempt += 1
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "\(text)-\(attempt)", body: text))
                return
                    (try? await eventually("it", within: .seconds(2)) {
                        server.requests.contains { $0.body == Array(text.utf8) }
                    }) != nil
            }
        }
    }
}
