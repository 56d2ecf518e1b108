import Glibc
import ServiceKit
import TLS

/// The file with the dialback secret: the current one in the first line, in the second the previous one while it is
/// still accepted.
struct SecretFile: Sendable {
    /// Shorter ones are typed by people and can be guessed.
    static let minimumLength = 16
    /// Of a secret that is made here: 256 bits.
    private static let randomLength = 32
    private static let sizeLimit = 4096

    let path: String
    /// Whether a missing file is made: for the first use, where nobody has set anything up.
    let isMadeWhenMissing: Bool

    /// What is in the file.
    struct Secrets: Equatable, Sendable {
        let current: [UInt8]
        let previous: [UInt8]?
    }

    /// Reads the secrets, or makes the first one.
    ///
    /// - Returns: The secrets, and whether they are new.
    func read() throws(SecretFileError) -> (secrets: Secrets, isNew: Bool) {
        if access(self.path, F_OK) == 0 { return (try self.parse(), false) }
        guard self.isMadeWhenMissing else { throw self.error("does not exist: make one with `openssl rand -hex 32`") }
        return (try self.make(), true)
    }

    private func parse() throws(SecretFileError) -> Secrets {
        let content: [UInt8]
        do throws(FileReadError) {
            content = try SmallFile.read(self.path, limit: Self.sizeLimit)
        } catch {
            throw self.error("\(error)")
        }
        let lines = content.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map { Array($0) }
        guard (1...2).contains(lines.count) else {
            throw self.error(
                "holds \(lines.count) lines instead of the secret and, in a second line, the previous one"
            )
        }
        guard lines.allSatisfy({ $0.count >= Self.minimumLength }) else {
            throw self.error("holds a secret of fewer than \(Self.minimumLength) characters")
        }
        return Secrets(current: lines[0], previous: lines.count > 1 ? lines[1] : nil)
    }

    /// Makes a secret; of several replicas that do so at the same time one wins, and the others read what it made.
    private func make() throws(SecretFileError) -> Secrets {
        let secret: [UInt8]
        do throws(TLSError) {
            secret = Array(
                MessageAuthentication.hexadecimal(of: try MessageAuthentication.randomBytes(Self.randomLength)).utf8
            )
        } catch {
            throw self.error("\(error)")
        }
        let steps = self.path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = steps.dropLast().joined(separator: "/")
        if !folder.isEmpty { mkdir(folder, 0o700) }
        let draft = "\(self.path).\(getpid())"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw self.systemError() }
        let line = secret + [UInt8(ascii: "\n")]
        let isWritten = write(file, line, line.count) == line.count && fsync(file) == 0
        close(file)
        defer { unlink(draft) }
        guard isWritten else { throw self.systemError() }
        guard link(draft, self.path) != 0 else { return Secrets(current: secret, previous: nil) }
        guard errno == EEXIST else { throw self.systemError() }
        return try self.parse()
    }

    private func error(_ problem: String) -> SecretFileError { SecretFileError(path: self.path, problem: problem) }

    private func systemError() -> SecretFileError {
        self.error("cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// Why there is no dialback secret.
struct SecretFileError: Error, Equatable, CustomStringConvertible {
    let path: String
    let problem: String

    var description: String { "the dialback secret \(self.path) \(self.problem)" }
}
