import Glibc
import TLS

/// The file with the dialback secrets, which several replicas may share.
///
/// It is replaced as a whole: a new file is written beside it, brought to the disk, and put in its place. So whoever reads finds
/// the old secrets or the new ones, also when a process or the machine dies in between. Those that change it take turns by a
/// lock, which the system gives up for a process that dies.
struct SecretFile: Sendable {
    /// Shorter ones are typed by people and can be guessed.
    static let minimumLength = 16
    /// Of a secret that is made here: 256 bits.
    private static let randomLength = 32
    private static let sizeLimit = 4096

    let path: String
    /// Whether a missing file is made: for the first use, where nobody has set anything up.
    let isMadeWhenMissing: Bool
    /// For how long keys of a replaced secret stay valid, in milliseconds.
    var overlap: Int64 = 3_600_000

    /// Tells one state of the file from another: a file put in its place has another inode, or at least another time.
    struct Stamp: Equatable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    /// What is there now; `nil` if nothing is: about a microsecond.
    var stamp: Stamp? {
        var info = stat()
        guard lstat(self.path, &info) == 0 else { return nil }
        return Stamp(info)
    }

    /// Reads the secrets, or makes the first one.
    ///
    /// - Returns: The secrets, and whether they are new.
    func readOrMake(at now: Int64) throws(SecretFileError) -> (secrets: SecretSet, isNew: Bool) {
        if self.stamp != nil { return (try self.read(), false) }
        guard self.isMadeWhenMissing else { throw self.error("does not exist: make one with `openssl rand -hex 32`") }
        let steps = self.path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = steps.dropLast().joined(separator: "/")
        if !folder.isEmpty { mkdir(folder, 0o700) }
        // Of several replicas that start at the same time one makes it, and the others read what it made.
        let lock = try self.lock(waits: true)
        defer { close(lock) }
        if self.stamp != nil { return (try self.read(), false) }
        let secrets = SecretSet(current: try self.secret(try self.random(), createdAt: now), previous: nil)
        try self.write(secrets)
        return (secrets, true)
    }

    /// Replaces the secrets by what `change` makes of those that are there now; `nil` leaves them.
    ///
    /// - Throws: What `change` throws, or why the file cannot be changed: also when another process is just doing that.
    func update(_ change: (SecretSet) throws(SecretFileError) -> SecretSet?) throws(SecretFileError) -> SecretSet {
        let lock = try self.lock(waits: false)
        defer { close(lock) }
        let present = try self.read()
        guard let next = try change(present) else { return present }
        try self.write(next)
        return next
    }

    /// A new secret instead of the current one.
    func rotated(_ set: SecretSet, at now: Int64, overlap: Int64) throws(SecretFileError) -> SecretSet {
        let next = try self.random()
        do throws(TLSError) {
            return try set.rotated(to: next, at: now, overlap: overlap)
        } catch {
            throw self.error("\(error)")
        }
    }

    /// Reads a file that belongs to this process's user, that nobody else may read, and that is no link to another.
    func read() throws(SecretFileError) -> SecretSet {
        let file = open(self.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ELOOP { throw self.error("is a symbolic link: name the file itself") }
            throw self.systemError("read")
        }
        defer { close(file) }
        var info = stat()
        guard fstat(file, &info) == 0 else { throw self.systemError("read") }
        guard info.st_mode & S_IFMT == S_IFREG else { throw self.error("is no file") }
        guard info.st_uid == geteuid() else {
            throw self.error("belongs to user \(info.st_uid), not to this process's user \(geteuid()): `chown` it")
        }
        guard info.st_mode & 0o077 == 0 else {
            let mode = String(info.st_mode & 0o777, radix: 8)
            throw self.error("may be read by others (mode \(mode)): `chmod 600` it, and change the secret")
        }
        var content = [UInt8](repeating: 0, count: Self.sizeLimit + 1)
        var count = 0
        while count < content.count {
            let step = content.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if step < 0 && errno == EINTR { continue }
            guard step >= 0 else { throw self.systemError("read") }
            guard step > 0 else { break }
            count += step
        }
        guard count <= Self.sizeLimit else { throw self.error("is larger than \(Self.sizeLimit) bytes") }
        let stamp = Stamp(info)
        return try self.secrets(
            in: Array(content[..<count]),
            changedAt: Int64(stamp.seconds) * 1000 + Int64(stamp.nanoseconds) / 1_000_000
        )
    }

    /// 256 bits of OpenSSL's generator, in hexadecimal.
    private func random() throws(SecretFileError) -> [UInt8] {
        do throws(TLSError) {
            let bytes = try MessageAuthentication.randomBytes(Self.randomLength)
            return Array(MessageAuthentication.hexadecimal(of: bytes).utf8)
        } catch {
            throw self.error("cannot be made: \(error)")
        }
    }

    private func secret(_ bytes: [UInt8], createdAt: Int64) throws(SecretFileError) -> LiveSecret {
        do throws(TLSError) {
            return try LiveSecret(bytes, createdAt: createdAt)
        } catch {
            throw self.error("\(error)")
        }
    }

    func error(_ problem: String) -> SecretFileError { SecretFileError(path: self.path, problem: problem) }

    func systemError(_ verb: String) -> SecretFileError {
        self.error("cannot be \(verb): \(String(cString: strerror(errno)))")
    }
}

extension SecretFile.Stamp {
    init(_ info: stat) {
        self.init(
            device: UInt64(info.st_dev),
            inode: UInt64(info.st_ino),
            size: Int64(info.st_size),
            seconds: info.st_mtim.tv_sec,
            nanoseconds: info.st_mtim.tv_nsec
        )
    }
}

/// Why there is no dialback secret, or why it cannot be changed.
struct SecretFileError: Error, Equatable, CustomStringConvertible {
    let path: String
    let problem: String

    static let busy = "is just being changed by another process"
    /// It can be tried again at once.
    var isBusy: Bool { self.problem == Self.busy }

    var description: String { "the dialback secret \(self.path) \(self.problem)" }
}
