import Foundation

/// A folder for one test's files, gone when the test is over.
public final class Scratch: Sendable {
    public let folder: URL

    public init(_ name: String) throws {
        self.folder = FileManager.default.temporaryDirectory.appending(
            path: "isthmus-\(name)-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    deinit {
        if ProcessInfo.processInfo.environment["ISTHMUS_KEEP_SCRATCH"] == nil {
            try? FileManager.default.removeItem(at: self.folder)
        }
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
