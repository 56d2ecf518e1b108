import Foundation
import TestSupport
import Testing
import XML

extension Federation {
    /// Certificates of both edges are replaced while messages cross, with the streams and connections of before.
    @Suite("Certificates under traffic")
    struct CertificateSwapTests {
        private static let count = 3_000
        private static let swaps = 4
        private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SIPp")

        /// The ids of the live streams: equal as long as none was dropped.
        private static func streams(_ world: World) async throws -> [String] {
            let text = try await world.isthmusctl("stream", "list", "--output", "json")
            return text.matches(of: /"id" ?: ?"([^"]+)"/).map { String($0.output.1) }.sorted()
        }

        private static func versions(_ world: World, _ edge: String) throws -> Int {
            try world.log(edge).count { $0.contains("Certificates taken into use") }
        }

        @Test("New certificates, a new master key and a refused one, under load: nothing is lost, no stream is dropped")
        func swap() async throws {
            try await withWorld(4) { world in
                let sipp = try ChildProcess(
                    "/usr/bin/sipp",
                    [
                        "-sf", Self.scenarios.appending(path: "receive-messages.xml").path, "-t", "t1", "-nostdin",
                        "-aa", "-i", world.sipAddress, "-p", "5060", "-trace_logs", "-log_file",
                        world.scratch.file("received").path,
                    ],
                    log: world.scratch.file("sipp.out")
                )
                defer { sipp.kill() }
                let romeo = try await world.user("romeo")
                let received = { () throws -> [String] in
                    let text = (try? String(contentsOf: world.scratch.file("received"), encoding: .utf8)) ?? ""
                    return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
                }
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "m0", body: "0"))
                try await eventually("the first message at SIPp") { try received().count == 1 }
                let before = try await Self.streams(world)
                #expect(!before.isEmpty)
                let known = try ["xmpp-edge", "sip-edge"].map { try Self.versions(world, $0) }

                let perSwap = Self.count / Self.swaps
                for swap in 0..<Self.swaps {
                    async let made = world.isthmusctl(
                        "certificate",
                        "request",
                        "sip.test",
                        "--use",
                        "xmpp",
                        "--use",
                        "sip",
                        "--key",
                        swap.isMultiple(of: 2) ? "ecdsa-p256" : "rsa-2048",
                        "--immediate"
                    )
                    for number in (swap * perSwap)..<((swap + 1) * perSwap) where number > 0 {
                        try await romeo.send(
                            await romeo.message(to: "juliet@sip.test", id: "m\(number)", body: "\(number)")
                        )
                    }
                    _ = try await made
                    try await eventually("both edges to serve with it") {
                        try Self.versions(world, "xmpp-edge") >= known[0] + swap + 1
                            && Self.versions(world, "sip-edge") >= known[1] + swap + 1
                    }
                }
                try await world.isthmusctl("certificate", "rotate-master-key")
                try await eventually("all messages at SIPp", within: .seconds(120)) {
                    try received().count >= Self.count
                }
                #expect(try received() == (0..<Self.count).map { "\($0)" })
                let errors = await romeo.received.filter { $0.attribute("type") == "error" }
                #expect(errors.isEmpty, "\(errors.first?.errorText ?? "")")
                // The same streams as before the first swap.
                #expect(try await Self.streams(world) == before)
                for service in CrashTests.services {
                    let log = try world.log(service).joined()
                    #expect(!log.contains("PRIVATE KEY") && !log.contains("MIGHAgEA") && !log.contains("MIIEv"))
                }
                await romeo.close()
            }
        }
    }
}
