import Foundation
import Synchronization
import TestSupport
import Testing

@testable import XMPPEdge

/// How long a soak is, and what it may cost.
private enum SoakSize {
    private static let environment = ProcessInfo.processInfo.environment
    /// Even: each direction has half.
    static let count = max(2, (Self.environment["ISTHMUS_SOAK_COUNT"].flatMap { Int($0) } ?? 4_000) & ~1)
    static let seed = Self.environment["ISTHMUS_SOAK_SEED"].flatMap { UInt64($0) } ?? 1
    /// Beyond it, memory is looked at as well.
    static let long = 100_000
    static let minutes = 3 + Self.count / 5_000
    /// What the process may have more at the end than when a fifth was done, in kB.
    static let growth = 16_384
}

/// A few thousand messages with every run of the tests; a million with `make soak`.
@Suite("Streams that break again and again", .timeLimit(.minutes(SoakSize.minutes)))
struct SoakTests {
    @Test("Every message arrives in the order of its pair or is bounced, once; none is lost, and memory stays flat")
    func soak() async throws {
        let soak = try await Soak(count: SoakSize.count, seed: SoakSize.seed)
        try await soak.run { Self.show($0) }
        let state = soak.state.withLock { $0 }
        #expect(state.violations == [])
        #expect(state.settled == SoakSize.count)
        #expect(state.breaks > 0)
        for ledger in state.ledgers {
            #expect(ledger.underWay == 0)
            #expect(ledger.delivered == ledger.taken + ledger.both, "delivered, bounced or both; nothing else")
            #expect(ledger.taken > 0)
        }
        if SoakSize.count >= SoakSize.long, let early = state.samples.dropFirst().first, let late = state.samples.last {
            #expect(late.residentKB < early.residentKB + SoakSize.growth)
        }
        try await soak.stop()
    }

    /// One line for each tenth of a long run.
    private static func show(_ state: Soak.State) {
        guard SoakSize.count >= SoakSize.long else { return }
        func sum(_ value: (SoakLedger) -> Int) -> Int { state.ledgers.reduce(0) { $0 + value($1) } }
        let line =
            "soak: \(state.settled) of \(SoakSize.count): \(sum(\.taken)) delivered, \(sum(\.bounced)) bounced, of them \(sum(\.both)) "
            + "delivered too; \(state.breaks) breaks, \(state.violations.count) violations, "
            + "\((state.samples.last?.residentKB ?? 0) / 1024) MB resident\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}
