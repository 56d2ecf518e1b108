import Foundation
import SIPCore
import TestSupport
import Testing

extension Federation {
    @Suite("XEP-0288 with Prosody's mod_s2s_bidi: both directions use one connection")
    struct BidirectionalTests {
        private static let count = 500
        private static let settings = ["PROSODY_MODULES": ", \"s2s_bidi\""]

        /// A live stream, as `isthmusctl stream list` tells it.
        private struct Stream: Decodable {
            let direction: String
            let authentication: String
            let received: Int
            let sent: Int
        }

        private static func streams(_ world: World) async throws -> [Stream] {
            let all = try await world.isthmusctl("stream", "list", "-o", "json")
            return try JSONDecoder().decode([Stream].self, from: Data(all.utf8))
        }

        /// Sends from SIP to XMPP, one after the other, and waits for the answer to each.
        private static func fromSIP(_ server: SIPPeer, _ world: World, _ numbers: Range<Int>) async throws {
            for number in numbers {
                let branch = try await server.message(
                    "sip-\(number)",
                    from: "juliet@sip.test",
                    to: "romeo@xmpp.test",
                    host: world.edgeAddress
                )
                #expect(try await eventually("an answer", value: { server.fates[branch] }) == .answered(200))
            }
        }

        private static func fromXMPP(_ romeo: XMPPClient, _ numbers: Range<Int>) async throws {
            for number in numbers {
                try await romeo.send(
                    await romeo.message(to: "juliet@sip.test", id: "m\(number)", body: "xmpp-\(number)")
                )
            }
        }

        @Test(
            "Whoever opened it: acknowledged both ways, nothing lost, nothing twice",
            arguments: ["inbound", "outbound"]
        )
        func oneConnection(direction: String) async throws {
            try await withWorld(4, settings: Self.settings) { world in
                let server = SIPPeer(address: world.sipAddress)
                try await server.listen()
                let romeo = try await world.user("romeo")
                let xmppFirst = direction == "inbound"
                // The one who has something to say first opens the stream.
                if xmppFirst {
                    try await Self.fromXMPP(romeo, 0..<1)
                } else {
                    try await Self.fromSIP(server, world, 0..<1)
                }
                try await eventually("the first message") {
                    await xmppFirst
                        ? server.requests.contains { $0.method == .message }
                        : romeo.received.contains { $0.body == "sip-0" }
                }
                async let toSIP: Void = Self.fromXMPP(romeo, (xmppFirst ? 1 : 0)..<Self.count)
                async let toXMPP: Void = Self.fromSIP(server, world, (xmppFirst ? 0 : 1)..<Self.count)
                _ = try await (toSIP, toXMPP)

                let expected = (0..<Self.count)
                try await eventually("all at romeo", within: .seconds(60)) {
                    await romeo.received.compactMap(\.body).count >= Self.count
                }
                #expect(await romeo.received.compactMap(\.body) == expected.map { "sip-\($0)" })
                try await eventually("all at the SIP server", within: .seconds(60)) {
                    server.requests.count { $0.method == .message } >= Self.count
                }
                let texts = server.requests.filter { $0.method == .message }.map {
                    String(decoding: $0.body, as: UTF8.self)
                }
                #expect(texts == expected.map { "xmpp-\($0)" })

                let streams = try await Self.streams(world).filter { $0.authentication == "sasl-external" }
                #expect(streams.map(\.direction) == [direction])
                #expect(streams.first.map { $0.received >= Self.count && $0.sent >= Self.count } == true)
                await romeo.close()
                await server.stop()
            }
        }
    }
}
