import Glibc
import Logging

/// The administrator's first token: made once, when there is none, and written to a file that only the owner can read.
enum FirstToken {
    static let name = "first-administrator"

    /// - Throws: ``FirstTokenError`` when the file cannot be written; the token is then not kept either.
    static func make(in tokens: Tokens, file path: String, at time: Int64, logger: Logger) async throws {
        guard tokens.records.isEmpty, let token = try await tokens.makeFirst(name: self.name, at: time) else { return }
        do throws(FirstTokenError) {
            try self.write(token + "\n", to: path)
        } catch {
            _ = try await tokens.remove(name: self.name)
            throw error
        }
        logger.notice("First administrator's token written", metadata: ["file": "\(path)"])
    }

    /// Writes a new file beside the old one and puts it in its place: it is never there half, nor readable for others.
    private static func write(_ text: String, to path: String) throws(FirstTokenError) {
        let draft = path + ".new"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .last(draft) }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, rename(draft, path) == 0 else { throw .last(path) }
    }
}

struct FirstTokenError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "the first administrator's token cannot be written to \(self.path): \(self.reason)" }

    static func last(_ path: String) -> FirstTokenError {
        FirstTokenError(path: path, reason: String(cString: strerror(errno)))
    }
}
