import Foundation

/// A program that a test starts and is sure to stop: a real peer, or one of our own services.
public final class ChildProcess: Sendable {
    private let process: Spawned
    private let name: String
    public let log: URL

    /// Starts `executable`; its output is appended to `log`.
    public init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        self.process = try Spawned(
            executable,
            arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            log: log.path
        )
        self.name = URL(filePath: executable).lastPathComponent
        self.log = log
    }

    public var isRunning: Bool { self.process.exitStatus == nil }
    public var pid: Int32 { self.process.pid }

    /// Its exit status, or 128 and the number of the signal that ended it; nil while it runs.
    public var exitStatus: Int32? { self.process.exitStatus }

    /// Asks it to end (SIGTERM) and waits.
    public func stop(within deadline: Duration = patience) async throws {
        guard self.process.signal(SIGTERM) else { return }
        try await self.waitForExit(within: deadline)
    }

    /// Ends it at once (SIGKILL).
    public func kill() { self.process.signal(SIGKILL) }

    /// Tells it to stop, and does not wait.
    public func terminate() { self.process.signal(SIGTERM) }

    public func waitForExit(within deadline: Duration = patience) async throws {
        try await eventually("\(self.name) to end", within: deadline) { !self.isRunning }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: its exit status and all it printed.
    public static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        within deadline: Duration = .seconds(120)
    ) async throws -> (status: Int32, output: String) {
        let log = FileManager.default.temporaryDirectory.appending(path: "isthmus-run-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let child = try ChildProcess(executable, arguments, environment: environment, log: log)
        try await child.waitForExit(within: deadline)
        return (child.exitStatus ?? -1, try String(decoding: Data(contentsOf: log), as: UTF8.self))
    }

    /// Runs a tool that is done in a moment, and throws away what it prints; blocks this thread.
    ///
    /// - Throws: ``ConditionNotMet`` when it ends with a failure.
    static func tool(_ executable: String, _ arguments: [String]) throws {
        let process = try Spawned(executable, arguments, environment: ProcessInfo.processInfo.environment)
        guard process.wait() == 0 else {
            throw ConditionNotMet(description: "\(executable) \(arguments.joined(separator: " ")) to succeed")
        }
    }
}
