import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// The service that knows everything is away for longer than anything waits for it.
    @Suite("policy-service is away")
    struct AwayTests {
        /// An edge is forgotten after 7 s of silence, and a question for the policy waits 10 s: both are over long before.
        private static let seconds = 20

        @Test("Edges go on by the last policy, message by message, and follow it again when it is back")
        func away() async throws {
            try await withWorld(2) { world in
                let server = SIPPeer(address: world.sipAddress)
                try await server.listen()
                let client = SIPPeer(address: world.sipAddress)
                let romeo = try await world.user("romeo")
                try await Self.crosses("before", world, romeo, server, client)

                try await world.kill("policy-service")
                try await paced(by: .seconds(1), times: Self.seconds) { number in
                    try await Self.crosses("away-\(number)", world, romeo, server, client)
                }
                try await world.start("policy-service")
                try await eventually("policy-service to be ready again") { await world.isReady("policy-service") }
                _ = try await world.isthmusctl("partner", "set", "xmpp.test", "--enabled", "false")
                try await eventually("the edges to follow the new policy") {
                    let branch = try await Self.send("after", world, client)
                    return try await eventually("an answer") { Self.status(of: branch, client) } == 403
                }
                try await Self.crossesAgain(world, romeo, server, client)
                await romeo.close()
                await client.stop()
                await server.stop()
            }
        }

        /// One message each way, which arrive.
        private static func crosses(
            _ text: String,
            _ world: World,
            _ romeo: XMPPClient,
            _ server: SIPPeer,
            _ client: SIPPeer
        ) async throws {
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: text, body: text))
            let branch = try await self.send(text, world, client)
            try await eventually("\(text) to reach the SIP side", within: .seconds(30)) {
                server.requests.contains { $0.body == Array(text.utf8) }
            }
            let status = try await eventually("an answer to \(text)", within: .seconds(30)) {
                self.status(of: branch, client)
            }
            #expect(status == 200, "\(text)")
            try await eventually("\(text) to reach the XMPP side", within: .seconds(30)) {
                await romeo.received.contains { $0.body == text }
            }
        }

        private static func crossesAgain(
            _ world: World,
            _ romeo: XMPPClient,
            _ server: SIPPeer,
            _ client: SIPPeer
        ) async throws {
            _ = try await world.isthmusctl("partner", "set", "xmpp.test", "--enabled", "true")
            try await eventually("the edges to follow the next policy", within: .seconds(30)) {
                let branch = try await self.send("again", world, client)
                return try await eventually("an answer", within: .seconds(30)) { self.status(of: branch, client) }
                    == 200
            }
        }

        private static func send(_ text: String, _ world: World, _ client: SIPPeer) async throws -> String {
            try await client.message(text, from: "juliet@sip.test", to: "romeo@xmpp.test", host: world.edgeAddress)
        }

        private static func status(of branch: String, _ client: SIPPeer) -> Int? {
            guard case .answered(let status) = client.fates[branch] else { return nil }
            return status
        }
    }
}
