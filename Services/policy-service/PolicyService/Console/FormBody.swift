import Foundation
import Hummingbird
import NIOCore

/// The fields of a form as a browser sends it: `application/x-www-form-urlencoded`.
struct FormBody: Sendable {
    /// More than the longest list anybody enters by hand.
    private static let limit = 256 << 10

    private(set) var fields: [String: String] = [:]

    init(_ request: Request) async throws(Problem) {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.limit)
        } catch {
            throw Problem(
                status: .contentTooLarge,
                title: "the form is too large; at most \(Self.limit) bytes are taken"
            )
        }
        self.init(parsing: String(decoding: body.readableBytesView, as: UTF8.self))
    }

    init(parsing text: String) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]) else { continue }
            self.fields[name] = parts.count == 2 ? Self.decode(parts[1]) ?? "" : ""
        }
    }

    subscript(_ name: String) -> String? { self.fields[name] }

    /// The form without what is not to be sent again.
    func without(_ names: Set<String>) -> FormBody {
        var form = self
        form.fields = self.fields.filter { !names.contains($0.key) }
        return form
    }

    private static func decode(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}
