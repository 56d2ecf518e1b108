import Foundation

/// The working tree these tests were compiled from.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All files below `folder` whose name ends in one of `endings`, in order.
    static func files(below folder: String, endingIn endings: String...) -> [URL] {
        let files = FileManager.default.enumerator(
            at: self.root.appending(path: folder),
            includingPropertiesForKeys: nil,
            options: [.skipsHiddenFiles]
        )
        return (files?.compactMap { $0 as? URL } ?? [])
            .filter { file in endings.contains { file.lastPathComponent.hasSuffix($0) } }
            .sorted { $0.path < $1.path }
    }

    /// The path of `file` from the root of the tree.
    static func path(of file: URL) -> String {
        String(file.path.dropFirst(self.root.path.count + 1))
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: self.root.appending(path: path), encoding: .utf8)
    }

    /// The code of a Swift file: without its comment lines.
    static func code(of file: URL) throws -> String {
        try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") }
            .joined(separator: "\n")
    }
}
