import Foundation
import Synchronization

/// A folder for one test's files, gone when the test is over; what lives as long as the process, such as an authority that many
/// tests share, is gone with the process.
public final class Scratch: Sendable {
    public let folder: URL

    /// Those that are there, to be removed at the end of the process.
    private static let living = Mutex<Set<URL>>([])
    private static let keepsAll = ProcessInfo.processInfo.environment["ISTHMUS_KEEP_SCRATCH"] != nil
    private static let cleansUpAtExit: Void = { atexit { Scratch.removeAll() } }()

    public init(_ name: String) throws {
        self.folder = FileManager.default.temporaryDirectory.appending(
            path: "isthmus-\(name)-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        guard !Self.keepsAll else { return }
        Self.cleansUpAtExit
        _ = Self.living.withLock { $0.insert(self.folder) }
    }

    deinit {
        guard Self.living.withLock({ $0.remove(self.folder) }) != nil else { return }
        try? FileManager.default.removeItem(at: self.folder)
    }

    private static func removeAll() {
        for folder in self.living.withLock({ $0 }) { try? FileManager.default.removeItem(at: folder) }
    }

    public func file(_ name: String) -> URL { self.folder.appending(path: name) }

    @discardableResult
    public func write(_ text: String, to name: String) throws -> URL {
        let file = self.file(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: file)
        return file
    }
}
