import Foundation
import Glibc
import TLS

/// Each step is on the disk before the next one begins, so that a crash between any two leaves what the next start needs.
extension MasterKeyFile {
    /// Whether a replacement has begun and has not ended.
    var isBeingReplaced: Bool { FileManager.default.fileExists(atPath: self.nextPath) }

    /// Makes the key that is to take the place of the current one, and lets it wait.
    func makeNext() throws -> MasterKey { try self.make(at: self.nextPath) }

    /// Puts the waiting key in its place.
    func finishReplacement() throws {
        if FileManager.default.fileExists(atPath: self.path) { try self.move(self.path, to: self.replacedPath) }
        try self.move(self.nextPath, to: self.path)
    }

    /// Makes a key in a file of its owner's alone: complete, or not there.
    func make(at path: String) throws -> MasterKey {
        let contents = try MasterKey.generate()
        let draft = "\(path).draft"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw self.systemError(path) }
        let isWritten = Glibc.write(file, contents, contents.count) == contents.count && fsync(file) == 0
        let failure = self.systemError(path)
        close(file)
        guard isWritten else {
            unlink(draft)
            throw failure
        }
        try self.move(draft, to: path)
        return try MasterKey(contents: contents)
    }

    private func move(_ old: String, to new: String) throws {
        guard rename(old, new) == 0 else { throw self.systemError(new) }
        let folder = open(URL(filePath: new).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        guard folder >= 0, fsync(folder) == 0 else { throw self.systemError(new) }
    }

    private func systemError(_ path: String) -> MasterKeyFileError {
        .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
}
