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

            // The other way: no such user at Prosody. Its error comes after the 200, which the next test is not about; a domain
            // that is nobody's partner is known at once.
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
        private static func isExplained(_ reason: String, _ world: World, services: [String]) async throws {
            let record = try await eventually("the record of \(reason)") { () -> String? in
                let list = try await world.isthmusctl("refusal", "list", "-o", "json")
                let records = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
                return records?.first { $0["reason"] as? String == reason }?["message-id"] as? String
            }
            for service in services {
                #expect(
                    try world.log(service).contains { $0.contains("\"refused\"") && $0.contains(record) },
                    "\(service): \(record)"
                )
            }
        }
    }
}
