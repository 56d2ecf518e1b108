import Testing

@testable import EdgeKit

@Suite("Records of a flood")
struct FloodGateTests {
    @Test("Some pass at once, then so many a second; the next that passes says how many did not")
    func flood() {
        var gate = FloodGate(perSecond: 2, burst: 3)
        let start = ContinuousClock.now
        let steps: [(milliseconds: Int, expected: Int?)] = [
            (0, 0), (0, 0), (0, 0), (0, nil), (100, nil), (499, nil), (500, 3), (500, nil), (60_000, 1), (60_000, 0),
            (60_000, 0), (60_000, nil),
        ]
        for (milliseconds, expected) in steps {
            let suppressed = gate.admit(at: start + .milliseconds(milliseconds))
            #expect(suppressed == expected, "at \(milliseconds)")
        }
    }
}
