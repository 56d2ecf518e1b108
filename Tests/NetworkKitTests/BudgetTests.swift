import NIOCore
import NetworkKit
import Synchronization
import Testing

@Suite("Budgets of strangers")
struct BudgetTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    private static func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 1) }

    @Test("What was taken beyond the bucket is a debt that time pays")
    func debt() {
        var bucket = TokenBucket(rate: 100, burst: 50)
        // (time, taken, how long the debt lasts)
        let steps: [(Int64, Int, Int64)] = [
            (0, 50, 0), (0, 10, 100), (100, 0, 0), (100, 100, 1_000), (600, 0, 500), (1_100, 0, 0), (1_100, 1, 10),
            (60_000, 50, 0), (60_000, 1, 10),
        ]
        for (time, count, pause) in steps {
            let debt = bucket.charge(count, at: Self.at(time))
            #expect(debt == .milliseconds(pause), "\(count) at \(time)")
        }
    }

    @Test("A full table forgets what was used longest ago, and a use renews")
    func leastRecentlyUsed() {
        var table = BoundedTable<String, Int>(capacity: 3)
        func add(_ key: String) { table.update(key, initial: 0) { $0 += 1 } }
        for key in ["a", "b", "c", "a", "d", "a", "e"] { add(key) }
        let counts = ["a", "b", "c", "d", "e"].map { table[$0] }
        #expect(counts == [3, nil, nil, 1, 1])
        #expect(table.count == 3)
        add("b")
        #expect(table["d"] == nil && table["a"] == 3 && table["b"] == 1)
    }

    @Test("A table of one entry is a table")
    func smallest() {
        var table = BoundedTable<Int, Int>(capacity: 1)
        for key in [1, 1, 2, 1] { table.update(key, initial: 0) { $0 += 1 } }
        #expect(table[1] == 1 && table[2] == nil)
    }

    /// A key that counts how often it is looked at: the work of a look-up, without a clock.
    private struct CountedKey: Hashable {
        let number: Int
        let looks: Looks

        static func == (one: Self, other: Self) -> Bool {
            one.looks.add()
            return one.number == other.number
        }

        func hash(into hasher: inout Hasher) {
            self.looks.add()
            hasher.combine(self.number)
        }
    }

    private final class Looks: Sendable {
        private let count = Atomic<Int>(0)
        func add() { self.count.wrappingAdd(1, ordering: .relaxed) }
        func take() -> Int { self.count.exchange(0, ordering: .relaxed) }
    }

    @Test("Fifty thousand addresses cost no more each than a few: the table is bounded and every use is constant work")
    func constantWork() {
        let looks = Looks()
        func work(_ capacity: Int) -> Double {
            var table = BoundedTable<CountedKey, Int>(capacity: capacity)
            for number in 0..<capacity {
                table.update(CountedKey(number: number, looks: looks), initial: 0) { $0 += 1 }
            }
            _ = looks.take()
            // Each is a stranger, and drives out another.
            for number in 0..<50_000 {
                table.update(CountedKey(number: capacity + number, looks: looks), initial: 0) { $0 += 1 }
            }
            #expect(table.count == capacity)
            return Double(looks.take()) / 50_000
        }
        let (few, many) = (work(64), work(50_000))
        #expect(many < few * 2, "\(few) looks per use in a small table, \(many) in a large one")
        #expect(many < 20)
    }

    @Test("An IPv4 address and an IPv6 /64 have a budget each, and time fills it")
    func addresses() throws {
        let budget = AddressBudget(.init(perSecond: 2, burst: 2))
        let steps: [(Int64, String, Bool)] = [
            (0, "192.0.2.1", true), (0, "::ffff:192.0.2.1", true), (0, "192.0.2.1", false), (0, "192.0.2.2", true),
            (0, "2001:db8::1", true), (0, "2001:db8::ffff:0:0:2", true), (0, "2001:db8::3", false),
            (0, "2001:db8:0:1::1", true), (499, "192.0.2.1", false), (500, "192.0.2.1", true),
            (500, "192.0.2.1", false),
        ]
        for (time, address, expected) in steps {
            let taken = budget.take(try Self.address(address), at: Self.at(time))
            #expect(taken == expected, "\(address) at \(time)")
        }
        #expect(budget.count == 4)
    }

    @Test("A flood from fifty thousand addresses leaves the table at its size, and one address still has its limit")
    func flood() throws {
        let budget = AddressBudget(.init(perSecond: 1, burst: 1), capacity: 1_000)
        for number in 0..<50_000 {
            #expect(
                budget.take(try Self.address("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"), at: Self.at(0))
            )
        }
        #expect(budget.count == 1_000)
        let busy = try Self.address("192.0.2.1")
        #expect(budget.take(busy, at: Self.at(0)))
        #expect(!budget.take(busy, at: Self.at(0)))
    }

    @Test("New connections of one address are limited in time, apart from how many there are")
    func arrivals() throws {
        let limits = ConnectionLimits(maximum: 100, maximumPerClient: 100, arrivals: .init(perSecond: 10, burst: 2))
        let address = try Self.address("192.0.2.1")
        try limits.admit(address, at: Self.at(0))
        try limits.admit(address, at: Self.at(0))
        #expect(throws: ConnectionLimits.Refusal.tooFastFromAddress) { try limits.admit(address, at: Self.at(0)) }
        limits.release(address)
        #expect(throws: ConnectionLimits.Refusal.tooFastFromAddress) { try limits.admit(address, at: Self.at(99)) }
        try limits.admit(try Self.address("192.0.2.2"), at: Self.at(99))
        try limits.admit(address, at: Self.at(100))
        #expect(limits.count == 3)
        #expect(limits.setting(behind: .tooFastFromAddress) == "limits.connection-rate=10, limits.connection-burst=2")
    }
}
