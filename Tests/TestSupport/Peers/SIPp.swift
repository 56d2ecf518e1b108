import Foundation

/// A run of SIPp with one of the scenarios in `Tests/FederationTests/SIPp`.
public final class SIPp: Sendable {
    public static let executable = "/usr/bin/sipp"
    private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "FederationTests/SIPp")

    private let scratch: Scratch
    private let process: ChildProcess

    /// Starts it: over TCP, at `address` and `port`; with `remote` it begins, without it waits for what comes.
    public init(
        _ scenario: String,
        at address: String,
        port: Int = 5060,
        remote: String? = nil,
        _ arguments: [String] = []
    ) throws {
        let scratch = try Scratch("sipp")
        self.scratch = scratch
        func file(_ name: String) -> String { scratch.file(name).path }
        let place = ["-t", "t1", "-i", address, "-p", "\(port)", "-nostdin", "-aa"]
        let traces = ["-trace_logs", "-log_file", file("told"), "-trace_err", "-error_file", file("errors")]
        self.process = try ChildProcess(
            Self.executable,
            (remote.map { [$0] } ?? []) + ["-sf", Self.scenarios.appending(path: "\(scenario).xml").path]
                + place + traces + arguments,
            log: scratch.file("out")
        )
    }

    deinit { self.process.kill() }

    /// The last word of each line that the scenario logs.
    public var told: [String] {
        let text = (try? String(contentsOf: self.scratch.file("told"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    }

    /// What was not as the scenario has it.
    public var errors: String {
        let text = (try? String(contentsOf: self.scratch.file("errors"), encoding: .utf8)) ?? ""
        return String(text.suffix(3_000))
    }

    /// Has one that waits for what comes end when its calls have ended, as each question for a sign of life is one; its exit status.
    public func finish(within deadline: Duration = .seconds(60)) async throws -> Int32 {
        Foundation.kill(self.process.pid, SIGUSR1)
        return try await self.result(within: deadline)
    }

    /// Its exit status once it has ended: 0 when all came that it waits for, its checks held, and nothing else came.
    public func result(within deadline: Duration = .seconds(60)) async throws -> Int32 {
        try await self.process.waitForExit(within: deadline)
        return self.process.exitStatus ?? -1
    }
}
