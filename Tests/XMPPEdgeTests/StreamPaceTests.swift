import NIOCore
import Testing
import XMPPCore

@testable import XMPPEdge

@Suite("The pace of a stream, and the number of streams")
struct StreamPaceTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    private static func limits() -> Limits {
        var limits = Limits()
        limits.byteRate = 1_000
        limits.byteBurst = 2_000
        limits.stanzaRate = 10
        limits.stanzaBurst = 20
        return limits
    }

    /// At, bytes, stanzas, and the pause in milliseconds; none where the peer may go on.
    static let reads: [[(Int64, Int, Int, pause: Int64?)]] = [
        // A burst passes, what is beyond it is paid for in time.
        [(0, 2_000, 1, nil), (0, 500, 0, 500), (500, 0, 0, nil), (500, 1_000, 0, 1_000)],
        // Many small stanzas cost as many, however few their bytes.
        [(0, 20, 20, nil), (0, 1, 1, 100), (100, 5, 5, 500)],
        // A pause is never so short that its timer costs more than it saves.
        [(0, 2_001, 0, 10)],
        // Time fills the bucket up to the burst only.
        [(0, 2_000, 0, nil), (3_600_000, 2_000, 0, nil), (3_600_000, 100, 0, 100)],
    ]

    @Test("A burst passes, then the rate is kept by pauses", arguments: reads)
    func pace(_ reads: [(Int64, Int, Int, pause: Int64?)]) {
        var pace = StreamPace(Self.limits())
        for (time, bytes, stanzas, expected) in reads {
            let pause = pace.read(bytes: bytes, stanzas: stanzas, at: Self.at(time))?.pause
            #expect(pause == expected.map { .milliseconds($0) }, "at \(time)")
        }
    }

    @Test("Streams are counted by partner, and follow a domain that moves to another partner")
    func counts() {
        var counts = StreamCounts()
        let (a, b) = (DomainPair(local: "l", remote: "a"), DomainPair(local: "l", remote: "b"))
        counts.began(a, with: "p")
        counts.began(a, with: "p")
        counts.began(b, with: "p")
        #expect(counts.total == 3 && counts.streams(with: "p") == 3)
        // The partner of b is another one now.
        counts.regroup { $0 == b ? "q" : "p" }
        #expect(counts.total == 3 && counts.streams(with: "p") == 2 && counts.streams(with: "q") == 1)
        counts.ended(b, with: "q")
        counts.ended(b, with: "q")
        counts.ended(a, with: "p")
        #expect(counts.total == 1 && counts.streams(with: "p") == 1 && counts.streams(with: "q") == 0)
        counts.attemptBegan(to: "p")
        counts.attemptBegan(to: "p")
        counts.attemptEnded(to: "p")
        #expect(counts.attempts(to: "p") == 1 && counts.streams(with: "p") == 1)
    }
}
