import Foundation
import TestSupport
import Testing
import XML
import XMPPCore

extension Federation {
    /// SIPp plays a client of Microsoft's, with requests made after the formats they are known to send.
    @Suite("Refusals, as Microsoft's clients read them")
    struct MicrosoftTests {
        @Test("What Lync may not do is refused with ms-diagnostics: a stranger's domain, a call")
        func refusals() async throws {
            try await Self.play("lync") { world, romeo in
                let lync = try SIPp(
                    "lync-refused",
                    at: world.sipAddress,
                    port: 5070,
                    remote: "\(world.edgeAddress):5060",
                    ["-m", "1"]
                )
                #expect(try await lync.result() == 0, "\(lync.errors)")
                #expect(await romeo.received.allSatisfy { $0.name != "message" })
            }
        }

        // MARK: - The stage

        /// A world whose route has the dialect, and romeo in it.
        private static func play(_ dialect: String, _ test: (World, XMPPClient) async throws -> Void) async throws {
            try await withWorld(1) { world in
                try await world.isthmusctl("route", "set", try await world.route(), "--dialect", dialect)
                try await world.edgesAreCurrent()
                let romeo = try await world.user("romeo")
                try await test(world, romeo)
                await romeo.close()
            }
        }
    }
}
