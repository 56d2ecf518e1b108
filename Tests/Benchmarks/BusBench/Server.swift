import Foundation
import Glibc
import ZeroMQ

/// The other process of a measurement, and the keys of both.
final class Server {
    let keys: String
    let endpoint: String
    private let process = Process()

    /// Starts a server for the length of `body`.
    static func with(_ kind: String, _ body: (Server) async throws -> Double) async throws -> Double {
        let server = try Server(kind)
        defer { server.stop() }
        return try await body(server)
    }

    private init(_ kind: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bus-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.keys = folder.path
        self.endpoint = "tcp://127.0.0.1:\(Int.random(in: 20_000...30_000))"
        try BusKeys.generate(in: self.keys)
        self.process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        self.process.arguments = ["serve", kind, self.keys, self.endpoint]
        try self.process.run()
    }

    private func stop() {
        kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: self.keys)
    }

    /// The CPU time that this process and the server have used, in microseconds.
    var cpuTime: Double { self.cpuReader() }

    /// Reads ``cpuTime`` on any thread.
    var cpuReader: @Sendable () -> Double {
        let server = self.process.processIdentifier
        return { Self.ownTime() + Self.time(of: server) }
    }

    private static func ownTime() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) * 1e6 + Double($0.tv_usec) }.reduce(0, +)
    }

    private static func time(of process: pid_t) -> Double {
        let path = "/proc/\(process)/stat"
        // Fields 14 and 15 are user and system time; the name, which may hold spaces, ends with the last parenthesis.
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) * 1e6 / Double(sysconf(CInt(_SC_CLK_TCK)))
    }
}
