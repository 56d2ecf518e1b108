import Foundation
import TestSupport
import Testing
import XML
import XMPPCore

extension Federation {
    @Suite("Sessions between Prosody and SIPp, as Microsoft's servers have them")
    struct SessionTests {
        private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SIPp")

        @Test("A client of Lync opens a session: messages and typing cross in it both ways, and its end is told")
        func lync() async throws {
            try await withWorld(2) { world in
                let romeo = try await world.user("romeo")
                async let run = ChildProcess.run(
                    "/usr/bin/sipp",
                    [
                        "\(world.edgeAddress):5060", "-sf", Self.scenarios.appending(path: "lync-client.xml").path,
                        "-t", "t1", "-nostdin", "-i", world.sipAddress, "-p", "5070", "-m", "1", "-timeout", "60",
                        "-timeout_error", "-trace_err", "-error_file", world.scratch.file("sipp.err").path,
                    ],
                    within: .seconds(90)
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
                let result = try await run
                // SIPp ends with 0 when everything came that it waits for, its checks held, and nothing else came.
                let errors = (try? String(contentsOf: world.scratch.file("sipp.err"), encoding: .utf8)) ?? ""
                #expect(result.status == 0, "\(errors.suffix(3_000))")
                #expect(await romeo.received.filter { $0.attribute("type") == "error" }.isEmpty)
                await romeo.close()
            }
        }

        @Test("LCS is given a session: what both say crosses in it, and who goes ends it")
        func lcs() async throws {
            try await withWorld(2) { world in
                try await world.isthmusctl("route", "set", try await world.route(), "--dialect", "lcs2005")
                let (told, errors) = (world.scratch.file("told"), world.scratch.file("sipp.err"))
                let sipp = try ChildProcess(
                    "/usr/bin/sipp",
                    [
                        "-sf", Self.scenarios.appending(path: "lcs-server.xml").path, "-t", "t1", "-nostdin", "-aa",
                        "-i", world.sipAddress, "-p", "5060", "-trace_logs", "-log_file", told.path,
                        "-trace_err", "-error_file", errors.path,
                    ],
                    log: world.scratch.file("sipp.out")
                )
                defer { sipp.kill() }
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
                let steps = { () -> [String] in
                    let text = (try? String(contentsOf: told, encoding: .utf8)) ?? ""
                    return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
                }
                try await eventually("the end at SIPp", within: .seconds(30)) { steps().contains("ended") }
                #expect(steps() == ["invited", "acknowledged", "told", "ended"])
                #expect(await romeo.received.filter { $0.attribute("type") == "error" }.isEmpty)
                await romeo.close()
            }
        }
    }
}
