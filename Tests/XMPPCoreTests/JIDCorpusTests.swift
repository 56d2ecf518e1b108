import Foundation
import Testing
import XMPPCore

/// Where the cases are.
private enum Corpus {
    static let folder = ProcessInfo.processInfo.environment["ISTHMUS_CORPUS"].map {
        URL(filePath: $0).appending(path: "2-xmpp-stream")
    }
}

/// The addresses of the conformance corpus, which others wrote (RFC 7622, jxmpp); they are read where they lie, because not
/// all may be copied.
@Suite("Addresses of the corpus", .enabled(if: Corpus.folder != nil, "ISTHMUS_CORPUS is not set"))
struct JIDCorpusTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct File: Decodable, Sendable { let file: String }
        struct Expected: Decodable, Sendable { let valid: Bool? }

        let id: String
        let title: String
        let input: [File]
        let expected: Expected

        var testDescription: String { "\(self.id): \(self.title)" }
    }

    private struct Manifest: Decodable { let cases: [Case] }
    private struct Address: Decodable { let jid: String }

    static let cases: [Case] = {
        guard let folder = Corpus.folder, let data = try? Data(contentsOf: folder.appending(path: "manifest.json")),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { return [] }
        return manifest.cases.filter { $0.id.hasPrefix("jid-") && $0.expected.valid != nil }
    }()

    /// RFC 7622 §3.5 calls a leading space wrong (example 18), but OpaqueString, which §3.4 demands, allows it (RFC 8265
    /// §4.2); it is taken, as other servers do.
    static let decided = ["jid-rfc7622-18"]

    @Test("Each is taken or refused as it should be", arguments: cases)
    func address(one: Case) throws {
        let file = try #require(one.input.first?.file)
        let folder = try #require(Corpus.folder)
        let data = try Data(contentsOf: folder.appending(path: file))
        let text = try JSONDecoder().decode(Address.self, from: data).jid
        let isValid = (try? JID(parsing: text)) != nil
        #expect(isValid == (one.expected.valid == true || Self.decided.contains(one.id)))
    }
}
