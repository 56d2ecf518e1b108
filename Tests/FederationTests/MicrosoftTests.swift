import Foundation
import TestSupport
import Testing
import XML
import XMPPCore

extension Federation {
    /// SIPp plays servers and clients of Microsoft, with messages made after the formats they are known to send.
    @Suite("LCS, Communicator and Lync, played by SIPp beside Prosody")
    struct MicrosoftTests {
        @Test(
            "Lync: a stranger's domain and a call are refused with ms-diagnostics; it takes a session late, refuses a message in it, and ends it"
        )
        func lync() async throws {
            try await Self.play { world, romeo in
                try await Self.speak("lync", in: world)
                try await Self.refusals(world, romeo)
                try await Self.lateSession(world, romeo)
            }
        }

        @Test(
            "LCS: its presence comes by BENOTIFY and MSRTC, and its user opens a session; Communicator watches, by NOTIFY and piggybacked"
        )
        func lcsAndCommunicator() async throws {
            try await Self.play { world, romeo in
                try await Self.speak("lcs2005", in: world)
                try await Self.watched(world, romeo)
                try await Self.session(world, romeo)
                try await Self.speak("ocs2007", in: world)
                try await Self.watches(world, romeo)
            }
        }

        // MARK: - Lync

        private static func refusals(_ world: World, _ romeo: XMPPClient) async throws {
            let client = try Self.client("lync-refused", in: world)
            #expect(try await client.result() == 0, "\(client.errors)")
            #expect(await romeo.received.allSatisfy { $0.name != "message" })
        }

        /// The 200 comes a second after the INVITE; then 606 with Warning 309 for a message, and BYE.
        private static func lateSession(_ world: World, _ romeo: XMPPClient) async throws {
            let lync = try await Self.server("lync-server", in: world)
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "r1", body: "Hello"))
            try await eventually("the session is open", within: .seconds(60)) { lync.told.contains("acknowledged") }
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "r2", body: "Is it even so"))
            let error = try await romeo.waitFor("the refusal", within: .seconds(60)) { $0.attribute("type") == "error" }
            #expect(error.attribute("id") == "r2")
            #expect(error.errorText?.contains("not allowed by policy") == true, "\(error.errorText ?? "")")
            try await eventually("BYE is answered", within: .seconds(60)) { lync.told.last == "ended" }
            #expect(try await lync.finish() == 0, "\(lync.errors)")
            #expect(lync.told == ["invited", "acknowledged", "refused", "ended"])
        }

        // MARK: - LCS

        /// Two documents by BENOTIFY, which nobody answers, and the end.
        private static func watched(_ world: World, _ romeo: XMPPClient) async throws {
            let lcs = try await Self.server("lcs-watched", in: world)
            try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribe"]))
            for (note, show) in [("At my desk", nil), ("In a meeting", "dnd")] {
                let presence = try await romeo.waitFor("the presence “\(note)”", within: .seconds(60)) { stanza in
                    stanza.elements.contains { $0.name == "status" && $0.text == note }
                }
                #expect(presence.elements.first { $0.name == "show" }?.text == show)
            }
            try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "unsubscribe"]))
            try await eventually("the end is told", within: .seconds(60)) { lcs.told.last == "left" }
            #expect(try await lcs.finish() == 0, "\(lcs.errors)")
            #expect(lcs.told == ["watched", "left"])
        }

        private static func session(_ world: World, _ romeo: XMPPClient) async throws {
            let client = try Self.client("lcs-client", in: world)
            _ = try await romeo.waitFor("the first message", within: .seconds(60)) { $0.body == "At last" }
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "r3", body: "Well parted"))
            _ = try await romeo.waitFor("the second message", within: .seconds(60)) { $0.body == "Good night" }
            #expect(try await client.result() == 0, "\(client.errors)")
        }

        // MARK: - Communicator

        /// MSRTC documents by NOTIFY, and at once in the 200 to another SUBSCRIBE.
        private static func watches(_ world: World, _ romeo: XMPPClient) async throws {
            let watcher = try Self.client("communicator-watcher", in: world)
            _ = try await romeo.waitFor("the question", within: .seconds(60)) {
                $0.name == "presence" && $0.attribute("type") == "subscribe"
            }
            try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribed"]))
            try await eventually("it is told", within: .seconds(60)) { watcher.told.contains("notified") }
            let busy = [await romeo.child("show", "dnd"), await romeo.child("status", "Busy")]
            try await romeo.send(await romeo.element("presence", [:], busy))
            #expect(try await watcher.result() == 0, "\(watcher.errors)")
            #expect(watcher.told.last == "busy")
            let second = try Self.client("communicator-piggyback", in: world)
            #expect(try await second.result() == 0, "\(second.errors)")
            #expect(second.told == ["piggybacked"])
        }

        // MARK: - The stage

        private static func play(_ test: (World, XMPPClient) async throws -> Void) async throws {
            // A next hop that begins to listen is found within a second.
            try await withWorld(1, settings: ["ISTHMUS_SIP_PROBE_INTERVAL": "1s"]) { world in
                let romeo = try await world.user("romeo")
                try await test(world, romeo)
                await romeo.close()
            }
        }

        private static func speak(_ dialect: String, in world: World) async throws {
            try await world.isthmusctl("route", "set", try await world.route(), "--dialect", dialect)
            try await world.edgesAreCurrent()
        }

        /// One that begins.
        private static func client(_ scenario: String, in world: World) throws -> SIPp {
            try SIPp(scenario, at: world.sipAddress, port: 5070, remote: "\(world.edgeAddress):5060", ["-m", "1"])
        }

        /// The next hop, when the way to it is open.
        private static func server(_ scenario: String, in world: World) async throws -> SIPp {
            func connected() throws -> Int {
                try world.log("sip-edge").count { $0.contains("Next hop connected") }
            }
            let before = try connected()
            let server = try SIPp(scenario, at: world.sipAddress)
            try await eventually("SIPp listens, and the way is open", within: .seconds(60)) { try connected() > before }
            return server
        }
    }
}
