import NIOCore
import NIOEmbedded
import NetworkKit
import Testing

@Suite("Rates and deadlines")
struct TimeTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    @Test("A token bucket allows a burst, then its rate, and never more than a burst")
    func tokenBucket() {
        var bucket = TokenBucket(rate: 10, burst: 3)
        let steps: [(Int64, Bool)] = [
            (0, true), (0, true), (0, true), (0, false), (99, false), (100, true), (100, false),
            (10_000, true), (10_000, true), (10_000, true), (10_000, false),
            (9_000, false),  // time does not run backwards
        ]
        for (time, expected) in steps {
            let taken = bucket.take(at: Self.at(time))
            #expect(taken == expected, "at \(time)")
        }
        let delay = bucket.delay(at: Self.at(10_000))
        #expect(delay == .milliseconds(100))
    }

    @Test("A deadline queue gives what has expired, in order")
    func deadlineQueue() {
        var queue = DeadlineQueue<String>(timeout: .seconds(1))
        queue.append("a", at: Self.at(0))
        queue.append("b", at: Self.at(10))
        #expect(queue.nextDeadline == Self.at(1000))
        var expired: [String] = []
        for time in [500, 999, 1000, 1005, 1010, 5000] as [Int64] {
            while let element = queue.popExpired(at: Self.at(time)) { expired.append("\(element)@\(time)") }
        }
        #expect(expired == ["a@1000", "b@1010"])
        #expect(queue.isEmpty)
    }

    @Test("The loop's timer ticks while it is wanted, and is armed once")
    func loopTimer() {
        let loop = EmbeddedEventLoop()
        var ticks = 0
        let timer = LoopTimer(on: loop, every: .milliseconds(100)) { _ in
            ticks += 1
            return ticks % 3 != 0
        }
        loop.advanceTime(by: .seconds(1))
        #expect(ticks == 0)
        timer.arm()
        timer.arm()
        loop.advanceTime(by: .seconds(1))
        #expect(ticks == 3)
        timer.arm()
        timer.cancel()
        loop.advanceTime(by: .seconds(1))
        #expect(ticks == 3)
    }
}
