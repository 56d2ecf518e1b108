import Foundation
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import DialbackAuthority

@Suite("Rotation of the dialback secret")
struct SecretKeeperTests {
    static let start: Int64 = 1_763_702_400_000
    static let hour: Int64 = 3_600_000
    static let rules = SecretKeeper.Rules(overlap: hour, rotatesAfter: 0)

    static func keeper(_ scratch: Scratch, rules: SecretKeeper.Rules = rules) throws -> SecretKeeper {
        let file = SecretFile(path: scratch.file("secret").path, isMadeWhenMissing: true, overlap: rules.overlap)
        return try SecretKeeper(.file(file), rules: rules, at: Self.start)
    }

    static func key(_ keeper: SecretKeeper, at now: Int64) throws -> String {
        try keeper.keys(at: now).key(
            for: DialbackKeyRequest(receiving: "a.example", originating: "b.example", streamID: "s1")
        )
    }

    static func isValid(_ key: String, _ keeper: SecretKeeper, at now: Int64) throws -> Bool {
        try keeper.keys(at: now).isValid(
            DialbackVerifyRequest(receiving: "a.example", originating: "b.example", streamID: "s1", key: key)
        )
    }

    @Test("A key of the old secret is valid until the overlap is over, and not a moment longer")
    func overlap() throws {
        let scratch = try Scratch("dialback")
        let keeper = try Self.keeper(scratch)
        let old = try Self.key(keeper, at: Self.start)
        try keeper.rotate(endsOldAtOnce: false, at: Self.start)
        let new = try Self.key(keeper, at: Self.start)
        #expect(new != old)
        #expect(keeper.live(at: Self.start).map(\.endsAt) == [nil, Self.start + Self.hour])
        for (time, isOldValid) in [(0, true), (Self.hour - 1, true), (Self.hour, false), (2 * Self.hour, false)] {
            #expect(try Self.isValid(old, keeper, at: Self.start + time) == isOldValid, "\(time)")
            #expect(try Self.isValid(new, keeper, at: Self.start + time))
        }
        #expect(keeper.live(at: Self.start + Self.hour).count == 1)
    }

    @Test("A secret that has ended leaves the disk")
    func dropped() throws {
        let scratch = try Scratch("dialback")
        let keeper = try Self.keeper(scratch)
        let old = try #require(keeper.live(at: Self.start).first)
        try keeper.rotate(endsOldAtOnce: false, at: Self.start)
        #expect(keeper.look(at: Self.start + Self.hour - 1).isEmpty)
        #expect(keeper.look(at: Self.start + Self.hour) == [.dropped(id: old.id)])
        #expect(keeper.look(at: Self.start + Self.hour).isEmpty)
        let content = try String(contentsOf: scratch.file("secret"), encoding: .utf8)
        #expect(!content.contains(String(decoding: old.bytes, as: UTF8.self)))
    }

    @Test("There are never three: a second rotation waits for the overlap, or ends the old ones at once")
    func neverThree() throws {
        let scratch = try Scratch("dialback")
        let keeper = try Self.keeper(scratch)
        let first = try Self.key(keeper, at: Self.start)
        try keeper.rotate(endsOldAtOnce: false, at: Self.start)
        let second = try Self.key(keeper, at: Self.start)
        let refusal = SecretKeeper.RotationRefusal.overlapping(until: Self.start + Self.hour)
        #expect(throws: refusal) { try keeper.rotate(endsOldAtOnce: false, at: Self.start + 1) }
        #expect("\(refusal)".hasPrefix("the secret before this one is valid until 2025-11-21T06:20:00.000Z;"))
        #expect(try Self.key(keeper, at: Self.start + 1) == second)
        try keeper.rotate(endsOldAtOnce: true, at: Self.start + 1)
        for key in [first, second] { #expect(try !Self.isValid(key, keeper, at: Self.start + 1)) }
        #expect(keeper.live(at: Self.start + 1).count == 1)
    }

    @Test("Replicas that share the file know a new secret with the first key they are shown")
    func replicas() throws {
        let scratch = try Scratch("dialback")
        let (one, two) = (try Self.keeper(scratch), try Self.keeper(scratch))
        let old = try Self.key(two, at: Self.start)
        #expect(try Self.key(one, at: Self.start) == old)
        try one.rotate(endsOldAtOnce: false, at: Self.start)
        #expect(try Self.isValid(Self.key(one, at: Self.start), two, at: Self.start))
        #expect(try Self.key(two, at: Self.start) == Self.key(one, at: Self.start))
        #expect(try Self.isValid(old, two, at: Self.start))
        #expect(two.look(at: Self.start) == [.reloaded])
        // In turn, the other way.
        try two.rotate(endsOldAtOnce: true, at: Self.start)
        #expect(try !Self.isValid(old, one, at: Self.start))
        #expect(one.live(at: Self.start).map(\.id) == two.live(at: Self.start).map(\.id))
    }

    @Test("A secret that is old enough is replaced, by one of the replicas, once")
    func byAge() throws {
        let scratch = try Scratch("dialback")
        let rules = SecretKeeper.Rules(overlap: Self.hour, rotatesAfter: 24 * Self.hour)
        let (one, two) = (try Self.keeper(scratch, rules: rules), try Self.keeper(scratch, rules: rules))
        let due = Self.start + 24 * Self.hour
        #expect(one.look(at: due - 1).isEmpty)
        guard case .rotated(let id)? = one.look(at: due).first else {
            Issue.record("not replaced")
            return
        }
        #expect(two.look(at: due) == [.reloaded])
        #expect(two.live(at: due).first?.id == id)
        #expect(two.live(at: due).count == 2)
    }

    @Test("Of two that replace it at the same time one is told to try again; what is due by itself waits in silence")
    func busy() throws {
        let scratch = try Scratch("dialback")
        let rules = SecretKeeper.Rules(overlap: Self.hour, rotatesAfter: 24 * Self.hour)
        let keeper = try Self.keeper(scratch, rules: rules)
        let file = SecretFile(path: scratch.file("secret").path, isMadeWhenMissing: false)
        let lock = try file.lock(waits: false)
        let busy = SecretFileError(path: file.path, problem: SecretFileError.busy)
        #expect(throws: SecretKeeper.RotationRefusal.file(busy)) {
            try keeper.rotate(endsOldAtOnce: true, at: Self.start)
        }
        #expect(keeper.look(at: Self.start + 24 * Self.hour).isEmpty)
        close(lock)
        #expect(keeper.look(at: Self.start + 24 * Self.hour).count == 1)
    }

    @Test("Should the file be broken or gone, the last good secrets stay in use, and it is said once")
    func broken() throws {
        let scratch = try Scratch("dialback")
        let keeper = try Self.keeper(scratch)
        let key = try Self.key(keeper, at: Self.start)
        try scratch.write("x", to: "secret")
        #expect(try Self.isValid(key, keeper, at: Self.start))
        guard case .failed? = keeper.look(at: Self.start).first else {
            Issue.record("not said")
            return
        }
        #expect(keeper.look(at: Self.start).isEmpty)
        try FileManager.default.removeItem(at: scratch.file("secret"))
        #expect(try Self.isValid(key, keeper, at: Self.start))
        #expect(throws: SecretKeeper.RotationRefusal.self) { try keeper.rotate(endsOldAtOnce: false, at: Self.start) }
        #expect(try Self.isValid(key, keeper, at: Self.start))
    }

    @Test("With the same passphrase replicas need no file in common; the one before is valid while it is given")
    func passphrase() throws {
        func keeper(_ current: String, _ previous: String?) throws -> SecretKeeper {
            try SecretKeeper(
                .passphrase(current: Array(current.utf8), previous: previous.map { Array($0.utf8) }),
                rules: Self.rules,
                at: Self.start
            )
        }
        let (one, two) = (try keeper("the first passphrase", nil), try keeper("the first passphrase", nil))
        let key = try Self.key(one, at: Self.start)
        #expect(try Self.isValid(key, two, at: Self.start))
        #expect(one.live(at: Self.start).map(\.id) == two.live(at: Self.start).map(\.id))
        let both = try keeper("the second passphrase", "the first passphrase")
        #expect(try Self.isValid(key, both, at: Self.start + 1000 * Self.hour))
        #expect(try !Self.isValid(key, keeper("the second passphrase", nil), at: Self.start))
        #expect(throws: SecretKeeper.RotationRefusal.passphrase) { try one.rotate(endsOldAtOnce: true, at: Self.start) }
    }

    @Test("The id of a secret says nothing of it, and nobody can have a key with that text")
    func ids() throws {
        let secret = try LiveSecret(Array("s3cr3tf0rd14lb4ck".utf8), createdAt: 0)
        #expect(secret.id.count == 8)
        #expect(try LiveSecret(Array("s3cr3tf0rd14lb4ck".utf8), createdAt: 1).id == secret.id)
        #expect(try LiveSecret(Array("s3cr3tf0rd14lb4cK".utf8), createdAt: 0).id != secret.id)
        #expect("\(SecretSet(current: secret, previous: nil))" == "secret \(secret.id)")
    }
}
