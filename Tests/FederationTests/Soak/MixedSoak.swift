import Foundation
import Synchronization
import TestSupport
import Testing
import XML
import XMPPCore

/// Prosody, ejabberd and SIPp with the gateway between them: messages and typing both ways, presence both ways, while one service after
/// the other is restarted.
struct MixedSoak: Sendable {
    static let services = [
        "sip-edge", "xmpp-edge", "policy-service", "cert-service", "dialback-authority", "dns-publisher",
    ]

    /// How long it lasts.
    let time: Duration
    let world: World
    let ejabberd: XMPPServer
    /// juliet's server and client.
    let phone: SIPPeer
    let receiver: SIPpProcess
    let sender: SIPpProcess
    let talks: [SoakTalk]
    /// benvolio of each server, who watches juliet, and romeo, whom she watches.
    let watchers: [XMPPClient]
    let watched: [XMPPClient]
    let presence: SoakPresence
    let restarts = SoakRestarts()
    let memory = SoakMemory()

    private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "SIPp")

    init(_ scene: Scene, for time: Duration) async throws {
        self.time = time
        self.world = scene.world
        self.ejabberd = scene.server
        self.phone = scene.sip
        self.presence = SoakPresence(scene.sip, gateway: scene.world.edgeAddress)
        self.watchers = [try await scene.world.user("benvolio"), try await scene.server.user("benvolio")]
        let romeos = [try await scene.world.user("romeo"), try await scene.server.user("romeo")]
        self.watched = romeos
        self.talks = [
            SoakTalk(server: "xmpp.test", romeo: romeos[0], talker: "talker0@sip.test", mark: "p"),
            SoakTalk(server: scene.server.domain, romeo: romeos[1], talker: "talker1@sip.test", mark: "e"),
        ]
        let net = scene.world.endpoints["PEERS_NET"] ?? ""
        for talk in self.talks {
            let talker = String(talk.talker.prefix { $0 != "@" })
            try await scene.world.isthmusctl(
                "route",
                "add",
                "sip.test",
                "--user",
                talker,
                "--next-hop",
                "\(net).32",
                "--port",
                "5060",
                "--transport",
                "tcp",
                "--dialect",
                "rfc"
            )
        }
        try await scene.world.isthmusctl("host", "add", "\(net).33")
        self.receiver = try SIPpProcess(
            "receive-messages",
            ["-t", "t1", "-i", "\(net).32", "-p", "5060"],
            in: scene.world
        )
        let lines = self.talks.map { $0.lines(for: time) }
        let mixed = zip(lines[0], lines[1]).flatMap { [$0, $1] }
        let injected = try scene.world.scratch.write(
            (["SEQUENTIAL"] + mixed).joined(separator: "\n") + "\n",
            to: "soak.csv"
        )
        // Typing and texts of both pairs.
        let rate = 4 * 1_000 / Int(SoakTalk.pace / .milliseconds(1))
        self.sender = try SIPpProcess(
            "soak-client",
            [
                "\(scene.world.edgeAddress):5060", "-inf", injected.path, "-t", "u1", "-i", "\(net).33", "-p", "5070",
                "-m", "\(mixed.count)", "-r", "\(rate)", "-l", "1",
            ],
            in: scene.world,
            startsNow: false
        )
    }

    /// A soak's folder of scenarios.
    static func scenario(_ name: String) -> String { Self.scenarios.appending(path: "\(name).xml").path }

    // MARK: The run

    /// Lets everything run, and returns what became of it when all that can have a fate has one.
    func run() async throws -> SoakReport {
        try await self.befriend()
        try self.sender.start()
        var written: [Set<Int>] = []
        try await withThrowingTaskGroup(of: (Int, Set<Int>)?.self) { group in
            for (index, talk) in self.talks.enumerated() {
                group.addTask { (index, try await talk.write(for: self.time)) }
            }
            group.addTask {
                try await self.changePresence()
                return nil
            }
            group.addTask {
                try await self.restarts.run(in: self.world, for: self.time)
                return nil
            }
            group.addTask {
                try await self.watch()
                return nil
            }
            var found: [Int: Set<Int>] = [:]
            for try await result in group { if let (index, numbers) = result { found[index] = numbers } }
            written = self.talks.indices.map { found[$0] ?? [] }
        }
        try await self.settle(written)
        return await self.report(written, stuck: try await self.endPresence())
    }

    /// What became of all messages until now.
    func tallies(_ written: [Set<Int>]) async -> [(String, Tally)] {
        let arrived = self.receiver.lines.compactMap { $0.split(separator: " ").last }
        let said = self.sender.lines
        var tallies: [(String, Tally)] = []
        for (talk, numbers) in zip(self.talks, written) {
            tallies.append(("\(talk.server) → SIPp", await talk.toSIP(numbers, arrived)))
            tallies.append(("SIPp → \(talk.server)", await talk.toXMPP(said)))
        }
        return tallies
    }

    /// Waits until each message has a fate; what has none after a while is lost.
    private func settle(_ written: [Set<Int>]) async throws {
        try? await self.sender.finish()
        let _: Void? = try? await eventually("a fate of each message", within: .seconds(45)) {
            await self.tallies(written).allSatisfy { $0.1.lost.isEmpty }
        }
    }

    /// Says every few seconds how things stand, and looks at the memory.
    private func watch() async throws {
        let pace = Duration.seconds(10)
        try await paced(by: pace, times: Int(self.time / pace)) { number in
            self.memory.sample(self.world, at: pace * number)
            guard number % 6 == 0 else { return }
            let arrived = self.receiver.lines.count
            let taken = self.sender.lines.count { $0.hasPrefix("taken ") }
            SoakReport.say(
                "\(pace * number) of \(self.time): \(arrived) at SIPp, \(taken) taken from SIPp, "
                    + "\(self.restarts.done.count) restarts, \(self.presence.renewals) subscriptions made anew; \(self.memory.latest)"
            )
        }
    }
}
