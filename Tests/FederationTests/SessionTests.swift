import Foundation
import TestSupport
import Testing
import XML
import XMPPCore

extension Federation {
    @Suite("Sessions between Prosody and SIPp, as Microsoft's servers have them")
    struct SessionTests {
        @Test("A client of Lync opens a session: messages and typing cross in it both ways, and its end is told")
        func lync() async throws {
            try await withWorld(2) { world in
                let romeo = try await world.user("romeo")
                let lync = try SIPp(
                    "lync-client",
                    at: world.sipAddress,
                    port: 5070,
                    remote: "\(world.edgeAddress):5060",
                    ["-m", "1", "-timeout", "60", "-timeout_error"]
                )
                let first = try await romeo.waitFor("the first message", within: .seconds(30)) {
                    $0.body == "Hello Romeo"
                }
                #expect(first.attribute("type") == "chat")
                #expect(first.attribute("from")?.hasPrefix("juliet@sip.test") == true)
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "r1", body: "Well met"))
                _ = try await romeo.waitFor("that she types", within: .seconds(30)) {
                    $0.elements.contains { $0.name == "composing" }
                }
                var typing = await romeo.message(to: "juliet@sip.test", id: "r2", body: "")
                typing.children = [.element(XMLElement("composing", namespace: Namespace.chatStates))]
                try await romeo.send(typing)
                _ = try await romeo.waitFor("the second message", within: .seconds(30)) { $0.body == "Parting" }
                _ = try await romeo.waitFor("the end", within: .seconds(30)) {
                    $0.elements.contains { $0.name == "gone" }
                }
                // SIPp ends with 0 when everything came that it waits for, its checks held, and nothing else came.
                #expect(try await lync.result(within: .seconds(90)) == 0, "\(lync.errors)")
                #expect(await romeo.received.filter { $0.attribute("type") == "error" }.isEmpty)
                await romeo.close()
            }
        }

        @Test("LCS is given a session: what both say crosses in it, and who goes ends it")
        func lcs() async throws {
            // A next hop that begins to listen is found within a second.
            try await withWorld(2, settings: ["ISTHMUS_SIP_PROBE_INTERVAL": "1s"]) { world in
                try await world.isthmusctl("route", "set", try await world.route(), "--dialect", "lcs2005")
                let lcs = try SIPp("lcs-server", at: world.sipAddress)
                let romeo = try await world.user("romeo")
                try await eventually("SIPp listens, and the way is open", within: .seconds(30)) {
                    try world.log("sip-edge").contains { $0.contains("Next hop connected") }
                }
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "r1", body: "Hello"))
                _ = try await romeo.waitFor("the answer", within: .seconds(30)) { $0.body == "Who is there" }
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "r2", body: "It is me"))
                let gone = XMLElement("gone", namespace: Namespace.chatStates)
                var end = await romeo.message(to: "juliet@sip.test", id: "r3", body: "")
                end.children = [.element(gone)]
                try await romeo.send(end)
                try await eventually("the end at SIPp", within: .seconds(30)) { lcs.told.contains("ended") }
                #expect(lcs.told == ["invited", "acknowledged", "told", "ended"])
                #expect(await romeo.received.filter { $0.attribute("type") == "error" }.isEmpty)
                await romeo.close()
            }
        }
    }
}
