import Foundation
import SIPCore
import TestSupport
import Testing
import XML

/// Users of split.test who go over to the other server, and those who watch them and whom they watch (SPEC §7).
///
/// benvolio goes from Prosody to the SIP server, tybalt from there to Prosody; romeo stays on Prosody, juliet on the SIP server.
struct SplitMove {
    private let world: World
    private let juliet: SIPPeer

    init(_ world: World, _ juliet: SIPPeer) {
        self.world = world
        self.juliet = juliet
    }

    private func prosodyctl(_ arguments: String...) async throws {
        let configuration = self.world.scratch.file("prosody/prosody.cfg.lua").path
        let run = try await ChildProcess.run("/usr/bin/prosodyctl", ["--config", configuration] + arguments)
        guard run.status == 0 else { throw WorldError(description: run.output) }
    }

    private func login(_ user: String) async throws -> XMPPClient {
        let client = try await self.world.user(user, domain: "split.test")
        try await client.send(await client.element("presence", [:]))
        return client
    }

    /// The latest wish of `watcher` to see `user` that has come to the SIP server.
    private func wish(_ watcher: String, for user: String, isEnd: Bool = false) async throws -> Request {
        try await eventually("SUBSCRIBE of \(watcher) for \(user)", within: .seconds(20)) {
            self.juliet.requests.last {
                $0.method == .subscribe && $0.headers.from?.sipURI?.user == watcher
                    && $0.headers.to?.sipURI?.user == user && ($0.headers.expires == 0) == isEnd
            }
        }
    }

    private func subscribe(
        _ watcher: XMPPClient,
        to user: XMPPClient,
        _ names: (watcher: String, user: String)
    ) async throws {
        let address = "\(names.user)@split.test"
        try await watcher.send(await watcher.element("presence", ["to": address, "type": "subscribe"]))
        try await self.approve(user, names.watcher)
        _ = try await watcher.waitFor("the approval") {
            $0.attribute("type") == "subscribed" && $0.attribute("from") == address
        }
    }

    private func approve(_ user: XMPPClient, _ watcher: String) async throws {
        let address = "\(watcher)@split.test"
        _ = try await user.waitFor("the wish of \(watcher)") {
            $0.attribute("type") == "subscribe" && $0.attribute("from") == address
        }
        try await user.send(await user.element("presence", ["to": address, "type": "subscribed"]))
    }

    // MARK: benvolio, from XMPP to SIP

    /// romeo, beside him, and juliet, across, watch benvolio; he watches juliet.
    func watchEachOther() async throws {
        let (romeo, benvolio) = (try await self.login("romeo"), try await self.login("benvolio"))
        try await self.subscribe(romeo, to: benvolio, ("romeo", "benvolio"))
        #expect(
            try await self.juliet.watch("benvolio@split.test", as: "juliet@split.test", self.world) == .answered(200)
        )
        try await self.approve(benvolio, "juliet")
        try await eventually("benvolio's presence at juliet") {
            self.juliet.requests.contains {
                $0.method == .notify && $0.headers.from?.sipURI?.user == "benvolio"
                    && String(decoding: $0.body, as: UTF8.self).contains("<basic>open</basic>")
            }
        }
        try await benvolio.send(
            await benvolio.element("presence", ["to": "juliet@split.test", "type": "subscribe"])
        )
        try await self.juliet.notify(try await self.wish("benvolio", for: "juliet"), 1, note: "Awake", self.world)
        _ = try await benvolio.waitFor("juliet's presence") { stanza in
            stanza.elements.contains { $0.name == "status" && $0.text == "Awake" }
        }
        await romeo.close()
        await benvolio.close()
    }

    /// juliet is told to ask her own server, nobody watches for benvolio any more, and romeo sees him where he is now.
    func presenceFollowsToSIP() async throws {
        let last = try await eventually("the last NOTIFY", within: .seconds(20)) {
            self.juliet.requests.first {
                $0.method == .notify && $0.headers.from?.sipURI?.user == "benvolio"
                    && $0.headers.subscriptionState?.token == "terminated"
            }
        }
        #expect(last.headers.subscriptionState?.parameter("reason") == "deactivated")
        _ = try await self.wish("benvolio", for: "juliet", isEnd: true)

        try await self.prosodyctl("deluser", "benvolio@split.test")
        let romeo = try await self.login("romeo")
        let wish = try await self.wish("romeo", for: "benvolio")
        try await self.juliet.notify(wish, 1, note: "At my new desk", self.world)
        _ = try await romeo.waitFor("benvolio's presence") { stanza in
            stanza.attribute("from")?.hasPrefix("benvolio@split.test") == true
                && stanza.elements.contains { $0.name == "status" && $0.text == "At my new desk" }
        }
        #expect(await !romeo.received.contains { $0.attribute("type") == "unsubscribed" })
        await romeo.close()
    }

    // MARK: tybalt, from SIP to XMPP

    /// romeo watches tybalt and writes to him while he moves: each message reaches him on one side or the other, or comes back; and from his
    /// new server tybalt is asked whether romeo may go on watching.
    func followsToXMPP() async throws {
        let romeo = try await self.login("romeo")
        try await romeo.send(await romeo.element("presence", ["to": "tybalt@split.test", "type": "subscribe"]))
        try await self.juliet.notify(
            try await self.wish("romeo", for: "tybalt"),
            1,
            note: "Looking for you",
            self.world
        )
        _ = try await romeo.waitFor("tybalt's presence") { stanza in
            stanza.elements.contains { $0.name == "status" && $0.text == "Looking for you" }
        }

        async let moved = self.tybaltMoves()
        let texts = (0..<60).map { "for tybalt \($0)" }
        try await paced(by: .milliseconds(50), times: texts.count) { number in
            try await romeo.send(
                await romeo.message(to: "tybalt@split.test", id: "t\(number)", body: texts[number])
            )
        }
        let tybalt = try await moved
        _ = try await romeo.waitFor("that tybalt has left his old server") {
            $0.attribute("from")?.hasPrefix("tybalt@split.test") == true && $0.attribute("type") == "unavailable"
        }
        _ = try await self.wish("romeo", for: "tybalt", isEnd: true)
        try await self.approve(tybalt, "romeo")
        _ = try await romeo.waitFor("tybalt's presence from his new server") {
            $0.name == "presence" && $0.attribute("from") == "tybalt@split.test/test" && $0.attribute("type") == nil
        }
        try await eventually("a fate of each message") {
            let atSIP = self.juliet.requests.filter { $0.method == .message }
                .map { String(decoding: $0.body, as: UTF8.self) }
            let atXMPP = await tybalt.received.compactMap(\.body)
            let returned = await romeo.received.filter { $0.attribute("type") == "error" }
                .compactMap { $0.attribute("id")?.dropFirst() }.map { "for tybalt \($0)" }
            return Set(atSIP + atXMPP + returned).isSuperset(of: texts)
        }
        await romeo.close()
        await tybalt.close()
    }

    private func tybaltMoves() async throws -> XMPPClient {
        try await eventually("a few messages on the old side") {
            self.juliet.requests.contains { $0.body == Array("for tybalt 10".utf8) }
        }
        try await self.prosodyctl("register", "tybalt", "split.test", "tybalt")
        let tybalt = try await self.login("tybalt")
        try await self.world.isthmusctl("user", "add", "tybalt@split.test", "--home", "xmpp")
        return tybalt
    }
}
