import NIOCore
import Testing

@testable import DialbackAuthority

@Suite("The rate of dialback requests per domain")
struct DomainRateLimiterTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("A domain may have its burst at once, and then its rate; others are not affected")
    func burstAndRate() {
        var limiter = DomainRateLimiter(rate: 10, burst: 3)
        #expect((0..<4).map { _ in limiter.admit("a.example", at: self.start) } == [true, true, true, false])
        let later = self.start + .milliseconds(100)
        #expect((0..<2).map { _ in limiter.admit("a.example", at: later) } == [true, false])
        let other = limiter.admit("b.example", at: later)
        #expect(other)
    }

    @Test("When more domains ask than there is room for, the rest share one bucket")
    func bounded() {
        var limiter = DomainRateLimiter(rate: 1, burst: 2)
        for number in 0..<10_000 { _ = limiter.admit("\(number).example", at: self.start) }
        #expect((0..<3).map { limiter.admit("new-\($0).example", at: self.start) } == [true, true, false])
        // A second later the first buckets are full again, and forgotten.
        let later = self.start + .seconds(2)
        #expect((0..<3).map { limiter.admit("newer-\($0).example", at: later) } == [true, true, true])
    }
}
