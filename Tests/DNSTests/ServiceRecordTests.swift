import DNS
import Testing

@Suite("SRV records")
struct ServiceRecordTests {
    private static func record(
        _ target: String,
        _ priority: UInt16,
        _ weight: UInt16,
        port: UInt16 = 5269
    ) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: weight, port: port, target: target)
    }

    @Test(
        "The data is read, and damaged data is not",
        arguments: [
            ([0, 1, 0, 2, 0x14, 0x95, 1, 0x41, 2, 0x62, 0x63, 0], Self.record("a.bc", 1, 2)),
            ([0, 0, 0, 0, 0, 0, 0], Self.record("", 0, 0, port: 0)),
            ([], nil), ([0, 1, 0, 2, 0, 3], nil),
            ([0, 1, 0, 2, 0, 3, 5, 0x41, 0], nil),  // label longer than the data
            ([0, 1, 0, 2, 0, 3, 1, 0x41], nil),  // no end
            ([0, 1, 0, 2, 0, 3, 1, 0x41, 0, 0], nil),  // bytes after the end
            ([0, 1, 0, 2, 0, 3, 1, 0x2E, 0], nil),  // a dot in a label
            ([0, 1, 0, 2, 0, 3, 1, 0x00, 0], nil),  // NUL in a label
            ([0, 1, 0, 2, 0, 3, 0xC0, 0x0C], nil),  // compression
        ] as [([UInt8], ServiceRecord?)]
    )
    func data(bytes: [UInt8], record: ServiceRecord?) {
        #expect(ServiceRecord(bytes) == record)
    }

    @Test("Priorities in order, the lower first; refusals and port 0 left out")
    func priorities() {
        let records = [
            Self.record("c", 30, 0), Self.record("a", 10, 5), Self.record("", 0, 0), Self.record("b", 20, 1),
            Self.record("z", 5, 0, port: 0),
        ]
        #expect(ServiceRecord.ordered(records) { $0 }.map(\.target) == ["a", "b", "c"])
        #expect(ServiceRecord.ordered([Self.record("", 0, 0)]) { $0 }.isEmpty)
        #expect(ServiceRecord.ordered([]) { $0 }.isEmpty)
    }

    @Test("Within a priority each random number picks by running sum (RFC 2782)")
    func weights() {
        let records = [
            Self.record("w1", 1, 1), Self.record("w3", 1, 3), Self.record("w0", 1, 0), Self.record("w6", 1, 6),
        ]
        // Zero weights first, so the sums are w0: 0, w1: 1, w3: 4, w6: 10.
        let expected = ["w0", "w1", "w3", "w3", "w3", "w6", "w6", "w6", "w6", "w6", "w6"]
        for (number, first) in expected.enumerated() {
            var numbers = [number, 0, 0, 0]
            let order = ServiceRecord.ordered(records) { limit in
                let next = numbers.removeFirst()
                #expect((0...limit).contains(next))
                return next
            }
            #expect(order.first?.target == first)
            #expect(Set(order.map(\.target)) == ["w0", "w1", "w3", "w6"])
        }
    }

    @Test("The random number is asked for the sum of what is left")
    func limits() {
        var limits: [Int] = []
        let records = [Self.record("a", 1, 10), Self.record("b", 1, 20), Self.record("c", 1, 30)]
        let order = ServiceRecord.ordered(records) { limit in
            limits.append(limit)
            return limit
        }
        #expect(limits == [60, 30, 10])
        #expect(order.map(\.target) == ["c", "b", "a"])
    }

    @Test("Frequencies follow the weights")
    func distribution() {
        var generator = SplitMix(state: 42)
        let records = [Self.record("light", 1, 10), Self.record("heavy", 1, 90), Self.record("zero", 1, 0)]
        var firsts: [String: Int] = [:]
        for _ in 0..<10_000 {
            let first = ServiceRecord.ordered(records) { Int.random(in: 0...$0, using: &generator) }.first
            firsts[first?.target ?? "", default: 0] += 1
        }
        #expect((8_700...9_100).contains(firsts["heavy", default: 0]))
        #expect((850...1_150).contains(firsts["light", default: 0]))
        #expect((1...200).contains(firsts["zero", default: 0]))
    }

    @Test("Every permutation of up to four equal records comes out for some numbers, none is lost or doubled")
    func permutations() {
        let records = ["a", "b", "c", "d"].map { Self.record($0, 1, 1) }
        var seen: Set<[String]> = []
        for first in 0...4 {
            for second in 0...3 {
                for third in 0...2 {
                    var numbers = [first, second, third, 1]
                    let order = ServiceRecord.ordered(records) { _ in numbers.removeFirst() }.map(\.target)
                    #expect(order.sorted() == ["a", "b", "c", "d"])
                    seen.insert(order)
                }
            }
        }
        #expect(seen.count == 24)
    }

    @Test("Two hundred records with the largest weights do not overflow")
    func many() {
        let records = (0..<200).map { Self.record("h\($0)", 1, .max) }
        #expect(ServiceRecord.ordered(records) { $0 / 2 }.count == 200)
    }
}

/// Deterministic numbers.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
