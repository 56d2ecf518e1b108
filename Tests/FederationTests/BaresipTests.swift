import Foundation
import TestSupport
import Testing
import XML

extension Federation {
    /// A phone of people on the SIP side: baresip, registered at a Kamailio.
    @Suite(
        "Prosody and baresip behind Kamailio",
        .enabled(
            if: [Kamailio.executable, Baresip.executable].allSatisfy(FileManager.default.isExecutableFile(atPath:))
        )
    )
    struct BaresipTests {
        @Test("Its user and an XMPP user write to each other, and see each other's presence")
        func bothWays() async throws {
            try await withWorld(7, settings: Kamailio.settings(7)) { world in
                let kamailio = try await Kamailio(.tcp, in: world)
                let romeo = try await world.user("romeo")
                let baresip = try Baresip(at: world.phoneAddress, server: world.sipAddress)
                // It subscribes to its contact as soon as it runs; he agrees.
                _ = try await romeo.waitFor("the question") {
                    $0.name == "presence" && $0.attribute("type") == "subscribe"
                }
                try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribed"]))
                try await eventually("baresip shows that romeo is there") {
                    try await baresip.command("contacts").contains("Online")
                }

                try await baresip.command("message", "O Romeo, Romeo")
                let heard = try await romeo.waitFor("juliet's message") { $0.body != nil }
                #expect(heard.body == "O Romeo, Romeo")
                #expect(heard.attribute("from")?.hasPrefix("juliet@sip.test") == true)
                try await romeo.send(
                    await romeo.message(to: "juliet@sip.test", id: "m1", body: "I take thee at thy word")
                )
                try await eventually("romeo's message on the screen") {
                    try baresip.screen().contains("I take thee at thy word")
                }

                try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribe"]))
                _ = try await romeo.waitFor("the agreement") {
                    $0.name == "presence" && $0.attribute("type") == "subscribed"
                }
                try await baresip.command("presence_online")
                _ = try await romeo.waitFor("juliet's presence") {
                    $0.name == "presence" && $0.attribute("type") == nil
                        && $0.attribute("from")?.hasPrefix("juliet@sip.test") == true
                }
                try await baresip.command("presence_offline")
                _ = try await romeo.waitFor("that she is gone") {
                    $0.name == "presence" && $0.attribute("type") == "unavailable"
                        && $0.attribute("from")?.hasPrefix("juliet@sip.test") == true
                }

                try await romeo.send(await romeo.element("presence", ["type": "unavailable"]))
                try await eventually("baresip shows that romeo is gone") {
                    try await baresip.command("contacts").contains("Offline")
                }
                #expect(await romeo.received.allSatisfy { $0.attribute("type") != "error" })
                await romeo.close()
                try await baresip.stop()
                try await kamailio.stop()
            }
        }
    }
}
