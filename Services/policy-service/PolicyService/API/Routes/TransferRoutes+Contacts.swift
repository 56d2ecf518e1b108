import Hummingbird
import Messaging
import Policy
import ServiceKit
import Wire

/// Contact lists, in the format of Cisco's Bulk Administration Tool.
///
/// The servers keep the lists of their users. What the gateway does with one is to keep it for the move from one server to the other, and to
/// know from it whom a user has added: a contact of a partner who is not verified may write to that user at once, although the user's
/// program has not yet subscribed through the gateway.
extension TransferRoutes {
    /// What was brought in, then whom users watch across the gateway beyond it.
    func contacts(group: String?) async throws -> String {
        let kept = try await self.store.contacts()
        var known = Set(kept.map { [$0.userAddress, $0.contactAddress] })
        var entries = kept
        var cursor: String?
        repeat {
            let page = try await self.store.subscriptions(
                SubscriptionQuery(direction: .sipToXMPP, cursor: cursor, limit: BusMethods.maximumPage)
            )
            for record in page.records {
                guard let user = record.watcher.user, let contact = record.presentity.user else { continue }
                let entry = ContactList.Entry(
                    user: user,
                    userDomain: record.watcher.domain,
                    contact: contact,
                    contactDomain: record.presentity.domain,
                    group: group ?? "General"
                )
                if known.insert([entry.userAddress, entry.contactAddress]).inserted { entries.append(entry) }
            }
            cursor = page.nextCursor
        } while cursor != nil
        let list = ContactList(entries: entries)
        return await Aside.run { list.csv }
    }

    func bringInContacts(_ request: Request, _ context: APIContext) async throws -> Response {
        let text = try await Self.text(of: request)
        let list = await Aside.run { ContactList(csv: text) }
        let state = await self.engine.state
        let strangers = list.entries.filter { state.localDomain($0.userDomain.lowercased()) == nil }
        let mistakes =
            list.mistakes
            + strangers.map {
                "line \($0.line): the owner \($0.userAddress) is of no domain of this gateway; domain list shows them"
            }
        guard mistakes.isEmpty else { throw Self.refusal(mistakes, "contact") }
        let (removesOthers, isDryRun) = (try Self.flag("remove-others", in: request), try request.isDryRun())
        let before = Dictionary(try await self.store.contacts().map { ($0.key, $0) }) { $1 }
        let approvals = self.approvals(list, state)
        let changed = list.entries.count { entry in before[entry.key].map { $0.fields != entry.fields } ?? false }
        let added = list.entries.count { before[$0.key] == nil }
        let removed = removesOthers ? Set(before.keys).subtracting(list.entries.map(\.key)).count : 0
        let outcome: DocumentValue = [
            "dry-run": .flag(isDryRun), "entries": .integer(list.entries.count), "added": .integer(added),
            "changed": .integer(changed), "removed": .integer(removed), "approvals": .integer(approvals.count),
        ]
        if !isDryRun {
            let entry = AuditEntry(
                time: self.journal.now().wall,
                author: context.author,
                action: "contact import",
                reason: request.reason(),
                changes: [ObjectChange(object: "contact lists", before: nil, after: outcome)]
            )
            try await self.store.bringIn(list.entries, removingOthers: removesOthers, approvals: approvals, entry)
        }
        return Response(document: outcome)
    }

    /// That a user who lives on the SIP side has added a contact of somebody else's domain.
    ///
    /// Whether the contact lets itself be watched is found out when the user's program subscribes.
    private func approvals(_ list: ContactList, _ state: PolicyState) -> [SubscriptionRecord] {
        let now = self.journal.now().wall
        var seen: Set<[String]> = []
        return list.entries.compactMap { entry in
            let contact = Address(user: entry.contact.lowercased(), domain: entry.contactDomain.lowercased())
            let owner = Address(user: entry.user.lowercased(), domain: entry.userDomain.lowercased())
            guard !state.isLocal(contact.domain), state.user(address: entry.userAddress)?.home != .xmpp,
                seen.insert([entry.userAddress, entry.contactAddress]).inserted
            else { return nil }
            return SubscriptionRecord(
                direction: .sipToXMPP,
                watcher: owner,
                presentity: contact,
                state: .pending,
                refreshedAt: now
            )
        }
    }
}
