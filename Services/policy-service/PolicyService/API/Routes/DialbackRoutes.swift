import Bus
import Hummingbird
import Policy
import Wire

/// The secrets of dialback-authority, without themselves, and their replacement.
struct DialbackRoutes: Sendable {
    let others: any OtherServices
    let journal: Journal

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("dialback")
        group.get { _, _ in Response(document: try await self.ask(.dialbackStatusRequest).document) }
        group.post("rotate") { request, context in try await self.rotate(request, context) }
    }

    private func rotate(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "rotation", keyField: nil)
        let immediately = reader.flag("immediately", default: false)
        reader.finish()
        guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
        guard !(try request.isDryRun()) else {
            return try self.preview(await self.ask(.dialbackStatusRequest), immediately: immediately)
        }
        let status = try await self.ask(.dialbackRotation(DialbackRotation(endsOldAtOnce: immediately)))
        let id = status.secrets.first?.id ?? ""
        try await self.journal.note(
            context,
            "dialback rotate",
            request.reason(),
            "dialback secret \(id)",
            status.document.merging(["immediately": .flag(immediately)])
        )
        return Response(document: status.document)
    }

    /// The new secret is not made: its id is not known yet.
    private func preview(_ status: DialbackStatus, immediately: Bool) throws(Problem) -> Response {
        guard !status.isPassphrase else {
            throw Problem(
                status: .unprocessableContent,
                title: "the secret is a passphrase; it is replaced in the files it was given in"
            )
        }
        if !immediately, status.secrets.contains(where: { $0.endsAt != nil }) {
            throw Problem(
                status: .conflict,
                title:
                    "the secret before this one is still valid, and there are never three: wait, or rotate immediately"
            )
        }
        let ended = status.secrets.map { secret in
            let after: DocumentValue = ["state": .text("previous, for \(status.overlapSeconds) s")]
            return ObjectChange(
                object: "dialback secret \(secret.id)",
                before: ["state": .text(secret.endsAt == nil ? "current" : "previous")],
                after: immediately ? nil : after
            )
        }
        let new = ObjectChange(object: "dialback secret", before: nil, after: ["state": .text("current")])
        return Response(preview: [new] + ended)
    }

    private func ask(_ body: Body) async throws(Problem) -> DialbackStatus {
        let answer: Body
        do throws(BusFailure) {
            answer = try await self.others.ask(body, of: .dialbackAuthority)
        } catch {
            throw Problem(error, of: "dialback-authority")
        }
        guard case .dialbackStatus(let status) = answer else { throw Problem.failed }
        return status
    }
}

extension DialbackStatus {
    /// The secrets by their ids, the current one first.
    var document: DocumentValue {
        [
            "secrets": .list(self.secrets.map(\.document)),
            "overlap-seconds": .integer(Int(self.overlapSeconds)),
            "rotates-after-seconds": self.rotatesAfterSeconds.map { .integer(Int($0)) } ?? .null,
            "passphrase": .flag(self.isPassphrase),
        ]
    }
}

extension DialbackStatus.Secret {
    fileprivate var document: DocumentValue {
        [
            "id": .text(self.id),
            "state": .text(self.endsAt == nil ? "current" : "previous"),
            "created-at": self.createdAt == 0 ? .null : DocumentValue(milliseconds: self.createdAt),
            "ends-at": self.endsAt.flatMap { $0 == .max ? nil : DocumentValue(milliseconds: $0) } ?? .null,
        ]
    }
}
