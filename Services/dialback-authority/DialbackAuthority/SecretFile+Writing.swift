import Glibc

/// How the file is replaced.
extension SecretFile {
    /// Puts `secrets` in the place of what is there; the caller holds the lock.
    func write(_ secrets: SecretSet) throws(SecretFileError) {
        let draft = "\(self.path).new"
        // Of a process that died here.
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw self.systemError("written") }
        let text = Self.text(of: secrets)
        let isWritten = Glibc.write(file, text, text.count) == text.count && fsync(file) == 0
        let problem = self.systemError("written")
        close(file)
        guard isWritten, rename(draft, self.path) == 0 else {
            let cause = isWritten ? self.systemError("written") : problem
            unlink(draft)
            throw cause
        }
        try self.syncFolder()
    }

    /// Brings the new name to the disk: without it a power cut may bring the old file back.
    private func syncFolder() throws(SecretFileError) {
        let steps = self.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let name = steps.isEmpty ? "." : steps == [""] ? "/" : steps.joined(separator: "/")
        let folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw self.systemError("brought to the disk") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw self.systemError("brought to the disk") }
    }

    /// Takes the lock of those that change the file: a file beside it, for the file itself is replaced.
    ///
    /// - Returns: A descriptor; the lock ends when it is closed, by whatever.
    func lock(waits: Bool) throws(SecretFileError) -> CInt {
        let lock = open("\(self.path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw self.systemError("changed") }
        var result: CInt
        repeat {
            result = flock(lock, LOCK_EX | (waits ? 0 : LOCK_NB))
        } while result != 0 && errno == EINTR
        guard result == 0 else {
            let isBusy = errno == EWOULDBLOCK
            let problem = self.systemError("changed")
            close(lock)
            throw isBusy ? self.error(SecretFileError.busy) : problem
        }
        return lock
    }
}
