import ArgumentParser
import Foundation
import Policy

/// What the Tab key offers: the words of an option, and the objects that this gateway has.
enum NameCompletion {
    static let flag = CompletionKind.list(["true", "false"])

    /// The names of the objects at a path of the API; nothing where it cannot be asked.
    static func objects(at path: String, named field: String) -> CompletionKind {
        .custom { words, _, prefix in
            do {
                let client = try Self.connection(in: words).client()
                let items = try await client.items(of: [path], cursor: "after", limit: Self.most)
                return items.compactMap { $0[field]?.summary }.filter { $0.hasPrefix(prefix) }
            } catch {
                return []
            }
        }
    }

    /// More than anybody looks through.
    private static let most = 1_000

    /// Where the command line that is being typed says that the API is.
    private static func connection(in words: [String]) throws -> Connection {
        func value(of option: String) -> [String] {
            guard let index = words.firstIndex(of: option), index + 1 < words.count else { return [] }
            return [option, words[index + 1]]
        }
        return try Connection.parse(value(of: "--api") + value(of: "--token-file"))
    }
}
