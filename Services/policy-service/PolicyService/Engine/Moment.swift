import NIOCore
import ServiceKit

/// A moment by two clocks.
struct Moment: Equatable, Sendable {
    /// Milliseconds since 1970: for people.
    var wall: Int64
    /// Milliseconds of a clock that is never set: for deadlines.
    var monotonic: Int64

    /// The second as swift-nio has it.
    var deadline: NIODeadline { .uptimeNanoseconds(UInt64(max(0, self.monotonic)) * 1_000_000) }

    static func now() -> Moment {
        Moment(
            wall: WallClock.milliseconds(),
            monotonic: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)
        )
    }
}
