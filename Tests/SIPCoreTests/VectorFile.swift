import Foundation

/// Files of `Vectors` and of the conformance corpus.
enum VectorFile {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
    /// Where the cases lie that may not be copied.
    static let corpus = ProcessInfo.processInfo.environment["ISTHMUS_CORPUS"].map { URL(filePath: $0) }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appending(path: name)))
    }

    static func corpusBytes(_ name: String) throws -> [UInt8] {
        guard let corpus = self.corpus else { return [] }
        return Array(try Data(contentsOf: corpus.appending(path: name)))
    }

    /// The cases of an area of the corpus, without those that are copied here.
    static func corpusCases(_ area: String) -> [CorpusCase] {
        struct Manifest: Decodable { let cases: [CorpusCase] }
        guard
            let data = try? Data(
                contentsOf: self.corpus?.appending(path: "\(area)/manifest.json") ?? URL(filePath: "/")
            ),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { return [] }
        return manifest.cases.filter { !$0.licence.hasPrefix("RFC-") }.map { one in
            var one = one
            one.area = area
            return one
        }
    }
}

/// A case of the corpus, as far as these tests look at it.
struct CorpusCase: Decodable, Sendable {
    struct Input: Decodable, Sendable { let file: String }
    struct Expected: Decodable, Sendable {
        let kind: String?
        let parse: String?
    }

    let id: String
    let licence: String
    let input: [Input]
    let expected: Expected
    var area = ""

    enum CodingKeys: String, CodingKey { case id, licence, input, expected }
}
