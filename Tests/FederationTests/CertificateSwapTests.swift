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
        private static let fromSIP = 1_500
        private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SIPp")

        /// The ids of the live XMPP streams.
        private static func streams(_ world: World) async throws -> Set<String> {
            struct Stream: Decodable {
                let id: String
                let kind: String
            }
            let text = try await world.isthmusctl("stream", "list", "--output", "json")
            let streams = try JSONDecoder().decode([Stream].self, from: Data(text.utf8))
            return Set(streams.filter { $0.kind.hasPrefix("xmpp") }.map(\.id))
        }

        private static func versions(_ world: World, _ edge: String) throws -> Int {
            try world.log(edge).count { $0.contains("Certificates taken into use") }
        }

        /// SIPp writes to romeo all the time, over one TLS connection.
        private static func writes(_ world: World) async throws -> (SIPp, TLSTunnel) {
            let enterprise = try TestAuthority("Enterprise")
            let root = try world.scratch.write(
                String(decoding: enterprise.rootPEM, as: UTF8.self),
                to: "enterprise.pem"
            )
            let known = try Self.versions(world, "sip-edge")
            try await world.isthmusctl("certificate", "trust", "add", root.path, "--use", "sip")
            try await eventually("sip-edge to trust it") { try Self.versions(world, "sip-edge") > known }
            try await world.isthmusctl("host", "add", "lcs.sip.test")
            try await world.isthmusctl(
                ["route", "add", "sip.test", "--next-hop", "lcs.sip.test", "--port", "5061", "--transport", "tls"]
                    + ["--priority", "9"]
            )
            try await world.edgesAreCurrent()
            let tunnel = try await TLSTunnel(
                at: world.sipAddress,
                to: (world.edgeAddress, 5_061),
                name: "sip.test",
                showing: try enterprise.issue("DNS:lcs.sip.test"),
                trusting: [UInt8](try Data(contentsOf: world.scratch.file("ca/isthmus-ca.crt")))
            )
            let injected = try world.scratch.write(
                "SEQUENTIAL\ntybalt@sip.test;xmpp.test;romeo;over TLS\n",
                to: "tls.csv"
            )
            let sipp = try SIPp(
                "send-messages",
                at: world.sipAddress,
                port: 5_070,
                remote: "\(world.sipAddress):\(tunnel.port)",
                ["-inf", injected.path, "-m", "\(Self.fromSIP)", "-r", "100", "-l", "50"]
            )
            return (sipp, tunnel)
        }

        @Test(
            "New certificates, a new master key and a refused one, under load both ways: nothing is lost, no stream and no TLS connection is dropped"
        )
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
                let (writer, tunnel) = try await Self.writes(world)
                try await eventually("the first message of SIPp") {
                    await romeo.received.contains { $0.body == "over TLS" }
                }
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
                // Each of SIPp's messages had its 200, over the connection of before the first swap.
                #expect(try await writer.result(within: .seconds(120)) == 0, "\(writer.errors)")
                #expect(tunnel.connections == 1)
                try await eventually("SIPp's messages at romeo") {
                    await romeo.received.count { $0.body == "over TLS" } == Self.fromSIP
                }
                await tunnel.close()
                // The streams of before the first swap are still there.
                let dropped = before.subtracting(try await Self.streams(world))
                #expect(dropped.isEmpty, "\(dropped)")
                for service in CrashTests.services {
                    let log = try world.log(service).joined()
                    #expect(!log.contains("PRIVATE KEY") && !log.contains("MIGHAgEA") && !log.contains("MIIEv"))
                }
                await romeo.close()
            }
        }
    }
}
