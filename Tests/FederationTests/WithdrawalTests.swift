import Foundation
import TestSupport
import Testing

extension Federation {
    /// An edge is told to stop: DNS leads nobody to it any more before its port closes.
    @Suite("Withdrawal from DNS")
    struct WithdrawalTests {
        private static let settings = [
            "ISTHMUS_DNS_AUTOMATIC": "addresses", "ISTHMUS_DNS_TTL": "8", "ISTHMUS_DNS_PROPAGATION": "0s",
            "XMPP_EDGE_DRAIN_DNS_WAIT": "60s",
        ]

        private static func addresses(_ name: String, _ world: World) async throws -> [String] {
            let server = ["@\(world.endpoints["DNS_ADDRESS"] ?? "")", "-p", world.endpoints["DNS_PORT"] ?? ""]
            let run = try await ChildProcess.run("/usr/bin/dig", server + ["+short", name, "A"])
            return run.output.split(separator: "\n").map(String.init).sorted()
        }

        private static func isOpen(_ address: String) async throws -> Bool {
            try await ChildProcess.run("/bin/bash", ["-c", "exec 3<>/dev/tcp/\(address)/5269"]).status == 0
        }

        /// When something was logged, in the order of the lines of all services.
        private static func moment(_ words: String, _ world: World, _ service: String) throws -> String? {
            let line = try world.log(service).last { $0.contains(words) }
            return line?.firstMatch(of: /"time(?:stamp)?":"([^"]+)"/).map { String($0.output.1) }
        }

        @Test("One of two edges stops: BIND loses its address first, then caches are waited for; the last edge's stays")
        func withdrawal() async throws {
            try await withWorld(5, settings: Self.settings) { world in
                let second = try world.startSecond("xmpp-edge")
                defer { second.kill() }
                let both = [world.edgeAddress, world.secondEdgeAddress]
                try await eventually("both edges in DNS", within: .seconds(30)) {
                    try await Self.addresses("xmpp.sip.test", world) == both
                }
                #expect(kill(second.pid, SIGTERM) == 0)
                try await eventually("one edge in DNS", within: .seconds(20)) {
                    try await Self.addresses("xmpp.sip.test", world) == [world.edgeAddress]
                }
                // Who has asked a moment ago still finds it.
                #expect(try await Self.isOpen(world.secondEdgeAddress))
                try await second.waitForExit(within: .seconds(60))
                #expect(second.exitStatus == 0)
                #expect(try await !Self.isOpen(world.secondEdgeAddress))
                let log = try world.log("xmpp-edge-2")
                let waited = try #require(log.first { $0.contains("DNS leads nobody here any more") })
                let seconds = try #require(
                    waited.firstMatch(of: /"dns.waited":"([0-9]+)s"/).flatMap { Int($0.output.1) }
                )
                #expect((7...58).contains(seconds), "\(waited)")
                let withdrawn = try #require(try Self.moment("DNS zone updated", world, "dns-publisher"))
                let stopped = try #require(try Self.moment("Service stopped", world, "xmpp-edge-2"))
                #expect(withdrawn < stopped)

                // The last ones of their kinds stay in DNS, and do not wait.
                for service in ["xmpp-edge", "sip-edge"] {
                    try await world.stop(service)
                    #expect(try world.log(service).contains { $0.contains("it is the last \(service)") })
                }
                #expect(try await Self.addresses("xmpp.sip.test", world) == [world.edgeAddress])
                #expect(try await Self.addresses("sip.sip.test", world) == [world.edgeAddress])
            }
        }
    }
}
