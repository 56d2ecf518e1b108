import Foundation
import FoundationNetworking

/// A browser without a screen: keeps cookies, follows nothing by itself, sends forms.
final class ConsoleSession {
    struct Page {
        let status: Int
        let text: String
        let headers: [String: String]

        var location: String? { self.headers["location"] }

        /// The value of a hidden field.
        func hidden(_ name: String) -> String? {
            guard let start = self.text.range(of: "name=\"\(name)\" value=\"") else { return nil }
            return String(self.text[start.upperBound...].prefix { $0 != "\"" })
        }
    }

    private let base: String
    var cookie: String?

    init(_ base: String) { self.base = base }

    func get(_ path: String) async throws -> Page { try await self.send("GET", path, nil, [:]) }

    func post(_ path: String, _ fields: [String: String], headers: [String: String] = [:]) async throws -> Page {
        let body = fields.map { "\(Self.encode($0.key))=\(Self.encode($0.value))" }.joined(separator: "&")
        return try await self.send("POST", path, body, headers)
    }

    func signIn(_ token: String) async throws -> Page {
        let page = try await self.post("/console/sign-in", ["token": token])
        if let set = page.headers["set-cookie"] { self.cookie = set.split(separator: ";").first.map(String.init) }
        return page
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String?,
        _ headers: [String: String]
    ) async throws -> Page {
        guard let url = URL(string: self.base + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpShouldHandleCookies = false
        if let cookie { request.setValue(cookie, forHTTPHeaderField: "Cookie") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        let session = URLSession(configuration: .ephemeral, delegate: NoRedirects(), delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let fields = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { ($0.lowercased(), "\(value)") }
        }
        return Page(
            status: response.statusCode,
            text: String(decoding: data, as: UTF8.self),
            headers: Dictionary(fields) { $1 }
        )
    }

    private static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
