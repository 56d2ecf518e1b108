import Hummingbird
import Policy

/// The API tokens.
///
/// A token itself is shown once, in the answer to the request that made it.
struct TokenRoutes: Sendable {
    let tokens: Tokens
    let journal: Journal

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("tokens")
        group.get { _, _ in Response(document: ["items": .list(self.tokens.records.map(\.document))]) }
        group.post { request, context in
            var reader = DocumentReader(try await request.document(), kind: "token", keyField: "name")
            let name = reader.text("name", default: nil)
            let role = reader.choice("role", default: TokenRecord.Role.viewer)
            if !(1...64).contains(name.utf8.count) {
                reader.mistake(
                    "name",
                    "it has no or too many characters",
                    "use 1 to 64: it names the holder in the audit log"
                )
            }
            reader.finish()
            guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
            guard !self.tokens.records.contains(where: { $0.name == name }) else {
                throw CommitRefusal.alreadyThere("token \(name)")
            }
            guard !(try request.isDryRun()) else {
                let after: DocumentValue = ["name": .text(name), "role": .text(role.rawValue)]
                return Response(preview: [ObjectChange(object: "token \(name)", before: nil, after: after)])
            }
            let token = try await self.tokens.make(name: name, role: role, at: self.journal.now().wall)
            try await self.journal.note(
                context,
                "token add",
                request.reason(),
                "token \(name)",
                ["role": .text(role.rawValue)]
            )
            return Response(
                document: ["name": .text(name), "role": .text(role.rawValue), "token": .text(token)],
                status: .created
            )
        }
        group.delete(":key") { request, context in
            let name = try context.key()
            guard name != context.author else {
                throw Problem(status: .conflict, title: "this is the token you use; remove it with another one")
            }
            guard !(try request.isDryRun()) else {
                guard let token = self.tokens.records.first(where: { $0.name == name }) else {
                    throw CommitRefusal.notFound("token \(name)")
                }
                return Response(
                    preview: [ObjectChange(object: "token \(name)", before: token.document, after: nil)]
                )
            }
            guard try await self.tokens.remove(name: name) else { throw CommitRefusal.notFound("token \(name)") }
            try await self.journal.note(context, "token remove", request.reason(), "token \(name)")
            return Response(document: ["removed": .text(name)])
        }
    }
}

extension TokenRecord {
    /// Without the hash.
    var document: DocumentValue {
        [
            "name": .text(self.name), "role": .text(self.role.rawValue),
            "created-at": DocumentValue(milliseconds: self.createdAt),
        ]
    }
}
