import Glibc

/// The measurements every service has of its own process, under the names that Prometheus' client libraries agree on.
package enum ProcessMetrics {
    package static func register(in registry: MetricsRegistry, service: String, version: String) {
        let start = Double(Timestamp.now().microseconds) / 1e6
        registry.observe("process_start_time_seconds", help: "When the process started, in seconds since 1970.") {
            start
        }
        registry.observe("process_cpu_seconds_total", help: "CPU time used, user and system.", counts: true) {
            self.cpuSeconds()
        }
        registry.observe("process_resident_memory_bytes", help: "Memory of the process that is in RAM.") {
            self.residentBytes()
        }
        registry.observe("process_open_fds", help: "Open file descriptors.") { self.openDescriptors() }
        registry.observe("process_max_fds", help: "How many file descriptors the process may have.") {
            Double(OpenFiles.limit)
        }
        registry.gauge(
            "isthmus_build_info",
            help: "Always 1; its labels say what runs.",
            labels: ["service": service, "version": version]
        ).set(1)
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The second number of `/proc/self/statm`, which counts pages.
    private static func residentBytes() -> Double {
        guard let statm = try? SmallFile.read("/proc/self/statm", limit: 4_096) else { return 0 }
        let fields = String(decoding: statm, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return 0 }
        return pages * Double(sysconf(CInt(_SC_PAGESIZE)))
    }

    private static func openDescriptors() -> Double {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the descriptor of the folder itself.
        return Double(max(0, count - 3))
    }
}
