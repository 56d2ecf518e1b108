import Foundation
import Testing

/// A case of the conformance corpus.
struct CorpusCase: Decodable, Sendable, CustomTestStringConvertible {
    struct File: Decodable, Sendable { let file: String }

    struct Expected: Decodable, Sendable {
        var condition: String?
        var alternatives: [String]?
        var status_any_of: [Int]?
        var authorisation: String?
        var well_formed: Bool?
        var root: String?
        var basic_values: [String]?
    }

    let id: String
    let title: String
    let licence: String
    let direction: String?
    let input: [File]
    let expected_output: [File]
    let expected: Expected

    /// The folder of its manifest.
    var folder = URL(filePath: "/")

    enum CodingKeys: String, CodingKey { case id, title, licence, direction, input, expected_output, expected }

    var testDescription: String { "\(self.id): \(self.title)" }
}

extension CorpusCase {
    /// The bytes of its input whose name ends so; of its first input by default.
    func input(_ suffix: String = "") throws -> [UInt8] {
        let file = try #require(self.input.first { $0.file.hasSuffix(suffix) }, "no input \(suffix)")
        return Array(try Data(contentsOf: self.folder.appending(path: file.file)))
    }

    func text(_ suffix: String = "") throws -> String { String(decoding: try self.input(suffix), as: UTF8.self) }

    func output(_ suffix: String = "") throws -> String {
        let file = try #require(self.expected_output.first { $0.file.hasSuffix(suffix) }, "no output \(suffix)")
        return String(decoding: try Data(contentsOf: self.folder.appending(path: file.file)), as: UTF8.self)
    }

    /// The number under `key` in the JSON of its input.
    func number(_ key: String) throws -> Int {
        let object = try JSONSerialization.jsonObject(with: Data(try self.input())) as? [String: Any]
        return try #require(object?[key] as? Int)
    }
}

/// Where the cases are.
enum Corpus {
    /// The copies that lie beside the tests.
    static let copied = Self.cases(in: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors"))

    /// The cases that may not be copied.
    static let others = Self.folder.map { Self.cases(in: $0).filter { !$0.licence.hasPrefix("RFC-") } } ?? []

    static let folder = ProcessInfo.processInfo.environment["ISTHMUS_CORPUS"].map { URL(filePath: $0) }

    private struct Manifest: Decodable { let cases: [CorpusCase] }

    private static func cases(in root: URL) -> [CorpusCase] {
        ["3-sip-xmpp-interworking", "5-hostile"].flatMap { area in
            let folder = root.appending(path: area)
            guard let data = try? Data(contentsOf: folder.appending(path: "manifest.json")),
                let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
            else { return [CorpusCase]() }
            return manifest.cases.filter { CorpusTests.concerns($0.id) }.map { one in
                var one = one
                one.folder = folder
                return one
            }
        }
    }
}
