import Foundation
import FoundationNetworking
import Policy

/// Talks to policy-service's API.
struct APIClient: Sendable {
    /// cert-service and dns-publisher may take their time behind it.
    private static let timeout: TimeInterval = 120

    let base: URL
    private let token: String
    /// Where the token is from, for people.
    private let tokenFile: String
    private let session: URLSession

    init(base: URL, token: String, tokenFile: String) {
        (self.base, self.token, self.tokenFile) = (base, token, tokenFile)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = Self.timeout
        self.session = URLSession(configuration: configuration)
    }

    /// What an answer holds.
    struct Answer: Sendable {
        var document: DocumentValue
        /// The version of the configuration it is about.
        var version: Int?
    }

    enum Method: String, Sendable { case get = "GET", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE" }

    /// Sends a request.
    ///
    /// Each part of the `path` below `/v1` is encoded; `version` is the one that was looked at, for `If-Match`.
    func send(
        _ method: Method,
        _ path: [String],
        query: [(String, String?)] = [],
        _ body: DocumentValue? = nil,
        base version: Int? = nil
    ) async throws -> Answer {
        let (data, response) = try await self.exchange(
            method,
            path,
            query: query,
            body.map { Data(DomainText.prepared($0).json().utf8) },
            base: version
        )
        let document = try self.document(data, response)
        let tag = response.value(forHTTPHeaderField: "ETag")?.filter { $0 != "\"" }
        return Answer(document: document, version: tag.flatMap { Int($0) })
    }

    /// The bytes of an answer that is no document.
    func bytes(_ path: [String], query: [(String, String?)] = []) async throws -> Data {
        let (data, response) = try await self.exchange(.get, path, query: query)
        if !(200..<300).contains(response.statusCode) { _ = try self.document(data, response) }
        return data
    }

    /// Sends a file of that media type.
    func send(
        _ data: Data,
        of type: String,
        _ path: [String],
        query: [(String, String?)]
    ) async throws -> DocumentValue {
        let (data, response) = try await self.exchange(.post, path, query: query, data, of: type)
        return try self.document(data, response)
    }

    private func exchange(
        _ method: Method,
        _ path: [String],
        query: [(String, String?)] = [],
        _ body: Data? = nil,
        of type: String = "application/json",
        base version: Int? = nil
    ) async throws -> (Data, HTTPURLResponse) {
        var request = URLRequest(url: try self.url(path, query))
        request.httpMethod = method.rawValue
        request.setValue("Bearer \(self.token)", forHTTPHeaderField: "Authorization")
        if let version { request.setValue("\"\(version)\"", forHTTPHeaderField: "If-Match") }
        if let body {
            request.setValue(type, forHTTPHeaderField: "Content-Type")
            request.httpBody = body
        }
        let (data, response): (Data, URLResponse)
        do {
            (data, response) = try await self.session.data(for: request)
        } catch {
            throw ClientError.unreachable(self.base, error.localizedDescription)
        }
        guard let response = response as? HTTPURLResponse else { throw ClientError.notTheAPI(self.base) }
        return (data, response)
    }

    /// The document of an answer.
    private func document(_ data: Data, _ response: HTTPURLResponse) throws -> DocumentValue {
        guard let document = try? DocumentValue(parsingJSON: Array(data)), document.members != nil else {
            throw ClientError.notTheAPI(self.base)
        }
        guard !(200..<300).contains(response.statusCode) else { return document }
        guard response.statusCode != 401 else { throw ClientError.unknownToken(file: self.tokenFile, self.base) }
        var refusal = Refusal(status: response.statusCode, document)
        let release = response.value(forHTTPHeaderField: "Isthmus-Version") ?? Release.current
        if release != Release.current, Self.ofMisunderstanding.contains(response.statusCode) {
            refusal.hint =
                "policy-service is of the release \(release), this isthmusctl of \(Release.current): take the isthmusctl of its release."
        }
        throw ClientError.refused(refusal)
    }

    /// The statuses with which a service answers a question that it does not know, as one of another release may.
    private static let ofMisunderstanding: Set = [400, 404, 405, 415, 422, 501]

    func get(_ path: String..., query: [(String, String?)] = []) async throws -> DocumentValue {
        try await self.send(.get, path, query: query).document
    }

    /// All items of a list, page by page; at most `limit`.
    func items(
        of path: [String],
        query: [(String, String?)] = [],
        cursor: String,
        limit: Int = .max
    ) async throws -> [DocumentValue] {
        var found: [DocumentValue] = []
        var next: String?
        repeat {
            let page = try await self.send(.get, path, query: query + [(cursor, next)]).document
            found += page["items"]?.elements ?? []
            next = page["next"].flatMap { $0 == .null ? nil : $0.summary }
        } while next != nil && found.count < limit
        return Array(found.prefix(limit))
    }

    private func url(_ path: [String], _ query: [(String, String?)]) throws -> URL {
        let safe = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        func encoded(_ text: String) throws -> String {
            guard let text = text.addingPercentEncoding(withAllowedCharacters: safe) else {
                throw ClientError.notTheAPI(self.base)
            }
            return text
        }
        let path = try (["v1"] + path).map { try "/" + encoded(DomainText.prepared($0)) }.joined()
        let query = try DomainText.prepared(query).compactMap { name, value in
            try value.map { try "\(name)=\(encoded($0))" }
        }
        let text = self.base.absoluteString + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        guard let url = URL(string: text) else { throw ClientError.notTheAPI(self.base) }
        return url
    }
}
