import Foundation
import Hummingbird
import Messaging
import NIOCore
import Policy
import ServiceKit

/// Users and contact lists as files: what Microsoft's and Cisco's migration tools write and read.
///
/// A file is taken as a whole or not at all, and every bad line is named.
struct TransferRoutes: Sendable {
    /// The largest file: about 500 000 entries.
    static let fileLimit = 64 << 20

    let engine: PolicyEngine
    let store: any PolicyStore
    let journal: Journal

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("transfer")
        group.get("users") { _, _ in
            let users = await self.engine.snapshot.users
            return await Aside.run { Self.csv(UserList.csv(users)) }
        }
        group.post("users") { request, context in try await self.bringInUsers(request, context) }
        group.get("contacts") { request, _ in Self.csv(try await self.contacts(group: request.query("group"))) }
        group.post("contacts") { request, context in try await self.bringInContacts(request, context) }
    }

    static func csv(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/csv; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    static func text(of request: Request) async throws -> String {
        let body = try await request.content("text/csv", "text/plain", upTo: Self.fileLimit)
        guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
            throw Problem.badRequest("the file is not UTF-8; save it as “CSV UTF-8”")
        }
        return text
    }

    /// Lines that cannot be read, as the mistakes of a document are reported.
    static func refusal(_ mistakes: [String], _ kind: String) -> CommitRefusal {
        .invalid(
            mistakes.map { mistake in
                let parts = mistake.split(separator: ": ", maxSplits: 1)
                return Finding(
                    .mistake,
                    parts.count == 2 ? String(parts[0]) : kind,
                    kind,
                    value: "",
                    problem: String(parts.last ?? ""),
                    remedy: "put the line right; nothing of the file was taken"
                )
            }
        )
    }

    static func flag(_ name: String, in request: Request) throws(Problem) -> Bool {
        switch request.query(name) {
        case nil, "false": false
        case "true", "": true
        case .some(let other): throw .badRequest("“\(name)” is true or false, not “\(other)”")
        }
    }
}
