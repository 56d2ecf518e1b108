import Foundation
import TestSupport
import Testing
import XML

extension Federation {
    @Suite("Messages between Prosody and SIPp")
    struct MessageTests {
        private static let count = 10_000
        /// SIP users on the other side of one XMPP user: as many pairs, whose order is checked one by one.
        private static let pairs = 20
        private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SIPp")

        /// Checks that of each pair all messages arrived, in order, none twice.
        ///
        /// A text is "number of pair" - "number in pair".
        private static func check(_ texts: [String]) throws {
            var next: [Int: Int] = [:]
            var wrong = 0
            for text in texts {
                let parts = text.split(separator: "-").compactMap { Int($0) }
                try #require(parts.count == 2, "not one of ours: \(text)")
                if next[parts[0], default: 0] != parts[1] { wrong += 1 }
                next[parts[0]] = parts[1] + 1
            }
            #expect(wrong == 0, "out of order, missing or twice")
            #expect(texts.count == self.count)
        }

        @Test("10 000 messages from XMPP to SIP arrive, in order per pair, none twice")
        func toSIP() async throws {
            try await withWorld(0) { world in
                let sipp = try ChildProcess(
                    "/usr/bin/sipp",
                    [
                        "-sf", Self.scenarios.appending(path: "receive-messages.xml").path, "-t", "t1", "-nostdin",
                        "-aa",
                        "-i", world.sipAddress, "-p", "5060", "-trace_logs", "-log_file",
                        world.scratch.file("received").path,
                    ],
                    log: world.scratch.file("sipp.out")
                )
                defer { sipp.kill() }
                let romeo = try await world.user("romeo")
                let received = { () throws -> [String] in
                    let text = (try? String(contentsOf: world.scratch.file("received"), encoding: .utf8)) ?? ""
                    // Each line ends with the sender and the text.
                    return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
                }
                // The way is open before the load begins: between SASL success and the new stream's features Prosody 0.12 sends
                // what comes now before what it has queued (mod_s2s, make_authenticated and mark_connected).
                try await romeo.send(await romeo.message(to: "juliet0@sip.test", id: "m0", body: "0-0"))
                try await eventually("the first message at SIPp") { try received().count == 1 }
                var batch: [XMLElement] = []
                for number in 1..<Self.count {
                    let pair = number % Self.pairs
                    batch.append(
                        await romeo.message(
                            to: "juliet\(pair)@sip.test",
                            id: "m\(number)",
                            body: "\(pair)-\(number / Self.pairs)"
                        )
                    )
                    if batch.count == 100 {
                        try await romeo.send(batch)
                        batch = []
                    }
                }
                try await romeo.send(batch)
                try await eventually("all messages at SIPp", within: .seconds(120)) {
                    try received().count >= Self.count
                }
                let errors = await romeo.received.filter { $0.attribute("type") == "error" }
                #expect(errors.isEmpty, "\(errors.first?.errorText ?? "")")
                try Self.check(try received())
                await romeo.close()
            }
        }

        @Test("10 000 messages from SIP to XMPP arrive, in order per pair, none twice")
        func toXMPP() async throws {
            try await withWorld(0) { world in
                let romeo = try await world.user("romeo")
                let lines = (0..<Self.count).map { number in
                    "juliet\(number % Self.pairs)@sip.test;xmpp.test;romeo;\(number % Self.pairs)-\(number / Self.pairs)"
                }
                let injected = try world.scratch.write(
                    (["SEQUENTIAL"] + lines).joined(separator: "\n") + "\n",
                    to: "in.csv"
                )
                let run = try await ChildProcess.run(
                    "/usr/bin/sipp",
                    [
                        "\(world.edgeAddress):5060", "-sf", Self.scenarios.appending(path: "send-messages.xml").path,
                        "-inf", injected.path, "-t", "t1", "-nostdin", "-i", world.sipAddress, "-p", "5070",
                        "-m", "\(Self.count)", "-r", "1000", "-l", "200", "-timeout", "120", "-timeout_error",
                    ],
                    within: .seconds(150)
                )
                // SIPp ends with 0 when each of its messages got its 200.
                #expect(run.status == 0, "\(run.output.suffix(2_000))")
                try await eventually("all messages at romeo", within: .seconds(60)) {
                    await romeo.received.filter { $0.body != nil }.count >= Self.count
                }
                try Self.check(await romeo.received.compactMap(\.body))
                await romeo.close()
            }
        }
    }
}
