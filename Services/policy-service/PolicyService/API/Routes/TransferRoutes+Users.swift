import Hummingbird
import Policy
import ServiceKit

/// Many users in one commit.
extension TransferRoutes {
    func bringInUsers(_ request: Request, _ context: APIContext) async throws -> Response {
        let text = try await Self.text(of: request)
        let list: UserList
        do throws(ContactListError) {
            list = try await Aside.run { Result { () throws(ContactListError) in try UserList(csv: text) } }.get()
        } catch {
            throw Problem.badRequest("the file is no list of users: \(error)")
        }
        let (home, removesOthers) = (request.query("home"), try Self.flag("remove-others", in: request))
        let wish = CommitRequest(
            author: context.author,
            reason: request.reason(),
            bases: try request.bases(),
            isDryRun: try request.isDryRun()
        ) { state, _ throws(CommitRefusal) in
            try Self.changes(list, home: home, removesOthers: removesOthers, state)
        }
        guard list.mistakes.isEmpty else { throw await self.refusal(of: list, wish) }
        let result: CommitResult
        do {
            result = try await self.engine.commit(wish)
        } catch {
            throw Self.withLines(error, of: list)
        }
        return try Response(result, to: request)
    }

    /// The lines that cannot be read, and what is wrong with the others: one try shows them all.
    private func refusal(of list: UserList, _ wish: CommitRequest) async -> CommitRefusal {
        var wish = wish
        wish.isDryRun = true
        var lines = Self.refusal(list.mistakes, "user")
        do throws(CommitRefusal) {
            _ = try await self.engine.commit(wish)
        } catch {
            if case .invalid(let others) = Self.withLines(error, of: list), case .invalid(let own) = lines {
                lines = .invalid(own + others.filter { $0.severity == .mistake })
            }
        }
        return lines
    }

    /// A refusal that says on which line each mistake is.
    private static func withLines(_ refusal: CommitRefusal, of list: UserList) -> CommitRefusal {
        guard case .invalid(let findings) = refusal else { return refusal }
        let lines = Dictionary(list.entries.map { ("user \($0.address)", $0.line) }) { first, _ in first }
        return .invalid(
            findings.map { finding in
                guard let line = lines[finding.object] else { return finding }
                var finding = finding
                finding.object = "line \(line), \(finding.object)"
                return finding
            }
        )
    }

    /// What a list changes: what it does not tell of a user stays as it is.
    private static func changes(
        _ list: UserList,
        home: String?,
        removesOthers: Bool,
        _ state: PolicyState
    ) throws(CommitRefusal) -> [PolicyChange] {
        var changes: [PolicyChange] = []
        var findings: [Finding] = []
        var listed: Set<String> = []
        for entry in list.entries {
            let key = DomainName.normalized(entry.address)
            let present = state.user(address: key) ?? UserRecord(address: key)
            var document = present.document
            if let home, entry.document["home"] == nil { document = document.merging(["home": .text(home)]) }
            let (user, mistakes) = UserRecord.read(
                document.merging(entry.document).merging(["address": .text(key)])
            )
            listed.insert(key)
            findings += mistakes
            if let user { changes.append(.user(user)) }
        }
        guard findings.isEmpty else { throw .invalid(findings) }
        guard removesOthers else { return changes }
        let gone = state.allUsers.map(\.address).filter { !listed.contains($0) }.sorted()
        return gone.map { .userRemoved(address: $0) } + changes
    }
}
