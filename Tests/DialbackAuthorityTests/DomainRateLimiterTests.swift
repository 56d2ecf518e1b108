import NIOCore
import Testing

@testable import DialbackAuthority

@Suite("The rate of dialback requests per domain")
struct DomainRateLimiterTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func limiter(_ rate: Int, burst: Int, total: Int = 100_000, capacity: Int = 10_000) -> DomainRateLimiter {
        DomainRateLimiter(
            domain: .init(perSecond: rate, burst: burst),
            total: .init(perSecond: total, burst: total),
            capacity: capacity
        )
    }

    @Test("A domain may have its burst at once, and then its rate; others are not affected")
    func burstAndRate() {
        var limiter = self.limiter(10, burst: 3)
        let first = (0..<4).map { _ in limiter.admit("a.example", at: self.start) }
        #expect(first == [.admitted, .admitted, .admitted, .domain])
        let later = self.start + .milliseconds(100)
        #expect((0..<2).map { _ in limiter.admit("a.example", at: later) } == [.admitted, .domain])
        #expect(limiter.admit("b.example", at: later) == .admitted)
    }

    @Test("When more domains ask than there is room for, the rest share one bucket")
    func bounded() {
        var limiter = self.limiter(1, burst: 2)
        for number in 0..<10_000 { _ = limiter.admit("\(number).example", at: self.start) }
        let rest = (0..<3).map { limiter.admit("new-\($0).example", at: self.start) }
        #expect(rest == [.admitted, .admitted, .domain])
        // A second later the first buckets are full again, and forgotten.
        let later = self.start + .seconds(2)
        #expect((0..<3).map { limiter.admit("newer-\($0).example", at: later) } == [.admitted, .admitted, .admitted])
    }

    @Test("A flood of a hundred thousand domains is bounded in memory, and by the rate of all together")
    func flood() {
        var limiter = self.limiter(50, burst: 200, total: 5_000, capacity: 1_000)
        let verdicts = (0..<100_000).map { limiter.admit("\($0).example", at: self.start) }
        #expect(limiter.count == 1_001)
        // Those that are told apart, and the burst of the rest together.
        #expect(verdicts.count { $0 == .admitted } == 1_000 + 200)
        var other = self.limiter(50, burst: 200, total: 500)
        #expect((0..<10_000).count { other.admit("\($0).example", at: self.start) == .admitted } == 500)
    }
}
