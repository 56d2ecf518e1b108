import Foundation
import Synchronization
import TestSupport

/// A SIPp that plays a scenario of the folder `SIPp` and writes a log.
final class SIPpProcess: Sendable {
    private let arguments: [String]
    private let log: URL
    private let output: URL
    private let process = Mutex<ChildProcess?>(nil)

    init(_ scenario: String, _ arguments: [String], in world: World, startsNow: Bool = true) throws {
        self.log = world.scratch.file("\(scenario).sipp")
        self.output = world.scratch.file("\(scenario).out")
        self.arguments =
            arguments + [
                "-sf", MixedSoak.scenario(scenario), "-nostdin", "-aa", "-trace_logs", "-log_file", self.log.path,
            ]
        if startsNow { try self.start() }
    }

    func start() throws {
        let process = try ChildProcess("/usr/bin/sipp", self.arguments, log: self.output)
        self.process.withLock { $0 = process }
    }

    /// All it has logged, line by line.
    var lines: [Substring] {
        ((try? String(contentsOf: self.log, encoding: .utf8)) ?? "").split(separator: "\n")
    }

    /// Waits until it has done what it was told, or ends it after its present call.
    func finish() async throws {
        guard let process = self.process.withLock({ $0 }) else { return }
        do { try await process.waitForExit(within: .seconds(20)) } catch {
            Foundation.kill(process.pid, SIGUSR1)
            try await process.waitForExit(within: .seconds(50))
        }
    }
}
