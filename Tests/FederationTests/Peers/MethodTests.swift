import TestSupport
import Testing
import XML

extension Federation {
    /// Prosody and ejabberd, each with SASL EXTERNAL, dialback inside TLS and dialback in the clear: the partner's settings leave
    /// one method, and the streams have used it.
    @Suite("Each method with each XMPP server")
    struct MethodTests {
        private static let count = 200

        @Test(
            "200 messages each way, in order, none twice, by the one method that is allowed",
            arguments: Scene.Combination.all
        )
        func bothWays(_ combination: Scene.Combination) async throws {
            try await Scene.play(5, combination) { scene in
                let romeo = try await scene.server.user("romeo")
                // The way is open before the load begins: Prosody 0.12 sends what comes while it authenticates before what it has queued.
                try await scene.opens("first", romeo)

                let expected = (0..<Self.count).map { "text \($0)" }
                async let toSIP: Void = Self.fromXMPP(romeo, expected)
                async let toXMPP: Void = Self.fromSIP(scene, expected)
                _ = try await (toSIP, toXMPP)
                try await eventually("all at the SIP server", within: .seconds(60)) {
                    scene.arrivedAtSIP.count { $0 != "first" } >= Self.count
                }
                #expect(scene.arrivedAtSIP.filter { $0 != "first" } == expected)
                try await eventually("all at romeo", within: .seconds(60)) {
                    await romeo.received.count { $0.body?.hasPrefix("text") == true } >= Self.count
                }
                #expect(await romeo.received.compactMap(\.body).filter { $0 != "first" } == expected)
                #expect(await romeo.received.filter { $0.name == "message" && $0.attribute("type") == "error" }.isEmpty)

                let streams = try await scene.streams()
                #expect(streams.map(\.direction).sorted() == ["inbound", "outbound"])
                #expect(streams.allSatisfy { $0.authentication == combination.method.rawValue }, "\(streams)")
                #expect(streams.allSatisfy { ($0.security == "tcp") == (combination.method == .tcpDialback) })
                await romeo.close()
            }
        }

        private static func fromSIP(_ scene: Scene, _ texts: [String]) async throws {
            for text in texts {
                let branch = try await scene.say(text)
                #expect(try await scene.fate(of: branch) == .answered(200))
            }
        }

        private static func fromXMPP(_ romeo: XMPPClient, _ texts: [String]) async throws {
            for text in texts {
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: text, body: text))
            }
        }
    }
}
