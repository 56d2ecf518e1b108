import NIOCore
import Testing

@testable import PolicyService

@Suite("How often something may be tried")
struct AttemptTests {
    private static func moment(_ milliseconds: Int64) -> Moment { Moment(wall: 0, monotonic: milliseconds) }

    @Test("So many at once, and then one each interval; waiting longer does not save up more")
    func burst() {
        let limiter = AttemptLimiter(.init(burst: 3, interval: .milliseconds(200)))
        for _ in 0..<3 { #expect(limiter.take(at: Self.moment(1_000))) }
        #expect(!limiter.take(at: Self.moment(1_000)))
        #expect(!limiter.take(at: Self.moment(1_199)))
        #expect(limiter.take(at: Self.moment(1_200)))
        #expect(!limiter.take(at: Self.moment(1_200)))
        for _ in 0..<3 { #expect(limiter.take(at: Self.moment(1_000_000))) }
        #expect(!limiter.take(at: Self.moment(1_000_000)))
    }

    @Test("Each address has its own; one that tries too often uses up nothing of what all have")
    func addresses() {
        let limiter = AttemptLimiter(
            .init(burst: 4, interval: .seconds(1)),
            each: .init(burst: 2, interval: .seconds(10))
        )
        let now = Self.moment(0)
        let outcomes = (0..<20).map { _ in limiter.take(from: "192.0.2.1", at: now) }
        #expect(outcomes == [true, true] + Array(repeating: false, count: 18))
        #expect(limiter.take(from: "192.0.2.2", at: now) && limiter.take(from: "192.0.2.3", at: now))
        #expect(!limiter.take(from: "192.0.2.4", at: now), "all together")
        #expect(limiter.take(from: "192.0.2.4", at: Self.moment(1_000)))
        #expect(!limiter.take(from: "192.0.2.1", at: Self.moment(9_999)))
        #expect(limiter.take(from: "192.0.2.1", at: Self.moment(10_000)))
    }

    @Test("A clock that goes back gives nothing and takes nothing")
    func clock() {
        let limiter = AttemptLimiter(.init(burst: 1, interval: .seconds(1)))
        #expect(limiter.take(at: Self.moment(5_000)))
        #expect(!limiter.take(at: Self.moment(-5_000)))
        #expect(limiter.take(at: Self.moment(6_000)))
    }

    @Test(
        "From many addresses the limit of all together holds, and no more of them are remembered than there is room for"
    )
    func manyAddresses() {
        let limiter = AttemptLimiter(
            .init(burst: 50, interval: .seconds(1)),
            each: .init(burst: 1, interval: .seconds(10))
        )
        let taken = (0..<AttemptLimiter.addresses * 2).count { limiter.take(from: "a\($0)", at: Self.moment(0)) }
        #expect(taken == 50)
        #expect(limiter.remembered <= AttemptLimiter.addresses)
    }
}
