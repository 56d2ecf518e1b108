import Foundation
import Hummingbird
import NIOCore
import Policy
import ServiceKit

extension Request {
    /// The largest document about one object.
    ///
    /// The fields together are far below.
    static let objectLimit = 256 << 10
    /// The largest configuration: about 300 000 users.
    static let configurationLimit = 64 << 20

    /// The body as a document.
    func document(upTo limit: Int = Request.objectLimit) async throws(Problem) -> DocumentValue {
        let body = try await self.content("application/json", upTo: limit)
        let parsed = await Aside.run {
            Result { () throws(JSONProblem) in try DocumentValue(parsingJSON: Array(body.readableBytesView)) }
        }
        do throws(JSONProblem) {
            return try parsed.get()
        } catch {
            throw .badRequest("the body is not JSON as it is taken here: \(error)")
        }
    }

    /// The body, which has to be of one of these media types, or of none that is named.
    func content(_ types: String..., upTo limit: Int) async throws(Problem) -> ByteBuffer {
        if let sent = self.headers[.contentType] {
            let type = sent.prefix { $0 != ";" && $0 != " " }.lowercased()
            // `curl -d` and its like name this one when nobody says what it is.
            let isUnnamed = type == "application/x-www-form-urlencoded"
            let isJSON = types.contains("application/json") && type.hasSuffix("+json")
            guard types.contains(type) || isJSON || isUnnamed else { throw .unsupported(type, wanted: types[0]) }
        }
        do {
            return try await self.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem(
                status: .contentTooLarge,
                title: "the body is too large; at most \(limit) bytes are taken here"
            )
        } catch {
            throw .badRequest("the body could not be read")
        }
    }

    /// A value of the query, decoded.
    func query(_ name: String) -> String? {
        self.uri.queryParameters[name[...]].map { String($0) }
    }

    /// A whole number of the query.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self.query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .badRequest("“\(name)” is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// One of a set of words of the query.
    func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String) throws(Problem) -> Word? {
        guard let text = self.query(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw .badRequest("“\(name)” is none of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// A moment of the query, in milliseconds since 1970: `2026-01-31T12:00:00Z`.
    func moment(_ name: String) throws(Problem) -> Int64? {
        guard let text = self.query(name) else { return nil }
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        guard let date = styles.lazy.compactMap({ try? $0.parse(text) }).first else {
            throw .badRequest("“\(name)” is no moment such as 2026-01-31T12:00:00Z")
        }
        return Int64((date.timeIntervalSince1970 * 1_000).rounded())
    }

    /// `limit` and `before` of a list whose newest entries come first.
    func page() throws(Problem) -> PageRequest {
        PageRequest(
            before: try self.number("before", in: 1...Int.max),
            limit: try self.number("limit", in: 1...1_000) ?? 100
        )
    }

    /// `dry-run=true`: whether to say only what would change.
    func isDryRun() throws(Problem) -> Bool {
        switch self.query("dry-run") {
        case nil, "false": false
        case "true", "": true
        case .some(let other): throw .badRequest("“dry-run” is true or false, not “\(other)”")
        }
    }

    /// The versions that the change may be made from: `If-Match: "7"`, or `base=7`; `nil` for any.
    func bases() throws(Problem) -> Set<Int>? {
        if let tags = self.headers[.ifMatch] { return Self.versions(of: tags) }
        guard let text = self.query("base"), text != "*" else { return nil }
        guard let version = Int(text) else { throw .badRequest("the base version “\(text)” is no number") }
        return [version]
    }

    /// What `If-Match` asks for; a weak tag, or one that we never gave, matches nothing
    /// ([RFC 9110 §13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)).
    private static func versions(of tags: String) -> Set<Int>? {
        let tags = tags.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        return tags == ["*"] ? nil : Set(tags.compactMap { Int($0.filter { $0 != "\"" }) })
    }

    /// Why a change is made, for the audit log: `reason=…`.
    func reason() -> String { String((self.query("reason") ?? "").prefix(500)) }
}

extension APIContext {
    /// The part of the path that names an object, decoded.
    func key(_ name: String = "key") throws(Problem) -> String {
        guard let text = self.parameters.get(name)?.removingPercentEncoding, !text.isEmpty else {
            throw .badRequest("the name in the path is not percent-encoded UTF-8")
        }
        return text
    }
}

extension Response {
    /// A document; with the version of the configuration it has an `ETag`.
    init(
        document: DocumentValue,
        status: HTTPResponse.Status = .ok,
        type: String = "application/json",
        version: Int? = nil
    ) {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        if let version { headers[.eTag] = "\"\(version)\"" }
        self.init(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: document.json(isIndented: true) + "\n"))
        )
    }
}
