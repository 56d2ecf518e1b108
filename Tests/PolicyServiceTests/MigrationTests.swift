import Foundation
import GRDB
import Logging
import Policy
import ServiceKit
import TestSupport
import Testing

@testable import PolicyService

@Suite("A store of any release before is taken over", .postgreSQL)
struct MigrationTests {
    /// What the very first release wrote; columns that came later have their defaults.
    private static let rows = [
        "UPDATE configuration SET version = 5",
        """
        INSERT INTO local_domain (domain, description, is_directory_complete) VALUES ('sip.example', 'ours', %f)
        """,
        """
        INSERT INTO partner (domain, description, kind, tls, sasl, dialback, keep_alive, connection_limit, is_enabled)
        VALUES ('old.example', 'a note', 'federated', 'required', 'optional', %t, %f, 7, %t)
        """,
        """
        INSERT INTO route (id, "user", domain, phone_uri_only, next_hop, port, transport, replace_host, priority, is_enabled)
        VALUES ('r1', '*', 'sip.example', %f, '192.0.2.1', 5060, 'tcp', %f, 1, %t)
        """,
        "INSERT INTO token (name, role, hash, created_at) VALUES ('alice', 'admin', 'h', 5)",
    ]

    private static let expected = StoredConfiguration(
        version: 5,
        policy: PolicySnapshot(
            partners: [
                Partner(
                    domain: "old.example",
                    description: "a note",
                    kind: .federated,
                    tls: .required,
                    sasl: .optional,
                    dialback: true,
                    keepAlive: false,
                    connectionLimit: 7
                )
            ],
            domains: [LocalDomain(domain: "sip.example", description: "ours")],
            routes: [
                StaticRoute(id: "r1", domain: "sip.example", nextHop: "192.0.2.1", port: 5060, transport: .tcp)
            ]
        )
    )

    /// All of it is there, what was added later works, and opened again there is nothing left to do.
    private static func check(_ open: () async throws -> any PolicyStore) async throws {
        let store = try await open()
        #expect(try await store.load() == Self.expected)
        #expect(try await store.tokens().map(\.name) == ["alice"])
        try await store.commit(StoreContractTests.commit(6, [.host(HostAuthorization(host: "192.0.2.1"))]))
        try await store.add([StoreContractTests.refusal(1)], keeping: 10)
        #expect(try await store.contacts().isEmpty)
        let again = try await open()
        #expect(try await again.load().version == 6)
        #expect(try await again.refusals(RefusalFilter(), PageRequest()).count == 1)
    }

    @Test("SQLite", arguments: Schema.migrator.migrations.dropFirst())
    func sqlite(_ step: String) async throws {
        let scratch = try Scratch("migration")
        let path = scratch.file("policy.sqlite").path
        let database = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(database, upTo: step)
        try await database.write { database in
            for row in Self.rows {
                try database.execute(sql: row.replacing("%t", with: "1").replacing("%f", with: "0"))
            }
        }
        try database.close()
        try await Self.check { try SQLiteStore(path: path) }
    }

    @Test("PostgreSQL", .enabled(if: PostgresServer.isInstalled), arguments: 3...PostgresSchema.steps.count)
    func postgreSQL(_ steps: Int) async throws {
        let scratch = try Scratch("migration")
        let server = try #require(PostgresServer.current)
        let configuration = PostgresConfiguration(server, database: try await server.database(for: scratch))
        let session = try PostgresConnection(configuration)
        _ = try session.run("CREATE TABLE schema_step (name TEXT COLLATE \"C\" PRIMARY KEY)")
        for step in PostgresSchema.steps.prefix(steps) {
            for statement in step.statements { _ = try session.run(statement) }
            _ = try session.run("INSERT INTO schema_step (name) VALUES ($1)", [.text(step.name)])
        }
        // The first release with PostgreSQL had more columns than the first with SQLite.
        let later = [
            ("is_directory_complete)", "is_directory_complete, partition, presence_profile)"),
            ("'ours', %f)", "'ours', %f, 'off', 'rfc8048')"),
            ("is_enabled)\nVALUES ('old", "is_enabled, requires_client_auth)\nVALUES ('old"),
            ("7, %t)", "7, %t, %f)"),
            ("is_enabled)\nVALUES ('r1", "is_enabled, dialect, identity, legacy_tls)\nVALUES ('r1"),
            ("1, %t)", "1, %t, 'auto', '', %f)"),
        ]
        for row in Self.rows {
            let row = later.reduce(row) { $0.replacing($1.0, with: $1.1) }
            _ = try session.run(row.replacing("%t", with: "true").replacing("%f", with: "false"))
        }
        try await Self.check { try await PostgresStore.of(scratch) }
    }
}
