import Foundation
import Synchronization

/// A process of our own making, by `posix_spawn`, with nothing open but what it is given.
///
/// Not Foundation's `Process`: in 6.3 its `run()` crashes once in a while, in memory of its own, and it takes a child for
/// running as long as a grandchild holds one of its files.
final class Spawned: Sendable {
    let pid: pid_t
    /// How it ended, once somebody has looked: only then may its number belong to another process.
    private let status = Mutex<Int32?>(nil)

    /// Starts `executable` with its standard input empty and its output appended to `log`.
    ///
    /// - Throws: ``ConditionNotMet`` when there is no such program.
    init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String],
        log: String = "/dev/null"
    ) throws {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO)
        for open in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let open = Int32(open), open > STDERR_FILENO { posix_spawn_file_actions_addclose(&files, open) }
        }

        // Its signals are as they are in a fresh shell, whatever this process ignores or blocks.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let failure = posix_spawn(&pid, executable, &files, &attributes, &argv, &envp)
        guard failure == 0 else {
            throw ConditionNotMet(description: "\(executable) to start: \(String(cString: strerror(failure)))")
        }
        self.pid = pid
    }

    deinit {
        guard self.signal(SIGKILL) else { return }
        self.wait()
    }

    /// Its exit status, or 128 and the number of the signal that ended it, as a shell has it; nil while it runs.
    var exitStatus: Int32? { self.reap(WNOHANG) }

    /// Waits for its end; blocks this thread.
    @discardableResult
    func wait() -> Int32 { self.reap(0) ?? -1 }

    /// Sends it `signal`, if it has not ended.
    @discardableResult
    func signal(_ signal: Int32) -> Bool {
        guard self.exitStatus == nil else { return false }
        return self.status.withLock { $0 == nil && kill(self.pid, signal) == 0 }
    }

    private func reap(_ options: Int32) -> Int32? {
        self.status.withLock { known in
            if let known { return known }
            var raw: Int32 = 0
            var reaped = waitpid(self.pid, &raw, options)
            while reaped == -1, errno == EINTR { reaped = waitpid(self.pid, &raw, options) }
            guard reaped == self.pid else { return nil }
            // The macros of wait(2): the signal is in the low seven bits, the status of an exit in the next byte.
            let ended = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
            known = ended
            return ended
        }
    }
}
