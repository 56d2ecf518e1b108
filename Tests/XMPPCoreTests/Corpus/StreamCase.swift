import Foundation
import Testing

/// A case of the conformance corpus that concerns streams and addresses.
struct StreamCase: Sendable, CustomTestStringConvertible {
    let id: String
    let title: String
    let licence: String
    let files: [URL]
    /// The stream errors one of which is the answer; empty where none is.
    let errors: [String]
    let outcome: String
    let isValid: Bool?

    var testDescription: String { "\(self.id): \(self.title)" }

    /// The bytes of the file of this name, or of the first of these names that there is.
    func bytes(_ names: String...) throws -> [UInt8] {
        let file = names.lazy.compactMap { name in self.files.first { $0.lastPathComponent == name } }.first
        return Array(try Data(contentsOf: try #require(file ?? self.files.first)))
    }

    /// The value of `key` in the JSON of its input.
    func value<Value>(_ key: String, _ type: Value.Type = Value.self) throws -> Value {
        let object = try JSONSerialization.jsonObject(with: Data(try self.bytes())) as? [String: Any]
        return try #require(object?[key] as? Value)
    }
}

/// Where the cases are.
enum StreamCorpus {
    /// The copies beside the tests.
    static let copied = Self.cases(
        in: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Vectors")
    )

    /// The cases that may not be copied.
    static let others = Self.folder.map { Self.cases(in: $0).filter { !$0.licence.hasPrefix("RFC-") } } ?? []

    /// The folder that `ISTHMUS_CORPUS` names, or the one beside the checkout.
    static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["ISTHMUS_CORPUS"] { return URL(filePath: path) }
        let checkout = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let beside = checkout.deletingLastPathComponent().appending(path: "shared/corpus/open")
        return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
    }()

    private static func cases(in root: URL) -> [StreamCase] {
        ["2-xmpp-stream", "5-hostile"].flatMap { area -> [StreamCase] in
            let folder = root.appending(path: area)
            guard let data = try? Data(contentsOf: folder.appending(path: "manifest.json")),
                let manifest = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                let cases = manifest["cases"] as? [[String: Any]]
            else { return [] }
            return cases.compactMap { Self.read($0, folder) }.filter { StreamCorpusTests.check(of: $0.id) != nil }
        }
    }

    private static func read(_ one: [String: Any], _ folder: URL) -> StreamCase? {
        guard let id = one["id"] as? String, let licence = one["licence"] as? String,
            let input = one["input"] as? [[String: Any]], let expected = one["expected"] as? [String: Any]
        else { return nil }
        // Cases for both protocols keep what concerns XMPP under a key of its own.
        let own = expected["xmpp"] as? [String: Any] ?? expected
        return StreamCase(
            id: id,
            title: one["title"] as? String ?? "",
            licence: licence,
            files: input.compactMap { ($0["file"] as? String).map { folder.appending(path: $0) } },
            errors: own["stream_error_any_of"] as? [String] ?? expected["xmpp"] as? [String] ?? [],
            outcome: own["outcome"] as? String ?? "",
            isValid: expected["valid"] as? Bool
        )
    }
}
