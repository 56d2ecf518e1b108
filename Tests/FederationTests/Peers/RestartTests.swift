import Foundation
import TestSupport
import Testing
import XML

extension Federation {
    /// Either side of a stream stops or crashes while messages trickle both ways.
    ///
    /// What the gateway can promise: a message that it could not deliver is refused or bounced. What it cannot: without XEP-0198 a
    /// message is the other server's as soon as TCP has taken it, and what is on the way when the connection breaks is gone on
    /// either side. That is asserted as it is: whatever has no fate lies together around the break.
    @Suite("Restarts with each XMPP server")
    struct RestartTests {
        /// Between two messages of a trickle: 50 a second.
        private static let pace = Duration.milliseconds(20)
        private static let count = 150
        /// A second's messages: what may be on the way when a connection breaks, with room for a busy machine.
        private static let onTheWay = 50

        @Test(
            "Every message arrives, is bounced, or was on the way when the server stopped or xmpp-edge was killed",
            arguments: Scene.Combination.all
        )
        func either(_ combination: Scene.Combination) async throws {
            try await Scene.play(6, combination) { scene in
                let romeo = Romeo(try await scene.server.user("romeo"))
                try await scene.opens("before", try await romeo.client)
                let first = try await Self.trickle(scene, romeo, "one") {
                    try await scene.server.stop()
                    try await scene.server.start()
                    await romeo.replace(by: try await scene.server.user("romeo"))
                }
                try await Self.settle(first, scene, romeo, "\(combination.testDescription) restarted", Self.onTheWay)
                try await scene.opens("between", try await romeo.client)
                try await Self.expectMethod(scene)

                let second = try await Self.trickle(scene, romeo, "two") {
                    try await scene.world.kill("xmpp-edge")
                    try await scene.world.start("xmpp-edge")
                }
                // With XEP-0198 both sides know what the other one has: then nothing is on the way.
                let isAcknowledged = combination.product == .prosody && combination.method == .external
                try await Self.settle(
                    second,
                    scene,
                    romeo,
                    "xmpp-edge killed, \(combination.testDescription)",
                    isAcknowledged ? 0 : Self.onTheWay
                )
                try await scene.opens("after", try await romeo.client)
                try await Self.expectMethod(scene)
                await romeo.close()
            }
        }

        // MARK: The trickle

        private struct Trickle {
            /// What its messages have in common.
            let name: String
            /// How often a SIP sender had been told of a bounce before it.
            let toldBefore: Int
            /// Number → branch of its request.
            var fromSIP: [Int: String] = [:]
            /// The numbers of what romeo could write.
            var fromXMPP: Set<Int> = []
        }

        private static func trickle(
            _ scene: Scene,
            _ romeo: Romeo,
            _ name: String,
            _ interruption: () async throws -> Void
        ) async throws -> Trickle {
            let toldBefore = self.told(scene)
            async let fromSIP = Self.trickleFromSIP(scene, name)
            async let fromXMPP = Self.trickleFromXMPP(romeo, name)
            try await eventually("the trickle to be under way") {
                scene.arrivedAtSIP.count { $0.hasPrefix("xmpp \(name) ") } > self.count / 6
            }
            try await interruption()
            return Trickle(name: name, toldBefore: toldBefore, fromSIP: try await fromSIP, fromXMPP: try await fromXMPP)
        }

        private static func trickleFromSIP(_ scene: Scene, _ name: String) async throws -> [Int: String] {
            var sent: [Int: String] = [:]
            try await paced(by: self.pace, times: self.count) { number in
                sent[number] = try await scene.say("sip \(name) \(number)")
            }
            return sent
        }

        private static func trickleFromXMPP(_ romeo: Romeo, _ name: String) async throws -> Set<Int> {
            var sent: Set<Int> = []
            try await paced(by: self.pace, times: self.count) { number in
                if await romeo.send("xmpp \(name) \(number)") { sent.insert(number) }
            }
            return sent
        }

        // MARK: What became of it

        /// Waits until all that can have a fate has one, and expects the rest to have been on the way.
        private static func settle(
            _ trickle: Trickle,
            _ scene: Scene,
            _ romeo: Romeo,
            _ what: String,
            _ limit: Int
        ) async throws {
            try await eventually("an answer to each request", within: .seconds(45)) {
                let fates = scene.caller.fates
                return trickle.fromSIP.values.allSatisfy { fates[$0] != nil }
            }
            var lost: (toXMPP: [Int], toSIP: [Int]) = ([], [])
            // Nothing tells that nothing more comes: what has no fate after a while has none.
            let _: Void? = try? await eventually("a fate of each message", within: .seconds(8)) { () async -> Bool in
                lost = await self.lost(trickle, scene, romeo)
                return lost.toXMPP.isEmpty && lost.toSIP.isEmpty
            }
            // Counted and named, so that a run can be compared with others.
            print("\(what): on the way to XMPP \(lost.toXMPP), to SIP \(lost.toSIP)")
            for numbers in [lost.toXMPP, lost.toSIP] {
                let span = numbers.isEmpty ? 0 : numbers[numbers.count - 1] - numbers[0] + 1
                // While it finds nobody to connect to, ejabberd 23.01 gives a message to a process of its own that is just ending, now
                // and then, neither sends nor bounces it, and goes on: its log says “Using ejabberd_s2s_out”, and no more.
                let many = scene.server.product == .ejabberd ? numbers.count : span
                #expect(many <= limit, "\(what): without a fate: \(numbers)")
            }
        }

        private static func lost(
            _ trickle: Trickle,
            _ scene: Scene,
            _ romeo: Romeo
        ) async -> (toXMPP: [Int], toSIP: [Int]) {
            let fates = scene.caller.fates
            let received = await romeo.received
            let bodies = Set(received.filter { $0.attribute("type") != "error" }.compactMap(\.body))
            let toXMPP = trickle.fromSIP.filter { number, branch in
                fates[branch] == .answered(200) && !bodies.contains("sip \(trickle.name) \(number)")
            }
            let arrived = Set(scene.arrivedAtSIP)
            let bounced = Set(received.filter { $0.attribute("type") == "error" }.compactMap { $0.attribute("id") })
            let toSIP = trickle.fromXMPP.filter { number in
                let text = "xmpp \(trickle.name) \(number)"
                return !arrived.contains(text) && !bounced.contains(text)
            }
            let told = self.told(scene) - trickle.toldBefore
            return (Array(toXMPP.keys.sorted().dropFirst(told)), toSIP.sorted())
        }

        /// Who sent a plain MESSAGE that came back later is told in words, without its number (ADR 10).
        private static func told(_ scene: Scene) -> Int {
            scene.arrivedAtSIP.count { $0.hasPrefix("Your message could not be delivered") }
        }

        private static func expectMethod(_ scene: Scene) async throws {
            let streams = try await scene.streams()
            #expect(Set(streams.map(\.direction)) == ["inbound", "outbound"])
            #expect(streams.allSatisfy { $0.authentication == scene.server.method.rawValue }, "\(streams)")
        }
    }
}

/// romeo, who logs in again when his server is back.
private actor Romeo {
    private var clients: [XMPPClient]

    init(_ client: XMPPClient) { self.clients = [client] }

    var client: XMPPClient {
        get throws { try #require(self.clients.last) }
    }

    /// All he received, before and after.
    var received: [XMLElement] {
        get async {
            var all: [XMLElement] = []
            for client in self.clients { all += await client.received }
            return all
        }
    }

    func replace(by client: XMPPClient) { self.clients.append(client) }

    /// Whether he was connected, and could write it.
    func send(_ text: String) async -> Bool {
        guard let client = self.clients.last, await client.isConnected else { return false }
        return (try? await client.send(await client.message(to: "juliet@sip.test", id: text, body: text))) != nil
    }

    func close() async {
        for client in self.clients { await client.close() }
    }
}
