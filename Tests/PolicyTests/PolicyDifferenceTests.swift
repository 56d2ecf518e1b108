import Policy
import Testing

@Suite("From one policy to another")
struct PolicyDifferenceTests {
    /// Numbers that look random and are the same in every run.
    struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((self.state >> 33) % UInt64(sides))
        }

        mutating func some<Object>(_ make: (Int, inout Dice) -> Object) -> [Object] {
            var objects: [Object] = []
            for index in 0..<6 where self.roll(3) > 0 { objects.append(make(index, &self)) }
            return objects
        }

        mutating func snapshot() -> PolicySnapshot {
            PolicySnapshot(
                settings: GatewaySettings(connectionLimit: 1 + self.roll(2)),
                partners: self.some { index, dice in
                    Partner(
                        domain: "p\(index).example",
                        additionalDomains: dice.some { at, _ in "x\(at).p\(index).example" }
                    )
                },
                domains: self.some { index, dice in
                    LocalDomain(domain: "d\(index).example", xmppAccess: dice.roll(2) == 0)
                },
                users: self.some { index, dice in
                    UserRecord(address: "u\(index)@d.example", home: dice.roll(2) == 0 ? .sip : .xmpp)
                },
                routes: self.some { index, dice in
                    StaticRoute(
                        id: "r\(index)",
                        domain: "d\(dice.roll(3)).example",
                        nextHop: "h.example",
                        port: 1 + dice.roll(3),
                        transport: .tcp,
                        priority: 1 + dice.roll(3),
                        isEnabled: dice.roll(3) > 0
                    )
                },
                hosts: self.some { index, dice in HostAuthorization(host: "h\(index)", outboundOnly: dice.roll(2) == 0)
                },
                edges: self.some { index, dice in
                    EdgeRecord(kind: .sip, instance: "e\(index)", endpoint: "tcp://\(dice.roll(3))")
                }
            )
        }
    }

    @Test("The changes between two snapshots, applied to the old one, make the new one", arguments: 0..<200)
    func changesLeadToNew(_ seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let (old, new) = (dice.snapshot(), dice.snapshot())
        let changes = PolicyDifference.changes(from: old, to: new)
        var state = PolicyState(old)
        for change in changes { state.apply(change) }
        var expected = new
        expected.sequence = UInt64(changes.count)
        #expect(state.snapshot == expected)
        #expect(state == PolicyState(expected), "the indices too")
    }

    @Test("There is nothing between a snapshot and itself", arguments: 0..<20)
    func nothing(_ seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let snapshot = dice.snapshot()
        #expect(PolicyDifference.changes(from: snapshot, to: snapshot).isEmpty)
    }
}
