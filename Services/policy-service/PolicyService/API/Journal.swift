import Logging
import Policy

/// Notes in the audit log what is done through the API and is no commit.
struct Journal: Sendable {
    let store: any PolicyStore
    let now: @Sendable () -> Moment

    func note(
        _ context: APIContext,
        _ action: String,
        _ reason: String,
        _ object: String,
        _ outcome: DocumentValue? = nil
    ) async throws {
        let entry = AuditEntry(
            time: self.now().wall,
            author: context.author,
            action: action,
            reason: reason,
            changes: [ObjectChange(object: object, before: nil, after: outcome)]
        )
        try await self.store.note(entry)
    }

    /// Notes that a token's role was not enough, as far as the audit log is not flooded by it.
    func noteRefusal(
        of what: String,
        _ context: APIContext,
        needs needed: TokenRecord.Role,
        _ attempts: Attempts,
        _ logger: Logger
    ) async {
        guard attempts.audited.take(at: self.now()) else { return }
        let entry = AuditEntry(
            time: self.now().wall,
            author: context.author,
            action: "refused",
            reason: "\(what) needs the role \(needed.rawValue)"
        )
        do {
            try await self.store.note(entry)
        } catch {
            logger.error("Not written", metadata: ["what": "audit", "error": "\(error)"])
        }
    }
}
