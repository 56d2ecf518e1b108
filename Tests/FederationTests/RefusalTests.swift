import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    @Suite("What is refused is explained, to the sender and to the operator")
    struct RefusalTests {
        @Test("Unknown user, blocked partner, SIP side down: the right error, a reason, one id in all logs")
        func refusals() async throws {
            try await withWorld(1) { world in
                let romeo = try await world.user("romeo")
                try await Self.sideIsDown(world, romeo)
                try await Self.userIsUnknown(world, romeo)
                try await Self.partnerIsBlocked(world, romeo)
                await romeo.close()
            }
        }

        private static func sideIsDown(_ world: World, _ romeo: XMPPClient) async throws {
            let error = try await self.send("down", romeo)
            #expect(error.errorCondition == "remote-server-not-found")
            #expect(error.errorText?.isEmpty == false)
            try await self.isExplained("next-hop-unreachable", world, services: ["xmpp-edge", "sip-edge"])
        }

        private static func userIsUnknown(_ world: World, _ romeo: XMPPClient) async throws {
            let server = SIPPeer(address: world.sipAddress)
            server.answer { $0.method == .message ? Status(404) : Status(200) }
            try await server.listen()
            let error = try await self.send("unknown", romeo)
            #expect(error.errorCondition == "item-not-found")
            try await self.isExplained("peer-refused", world, services: ["xmpp-edge", "sip-edge"])

            // The other way: Prosody takes the message, which is answered with 200, and sends it back; its sender is told in a
            // message of the same conversation.
            let lost = try await server.message(
                "anybody there?",
                from: "juliet@sip.test",
                to: "nobody@xmpp.test",
                host: world.edgeAddress
            )
            let notice = try await eventually("word of the bounce") {
                server.requests.first { $0.method == .message && $0.headers.from?.sipURI?.user == "nobody" }
            }
            #expect(String(decoding: notice.body, as: UTF8.self).hasPrefix("Your message could not be delivered: "))
            #expect(server.fates[lost] == .answered(200))
            try await self.isExplained("peer-refused", world, services: ["xmpp-edge"], from: "nobody@xmpp.test")

            // A domain that is nobody's partner is known at once.
            let branch = try await server.message(
                "hi",
                from: "juliet@sip.test",
                to: "x@unknown.test",
                host: world.edgeAddress
            )
            let fate = try await eventually("an answer", value: { server.fates[branch] })
            #expect(fate == .answered(403))
            try await self.isExplained("unknown-partner", world, services: ["sip-edge"])
            await server.stop()
        }

        private static func partnerIsBlocked(_ world: World, _ romeo: XMPPClient) async throws {
            let server = SIPPeer(address: world.sipAddress)
            try await server.listen()
            // Word of it, in both directions: the list of blocked domains, then the partner switched off.
            try await world.isthmusctl("settings", "set", "--blocked-domain", "xmpp.test")
            let blocked = try await eventually("the block to arrive") { () -> XMLElement? in
                let error = try? await self.send("blocked", romeo)
                return error?.errorCondition == nil ? nil : error
            }
            #expect(blocked.errorText?.isEmpty == false)
            // What is refused then is the stream.
            let record = try await eventually("the record of domain-blocked") {
                try await self.records(world).first { $0["reason"] as? String == "domain-blocked" }
            }
            #expect(record["subject"] as? String == "stream")
            #expect(record["from"] as? String == "xmpp.test")
            try await world.isthmusctl("settings", "set", "--blocked-domain", "")
            try await world.isthmusctl("partner", "set", "xmpp.test", "--enabled", "false")
            let branch = try await eventually("the change to arrive") { () -> String? in
                let branch = try await server.message(
                    "hi",
                    from: "juliet@sip.test",
                    to: "romeo@xmpp.test",
                    host: world.edgeAddress
                )
                let fate = try await eventually("an answer", value: { server.fates[branch] })
                return fate == .answered(403) ? branch : nil
            }
            #expect(!branch.isEmpty)
            try await self.isExplained("partner-disabled", world, services: ["sip-edge"])
            let error = try await self.send("blocked", romeo)
            #expect(error.errorCondition != nil)
            await server.stop()
        }

        /// Sends a message, and waits for its error.
        private static func send(_ id: String, _ romeo: XMPPClient) async throws -> XMLElement {
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: id, body: id))
            return try await romeo.waitFor("the error of \(id)", within: .seconds(30)) {
                $0.attribute("id") == id && $0.attribute("type") == "error"
            }
        }

        /// The refusal is on record, and its message id stands in the log of each service that saw it.
        private static func isExplained(
            _ reason: String,
            _ world: World,
            services: [String],
            from sender: String? = nil
        ) async throws {
            let record = try await eventually("the record of \(reason)") { () -> String? in
                let record = try await self.records(world).first {
                    $0["reason"] as? String == reason && (sender == nil || $0["from"] as? String == sender)
                }
                return record?["message-id"] as? String
            }
            for service in services {
                #expect(
                    try world.log(service).contains { $0.contains("\"refused\"") && $0.contains(record) },
                    "\(service): \(record)"
                )
            }
        }

        private static func records(_ world: World) async throws -> [[String: Any]] {
            let list = try await world.isthmusctl("refusal", "list", "-o", "json")
            return try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]] ?? []
        }
    }
}
