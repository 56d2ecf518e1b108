import Glibc
import Logging

/// How many files and sockets this process may have open.
package enum OpenFiles {
    /// What a process needs besides the connections it serves: the bus, stores, logs, DNS.
    static let reserve = 200

    /// The limit in force (`RLIMIT_NOFILE`).
    package static var limit: Int { self.limits().current }

    /// Raises the limit to the most that whoever started the process allows: a login or a unit begins with 1024, which an
    /// edge has used up long before its own limits are reached.
    ///
    /// Nothing here calls `select()`, for which alone the low limit is kept
    /// ([setrlimit(2)](https://manpages.debian.org/bookworm/manpages-dev/setrlimit.2.en.html)).
    package static func raise() {
        let (current, most) = self.limits()
        guard current < most else { return }
        var limit = rlimit(rlim_cur: rlim_t(most), rlim_max: rlim_t(most))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func limits() -> (current: Int, most: Int) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
    }
}

extension ServiceContext {
    /// Warns when the system will not let this process have the connections that its settings allow: those beyond would
    /// wait unanswered.
    ///
    /// - Parameter connections: The limit of inbound connections.
    public func expectConnections(_ connections: Int) {
        let wanted = connections + OpenFiles.reserve
        guard wanted > OpenFiles.limit else { return }
        self.logger.warning(
            "Fewer file descriptors than connections are allowed",
            metadata: ["descriptors.limit": "\(OpenFiles.limit)", "descriptors.wanted": "\(wanted)"]
        )
    }
}
