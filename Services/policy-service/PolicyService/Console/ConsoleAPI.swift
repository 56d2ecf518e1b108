import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Policy

/// The API, as a page of the console asks it: with the token of its session, without a network in between.
///
/// So a page can do what its user's token may, and whatever is done stands in the audit log under that name.
struct ConsoleAPI: Sendable {
    let responder: any HTTPResponder<APIContext>
    let token: String
    let context: APIContext

    /// An answer of the API.
    struct Answer: Sendable {
        let status: HTTPResponse.Status
        let document: DocumentValue
        /// The version of the configuration it is about.
        let version: Int?

        var isSuccess: Bool { self.status.kind == .successful }

        /// What went wrong, in a sentence.
        var title: String { self.document["detail"]?.text ?? "the API answered \(self.status.code)" }
        var mistakes: [DocumentValue] { self.document["mistakes"]?.elements ?? [] }
    }

    /// Answers are lists of a thousand objects at most.
    private static let answerLimit = 64 << 20

    func get(_ path: [String], _ query: [(String, String?)] = []) async throws -> Answer {
        try await self.send(.get, path, query)
    }

    /// Each part of `path`, below `/v1`, is encoded.
    func send(
        _ method: HTTPRequest.Method,
        _ path: [String],
        _ query: [(String, String?)] = [],
        _ body: DocumentValue? = nil,
        text: String? = nil,
        base: Int? = nil
    ) async throws -> Answer {
        var fields: HTTPFields = [:]
        if let base { fields[.ifMatch] = "\"\(base)\"" }
        if body != nil { fields[.contentType] = "application/json" }
        if text != nil { fields[.contentType] = "text/csv" }
        let response = try await self.respond(method, Self.target(path, query), fields, text ?? body?.json() ?? "")
        let collector = BodyCollector()
        try await response.body.write(collector)
        let version = response.headers[.eTag].flatMap { Int($0.filter(\.isNumber)) }
        return Answer(status: response.status, document: try collector.document(), version: version)
    }

    /// What the API gives as a file, for the browser to keep; what it refuses, as a page.
    func file(_ path: [String], named name: String) async throws -> Response {
        var response = try await self.respond(.get, Self.target(path, []), [:], "")
        for field in ConsolePage.safety { response.headers[field.name] = field.value }
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return response
    }

    private func respond(
        _ method: HTTPRequest.Method,
        _ target: String,
        _ fields: HTTPFields,
        _ body: String
    ) async throws -> Response {
        var fields = fields
        fields[.authorization] = "Bearer \(self.token)"
        let head = HTTPRequest(method: method, scheme: nil, authority: nil, path: target, headerFields: fields)
        var context = self.context
        context.coreContext.parameters = .init()
        context.caller = nil
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        return try await self.responder.respond(to: request, context: context)
    }

    private static func target(_ path: [String], _ query: [(String, String?)]) -> String {
        let query = query.compactMap { name, value in value.map { "\(name)=\($0.inQuery)" } }
        return "/v1/" + path.map(\.inQuery).joined(separator: "/")
            + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}

extension String {
    /// What stands for itself anywhere in a URI ([RFC 3986 §2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)).
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    )

    /// As a value in a query, or a part of a path.
    var inQuery: String { self.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? "" }
}

/// Takes the body of a response that nobody else reads.
private final class BodyCollector: ResponseBodyWriter {
    private var bytes = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws { self.bytes.writeImmutableBuffer(buffer) }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}

    func document() throws -> DocumentValue {
        self.bytes.readableBytes == 0 ? .null : try DocumentValue(json: Data(self.bytes.readableBytesView))
    }
}
