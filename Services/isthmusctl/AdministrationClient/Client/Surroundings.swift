import Foundation

/// Where the API and the token are, if nobody says: the environment, then `.isthmus/env` here or in a folder above.
struct Surroundings: Sendable {
    static let defaultEndpoint = "http://127.0.0.1:8080"

    private let values: [String: String]

    init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        folder: URL = URL(filePath: FileManager.default.currentDirectoryPath)
    ) {
        self.values = Self.file(near: folder).merging(environment.filter { !$0.value.isEmpty }) { $1 }
    }

    func endpoint(_ given: String?) throws -> URL {
        let text = given ?? self.values["ISTHMUS_API"] ?? Self.defaultEndpoint
        let full = text.contains("://") ? text : "http://\(text)"
        guard let url = URL(string: full.hasSuffix("/") ? String(full.dropLast()) : full), url.host != nil,
            ["http", "https"].contains(url.scheme)
        else { throw ClientError.badEndpoint(text) }
        return url
    }

    func token(_ given: String?) throws -> (text: String, file: String) {
        guard let path = given ?? self.values["ISTHMUS_TOKEN_FILE"] else {
            throw ClientError.noToken(looked: "neither --token-file nor ISTHMUS_TOKEN_FILE names a file")
        }
        let text = String(decoding: try contents(of: path), as: UTF8.self)
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw ClientError.noToken(looked: "the file \(path) is empty") }
        return (token, path)
    }

    /// Lines `KEY=value` of the nearest `.isthmus/env`.
    private static func file(near folder: URL) -> [String: String] {
        var folder = folder.standardizedFileURL
        while true {
            let file = folder.appending(path: ".isthmus/env")
            if let text = try? String(contentsOf: file, encoding: .utf8) { return self.lines(text) }
            let above = folder.deletingLastPathComponent().standardizedFileURL
            guard above.path != folder.path, folder.path != "/" else { return [:] }
            folder = above
        }
    }

    private static func lines(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, !line.hasPrefix("#") else { continue }
            let name = parts[0].trimmingPrefix("export ")
            values[String(name)] = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"' "))
        }
        return values
    }
}
