import Foundation

/// A program that a test starts and is sure to stop: a real peer, or one of our own services.
public final class ChildProcess: Sendable {
    private let process: Process
    public let log: URL

    /// Starts `executable`; its output goes to `log`.
    public init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        self.process = process
        self.log = log
    }

    deinit { self.kill() }

    public var isRunning: Bool { self.process.isRunning }
    public var pid: Int32 { self.process.processIdentifier }
    public var exitStatus: Int32 { self.process.terminationStatus }

    /// Asks it to end (SIGTERM) and waits.
    public func stop(within deadline: Duration = .seconds(20)) async throws {
        guard self.process.isRunning else { return }
        self.process.terminate()
        try await self.waitForExit(within: deadline)
    }

    /// Ends it at once (SIGKILL).
    public func kill() {
        if self.process.isRunning { Foundation.kill(self.process.processIdentifier, SIGKILL) }
    }

    public func waitForExit(within deadline: Duration) async throws {
        try await eventually("\(self.process.executableURL?.lastPathComponent ?? "process") to end", within: deadline) {
            !self.process.isRunning
        }
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
        return (child.exitStatus, try String(decoding: Data(contentsOf: log), as: UTF8.self))
    }
}
