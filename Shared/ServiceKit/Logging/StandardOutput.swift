import Glibc
import Synchronization

/// Standard output, one whole piece at a time.
public enum StandardOutput {
    private static let lock = Mutex(())

    public static func write(_ text: String) {
        self.write(Array(text.utf8))
    }

    public static func write(_ bytes: [UInt8]) {
        self.lock.withLock { _ in FileDescriptor.write(bytes, to: STDOUT_FILENO) }
    }
}

/// Standard error, for what a person at a terminal must read before there is a log.
public enum StandardError {
    public static func write(_ text: String) {
        FileDescriptor.write(Array(text.utf8), to: STDERR_FILENO)
    }
}

private enum FileDescriptor {
    static func write(_ bytes: [UInt8], to descriptor: CInt) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
