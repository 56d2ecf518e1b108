import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// A host that sends more than it may, and one that connects and goes: sip-edge keeps its size, and serves who behaves.
    @Suite("Floods")
    struct FloodTests {
        /// What the second of two equal floods may leave behind, when the first has filled the tables and the allocator's pools: a leak
        /// of a kilobyte for each request, or of two for each connection, would be more.
        private static let growth = 4 << 20
        private static let flooder = "33"

        @Test(
            "A flood of requests from a client is refused with 503 and a time to come again, and others are served",
            arguments: [("options", 10_000), ("message", 5_000)]
        )
        func requests(_ method: String, _ count: Int) async throws {
            try await Self.play { world, romeo, juliet, round in
                let flood = try SIPp(
                    "flood-\(method)",
                    at: Self.address(world),
                    port: 5070,
                    remote: "\(world.edgeAddress):5060",
                    [
                        "-key", "to", "romeo@xmpp.test", "-m", "\(count)", "-r", "4000",
                        "-l", "500",
                    ]
                )
                try await eventually("the flood is felt") { flood.told.contains("refused") }
                // In the middle of it, and one after another, so that each has its answer.
                for number in 1...20 {
                    let branch = try await juliet.message(
                        "legitimate \(round).\(number)",
                        from: "juliet@sip.test",
                        to: "romeo@xmpp.test",
                        host: world.edgeAddress
                    )
                    let fate = try await eventually("an answer", within: .seconds(30), value: { juliet.fates[branch] })
                    #expect(fate == .answered(200))
                }
                #expect(try await flood.result(within: .seconds(120)) == 0, "\(flood.errors)")
                let told = flood.told
                #expect(told.count == count, "each has an answer")
                // 20 a second and 40 at once: whatever the machine's speed, most of them are too many.
                #expect(told.count { $0 == "refused" } > count / 2, "\(told.count { $0 == "taken" }) were taken")
                try await eventually("what juliet said, at romeo") {
                    await romeo.received.count { $0.body?.hasPrefix("legitimate \(round).") == true } == 20
                }
            }
        }

        @Test(
            "Thousands of connections that break off in the middle of a request leave nothing behind, and others are served"
        )
        func connections() async throws {
            try await Self.play { world, romeo, juliet, round in
                let begun = Array("MESSAGE sip:romeo@xmpp.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1".utf8)
                for number in 1...5 {
                    try AbruptConnections.make(500, from: Self.address(world), to: world.edgeAddress, saying: begun)
                    let branch = try await juliet.message(
                        "legitimate \(round).\(number)",
                        from: "juliet@sip.test",
                        to: "romeo@xmpp.test",
                        host: world.edgeAddress
                    )
                    let fate = try await eventually("an answer", within: .seconds(30), value: { juliet.fates[branch] })
                    #expect(fate == .answered(200))
                }
                // What is left are juliet's and the next hop's.
                try await eventually("the connections are gone", within: .seconds(60)) {
                    try await world.metric("isthmus_sip_connections", of: "sip-edge") <= 3
                }
            }
        }

        // MARK: - The stage

        private static func address(_ world: World) -> String {
            "\(world.endpoints["PEERS_NET"] ?? "").\(self.flooder)"
        }

        /// A world in which the flooder is a client: two floods, and the sip-edge is no larger after the second than after the first.
        private static func play(_ flood: (World, XMPPClient, SIPPeer, Int) async throws -> Void) async throws {
            try await withWorld(1, settings: ["ISTHMUS_LOG_LEVEL": "info"]) { world in
                try await world.isthmusctl("host", "add", Self.address(world), "--throttle-as-server", "false")
                try await world.edgesAreCurrent()
                let juliet = SIPPeer(address: world.sipAddress)
                try await juliet.listen()
                let romeo = try await world.user("romeo")
                let branch = try await juliet.message(
                    "the way is open",
                    from: "juliet@sip.test",
                    to: "romeo@xmpp.test",
                    host: world.edgeAddress
                )
                try await eventually("an answer", within: .seconds(30)) { juliet.fates[branch] == .answered(200) }
                try await flood(world, romeo, juliet, 1)
                let before = try await world.residentMemory(of: "sip-edge")
                try await flood(world, romeo, juliet, 2)
                let after = try await world.residentMemory(of: "sip-edge")
                #expect(after < before + Self.growth, "\(before >> 20) MB before, \(after >> 20) MB after")
                await romeo.close()
                await juliet.stop()
            }
        }
    }
}
