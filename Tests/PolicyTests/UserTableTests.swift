import Messaging
import Testing

@testable import Policy

@Suite("Many users, in parts")
struct UserTableTests {
    private static func user(_ index: Int, _ name: String = "") -> UserRecord {
        UserRecord(address: "user\(index)@sip.example", displayName: name)
    }

    private static func change(_ step: Int, _ generator: inout some RandomNumberGenerator) -> PolicyChange {
        let index = Int.random(in: 0..<300, using: &generator)
        return Int.random(in: 0..<3, using: &generator) == 0
            ? .userRemoved(address: "USER\(index)@sip.example") : .user(Self.user(index, "step \(step)"))
    }

    @Test("Whatever is added, changed and removed, they are what a dictionary would hold, and their number is told")
    func likeADictionary() {
        var generator = SystemRandomNumberGenerator()
        var (state, expected) = (PolicyState(), [String: UserRecord]())
        for step in 0..<2_000 {
            let change = Self.change(step, &generator)
            state.apply(change)
            if case .user(let user) = change { expected[user.address] = user }
            if case .userRemoved(let address) = change { expected[address.lowercased()] = nil }
        }
        #expect(state.userCount == expected.count)
        #expect(state.snapshot.users == expected.values.sorted { $0.address < $1.address })
        #expect(Set(state.allUsers.map(\.address)) == Set(expected.keys))
        for index in 0..<300 {
            #expect(state.user(address: "user\(index)@sip.example") == expected["user\(index)@sip.example"])
        }
    }

    @Test("A change is in the copy that it was made in and in no other; two states are the same when their users are")
    func values() {
        let before = PolicyState(PolicySnapshot(users: (0..<1_000).map { Self.user($0) }))
        var after = before
        after.apply(.user(Self.user(7, "new")))
        #expect(before.user(address: "user7@sip.example")?.displayName == "")
        #expect(after.user(address: "user7@sip.example")?.displayName == "new")
        #expect(!after.hasSameUsers(as: before) && after.mayHaveMoved(since: before))
        after.apply(.user(Self.user(7)))
        #expect(after.hasSameUsers(as: before) && !after.mayHaveMoved(since: before))
    }

    @Test("A new snapshot shares what is the same with the state of before, and is not changed by that")
    func sharing() {
        let users = (0..<1_000).map { Self.user($0) }
        let before = PolicyState(PolicySnapshot(users: users))
        let new = PolicySnapshot(sequence: 9, epoch: "e", users: users.dropLast(10) + [Self.user(0, "new")])
        var state = PolicyState(new)
        state.share(with: before)
        #expect(state == PolicyState(new) && !state.hasSameUsers(as: before))
        var same = PolicyState(PolicySnapshot(users: users))
        same.share(with: before)
        #expect(same.hasSameUsers(as: before))
    }

    @Test(
        "A configuration that was worked out while edges came and went is taken over with the edges that live, and counted on"
    )
    func adopted() {
        let edge = EdgeRecord(kind: .sip, instance: "e", endpoint: "tcp://e")
        var live = PolicyState(PolicySnapshot(sequence: 5, epoch: "one"))
        var candidate = live
        for index in 0..<3 { candidate.apply(.user(Self.user(index))) }
        live.apply(.edge(edge))
        let delta = (0..<3).map { PolicyChange.user(Self.user($0)) }
        var follower = live
        live.adopt(candidate, as: 3)
        #expect(live.sequence == 9 && live.epoch == "one" && live.edges == ["e": edge])
        #expect(follower.apply(epoch: "one", firstSequence: 7, delta) == .applied)
        #expect(follower == live)
    }
}
