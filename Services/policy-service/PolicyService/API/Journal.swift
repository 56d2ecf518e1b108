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
}
