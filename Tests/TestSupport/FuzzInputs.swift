import Foundation

/// What the fuzzers of `Tests/Fuzz` begin with, and the inputs at which one of them once failed.
public enum FuzzInputs {
    /// The inputs of a fuzzer, by the names of their files.
    ///
    /// - Throws: A failure to read a file that is there.
    public static func of(_ fuzzer: String) throws -> [(name: String, bytes: [UInt8])] {
        let tests = (0..<2).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return try ["Seeds", "FailCases"].flatMap { kind in
            let folder = tests.appending(path: "Fuzz/\(kind)/\(fuzzer)")
            let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            return try (files ?? []).map { ("\(kind)/\($0.lastPathComponent)", Array(try Data(contentsOf: $0))) }
        }
    }
}
