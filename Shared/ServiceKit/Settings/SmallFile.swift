import Glibc

/// Why a file could not be read.
public enum FileReadError: Error, Sendable, CustomStringConvertible {
    case failed(reason: String)
    case tooLarge(limit: Int)

    public var description: String {
        switch self {
        case .failed(let reason): "it cannot be read: \(reason)"
        case .tooLarge(let limit): "it is larger than \(limit) bytes"
        }
    }
}

/// Reads the small files of the start: settings and secrets.
public enum SmallFile {
    /// No settings file and no certificate bundle comes near it.
    public static let configurationLimit = 1 << 20

    public static func read(_ path: String, limit: Int) throws(FileReadError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .failed(reason: String(cString: strerror(errno))) }
            guard count > 0 else { return content }
            content += buffer[..<count]
            guard content.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }
}
