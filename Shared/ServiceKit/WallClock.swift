import Glibc

/// The time of day, which the pure cores are told.
public enum WallClock {
    /// In milliseconds since 1970.
    public static func milliseconds() -> Int64 { self.microseconds() / 1_000 }

    /// In microseconds since 1970.
    ///
    /// Note: a `timespec` would do as well, but which module declares it depends on the order in which clang modules
    /// are loaded: NIO's shims or the C library's.
    public static func microseconds() -> Int64 {
        var time = timeval()
        gettimeofday(&time, nil)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec)
    }
}
