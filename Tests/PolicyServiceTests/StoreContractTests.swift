import Foundation
import GRDB
import Messaging
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// What every store must do; a new store is one more line in `stores`.
@Suite("The contract of a store", .postgreSQL)
struct StoreContractTests {
    /// A way to open the same store again and again.
    struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let open: @Sendable (Scratch) async throws -> any PolicyStore
    }

    static let stores = [sqlite] + (PostgresServer.isInstalled ? [postgreSQL] : [])
    static let sqlite = Kind(testDescription: "SQLite") { try SQLiteStore(path: $0.file("policy.sqlite").path) }
    static let postgreSQL = Kind(testDescription: "PostgreSQL") { try await PostgresStore.of($0) }

    static let policy = PolicySnapshot(
        settings: GatewaySettings(
            connectionLimit: 5,
            defaultPartner: Partner(domain: "*", tls: .optional),
            blockedDomains: [DomainRule(pattern: "*.bad.example", direction: .inbound)],
            xmppAccess: true
        ),
        partners: [
            Partner(
                domain: "a.example",
                description: "“quotes”'; DROP",
                additionalDomains: ["z.example", "b.example"]
            ),
            Partner(
                domain: "c.example",
                kind: .federated,
                tls: .notSupported,
                sasl: .notSupported,
                proxyFQDN: "p.example:5270",
                requiresClientAuth: true
            ),
        ],
        domains: [
            LocalDomain(
                domain: "sip.example",
                description: "d",
                xmppAccess: false,
                isDirectoryComplete: true,
                partition: .advanced
            )
        ],
        users: [
            UserRecord(address: "juliet@sip.example", displayName: "Juliét", xmppAccess: nil),
            UserRecord(
                address: "romeo@sip.example",
                home: .xmpp,
                xmppAccess: true,
                isOnSurvivableBranchAppliance: true
            ),
        ],
        routes: [
            StaticRoute(
                id: "r1",
                domain: "*.sip.example",
                phoneURIOnly: true,
                nextHop: "h",
                port: 1,
                transport: .udp,
                priority: 3
            )
        ],
        hosts: [HostAuthorization(host: "2001:db8::1", outboundOnly: true, throttleAsServer: false)]
    )

    static func commit(_ version: Int, _ changes: [PolicyChange]) -> StoredCommit {
        StoredCommit(
            version: version,
            changes: changes,
            audit: AuditEntry(
                time: 1_000 + Int64(version),
                author: "tester",
                action: "commit",
                version: version,
                reason: "because",
                changes: [ObjectChange(object: "x", before: nil, after: ["number": .integer(version)])]
            )
        )
    }

    @Test("A new store is empty, at version 0, with the defaults", arguments: stores)
    func empty(_ kind: Kind) async throws {
        let store = try await kind.open(try Scratch("store"))
        #expect(try await store.load() == StoredConfiguration(version: 0, policy: PolicySnapshot()))
        #expect(try await store.tokens().isEmpty)
    }

    @Test("What was committed is there, also when the store is opened again", arguments: stores)
    func roundTrip(_ kind: Kind) async throws {
        let scratch = try Scratch("store")
        let changes = PolicyDifference.changes(from: PolicySnapshot(), to: Self.policy)
        try await kind.open(scratch).commit(Self.commit(1, changes))
        let store = try await kind.open(scratch)
        #expect(try await store.load() == StoredConfiguration(version: 1, policy: Self.policy))

        var changed = Self.policy
        changed.partners[0].additionalDomains = ["b.example"]
        changed.partners.removeLast()
        changed.users.removeFirst()
        changed.routes = []
        changed.hosts[0].outboundOnly = false
        try await store.commit(Self.commit(2, PolicyDifference.changes(from: Self.policy, to: changed)))
        #expect(try await kind.open(scratch).load() == StoredConfiguration(version: 2, policy: changed))
    }

    @Test(
        "Contact lists are brought in wholly, replaced by key, and approve only what nothing is known of",
        arguments: stores
    )
    func contactLists(_ kind: Kind) async throws {
        let scratch = try Scratch("store")
        let store = try await kind.open(scratch)
        func entry(_ contact: String, _ group: String, _ nickname: String = "") -> ContactList.Entry {
            ContactList.Entry(
                user: "Juliet",
                userDomain: "sip.example",
                contact: contact,
                contactDomain: "XMPP.example",
                nickname: nickname,
                group: group
            )
        }
        func approval(_ state: SubscriptionRecord.State) -> SubscriptionRecord {
            SubscriptionRecord(
                direction: .sipToXMPP,
                watcher: Address(user: "juliet", domain: "sip.example"),
                presentity: Address(user: "romeo", domain: "xmpp.example"),
                state: state,
                refreshedAt: 1
            )
        }
        let audit = AuditEntry(time: 1, author: "tester", action: "contact import", reason: "")
        try await store.apply([.put(approval(.active))])
        let first = [entry("romeo", "Friends", "R, the “boss”'"), entry("romeo", "Work"), entry("nurse", "Friends")]
        try await store.bringIn(first, removingOthers: false, approvals: [approval(.pending)], audit)
        #expect(Set(try await store.contacts().map(\.fields)) == Set(first.map(\.fields)))
        #expect(try await store.subscriptions(SubscriptionQuery()).records.map(\.state) == [.active])
        try await store.bringIn([entry("ROMEO", "Work", "new")], removingOthers: false, approvals: [], audit)
        let reopened = try await kind.open(scratch)
        #expect(try await reopened.contacts().map(\.nickname).sorted() == ["", "R, the “boss”'", "new"])
        let rows = try await reopened.backup()
        #expect(rows.count { $0.table == "contact" } == 3)
        try await store.bringIn([entry("x", "G")], removingOthers: true, approvals: [], audit)
        #expect(try await store.contacts().map(\.contact) == ["x"])
        #expect(try await store.audit(PageRequest()).count == 3)
    }

    @Test("A commit that does not follow the last one changes nothing", arguments: stores)
    func conflict(_ kind: Kind) async throws {
        let store = try await kind.open(try Scratch("store"))
        try await store.commit(Self.commit(1, [.host(HostAuthorization(host: "a"))]))
        for version in [0, 1, 3] {
            await #expect(throws: StoreError.versionConflict(current: 1)) {
                try await store.commit(Self.commit(version, [.host(HostAuthorization(host: "b"))]))
            }
        }
        let loaded = try await store.load()
        #expect(loaded.version == 1 && loaded.policy.hosts.map(\.host) == ["a"])
        #expect(try await store.audit(PageRequest()).count == 1)
    }

    @Test("The audit log shows the newest first, page by page", arguments: stores)
    func audit(_ kind: Kind) async throws {
        let store = try await kind.open(try Scratch("store"))
        for version in 1...5 { try await store.commit(Self.commit(version, [])) }
        try await store.note(AuditEntry(time: 9, author: "a", action: "dns apply"))
        let first = try await store.audit(PageRequest(limit: 3))
        #expect(first.map(\.action) == ["dns apply", "commit", "commit"])
        #expect(first.map(\.version) == [nil, 5, 4])
        let second = try await store.audit(PageRequest(before: first.last?.number, limit: 3))
        #expect(second.map(\.version) == [3, 2, 1])
        #expect(second[0].changes == [ObjectChange(object: "x", before: nil, after: ["number": .integer(3)])])
        #expect(second[0].reason == "because")
    }

    static func subscription(_ index: Int, _ direction: SubscriptionRecord.Direction = .xmppToSIP) -> SubscriptionRecord
    {
        SubscriptionRecord(
            direction: direction,
            watcher: Address(user: "w\(index)", domain: "example.org"),
            presentity: Address(user: "p", domain: "sip.example"),
            state: .pending,
            refreshedAt: Int64(index)
        )
    }

    @Test(
        "Subscriptions are put, renewed, removed, and listed page by page without one missing or twice",
        arguments: stores
    )
    func subscriptions(_ kind: Kind) async throws {
        let scratch = try Scratch("store")
        let store = try await kind.open(scratch)
        try await store.apply((0..<25).map { .put(Self.subscription($0)) })
        try await store.apply((0..<5).map { .put(Self.subscription($0, .sipToXMPP)) })
        var renewed = Self.subscription(3)
        (renewed.state, renewed.refreshedAt) = (.active, 99)
        try await store.apply([.put(renewed), .remove(Self.subscription(7).key), .remove(Self.subscription(7).key)])

        let again = try await kind.open(scratch)
        var query = SubscriptionQuery(direction: .xmppToSIP, limit: 10)
        var found: [SubscriptionRecord] = []
        repeat {
            let page = try await again.subscriptions(query)
            #expect(page.records.count <= 10)
            found += page.records
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(found.map(\.watcher.user) == (0..<25).filter { $0 != 7 }.map { "w\($0)" })
        #expect(found[3] == renewed)
        #expect(try await again.subscriptions(SubscriptionQuery(limit: 100)).records.count == 29)

        let one = SubscriptionQuery(direction: .xmppToSIP, watcher: renewed.watcher, presentity: renewed.presentity)
        #expect(try await again.subscriptions(one).records == [renewed])
        let ofWatcher = SubscriptionQuery(watcher: renewed.watcher)
        #expect(try await again.subscriptions(ofWatcher).records.map(\.direction) == [.xmppToSIP, .sipToXMPP])
        let ofNobody = SubscriptionQuery(watcher: renewed.presentity, presentity: renewed.watcher)
        #expect(try await again.subscriptions(ofNobody).records.isEmpty)
    }

    static func refusal(_ index: Int) -> RefusalRecord {
        RefusalRecord(
            time: Int64(index),
            service: "xmpp-edge",
            messageID: index.isMultiple(of: 2) ? MessageID("m\(index)") : nil,
            subject: "message",
            from: "romeo@example.org",
            to: "user\(index)@sip.example",
            peer: "192.0.2.1",
            reason: index.isMultiple(of: 3) ? .unknownPartner : .userNotEnabled,
            answer: "forbidden",
            text: "no"
        )
    }

    @Test("Refusals are kept up to a number, and found by reason, message and party", arguments: stores)
    func refusals(_ kind: Kind) async throws {
        let store = try await kind.open(try Scratch("store"))
        try await store.add((0..<6).map(Self.refusal), keeping: 8)
        try await store.add((6..<12).map(Self.refusal), keeping: 8)
        let all = try await store.refusals(RefusalFilter(), PageRequest())
        #expect(all.map(\.record) == (4..<12).reversed().map(Self.refusal))
        let unknown = try await store.refusals(RefusalFilter(reason: .unknownPartner), PageRequest())
        #expect(unknown.map(\.record.time) == [9, 6])
        let one = try await store.refusals(RefusalFilter(messageID: MessageID("m8")), PageRequest())
        #expect(one.map(\.record.time) == [8])
        let party = try await store.refusals(RefusalFilter(party: "user11@"), PageRequest())
        #expect(party.map(\.record.time) == [11])
        let older = try await store.refusals(RefusalFilter(), PageRequest(before: all[5].number, limit: 10))
        #expect(older.map(\.record.time) == [5, 4])
    }

    @Test("Edges and tokens are put, replaced and removed", arguments: stores)
    func edgesAndTokens(_ kind: Kind) async throws {
        let scratch = try Scratch("store")
        let store = try await kind.open(scratch)
        var edge = EdgeRecord(
            kind: .sip,
            instance: "e1",
            endpoint: "tcp://10.0.0.1:1",
            publicAddresses: ["192.0.2.1", "::1"]
        )
        try await store.put(edge)
        edge.isDraining = true
        try await store.put(edge)
        try await store.put(EdgeRecord(kind: .xmpp, instance: "e2", endpoint: "x"))
        try await store.removeEdge(instance: "e2")
        let token = TokenRecord(name: "alice", role: .viewer, hash: "abc", createdAt: 5)
        try await store.put(token)
        try await store.put(TokenRecord(name: "bob", role: .admin, hash: "def", createdAt: 6))
        try await store.removeToken(name: "bob")
        let again = try await kind.open(scratch)
        #expect(try await again.edges() == [edge])
        #expect(try await again.tokens() == [token])
    }

    @Test(
        "SQLite: every commit waits for the disk, the files are the owner's, and a file of a later release is left alone"
    )
    func sqliteSettings() async throws {
        let scratch = try Scratch("store")
        let path = scratch.file("policy.sqlite").path
        let store = try SQLiteStore(path: path)
        let (mode, synchronous) = try await store.database.write { database in
            (
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(database, sql: "PRAGMA synchronous")
            )
        }
        #expect(mode == "wal" && synchronous == 2)
        try await store.database.write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99: from the future')")
        }
        #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(throws: StoreError.self) { try SQLiteStore(path: "/nonexistent/policy.sqlite") }
        for file in try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file(file).path)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
    }
}
