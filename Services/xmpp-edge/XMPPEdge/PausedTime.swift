import NIOCore
import Synchronization

/// How long peers were not read, all pauses together.
final class PausedTime: Sendable {
    private let nanoseconds = Atomic<Int64>(0)

    func add(_ time: TimeAmount) { self.nanoseconds.wrappingAdd(time.nanoseconds, ordering: .relaxed) }

    var seconds: Double { Double(self.nanoseconds.load(ordering: .relaxed)) / 1e9 }
}
