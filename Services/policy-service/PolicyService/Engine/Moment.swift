import Glibc

/// A moment by two clocks.
struct Moment: Equatable, Sendable {
    /// Milliseconds since 1970: for people.
    var wall: Int64
    /// Milliseconds of a clock that is never set: for deadlines.
    var monotonic: Int64

    static func now() -> Moment { Moment(wall: self.read(CLOCK_REALTIME), monotonic: self.read(CLOCK_MONOTONIC)) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
