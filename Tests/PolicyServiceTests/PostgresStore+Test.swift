import Logging
import ServiceKit
import TestSupport

@testable import PolicyService

extension PostgresStore {
    /// The store of a test's folder in the server of its suite; each call is another process, as it were.
    static func of(_ scratch: Scratch) async throws -> PostgresStore {
        guard let server = PostgresServer.current else {
            throw ConditionNotMet(description: "a suite with .postgreSQL")
        }
        let database = try await server.database(for: scratch)
        let store = PostgresStore(
            PostgresConfiguration(server, database: database),
            logger: .silent
        )
        try await store.open()
        return store
    }
}

extension PostgresConfiguration {
    init(_ server: PostgresServer, database: String, password: String = PostgresServer.password) {
        self.init(
            servers: [Endpoint(host: "127.0.0.1", port: server.port)],
            database: database,
            user: PostgresServer.user,
            password: Secret(Array(password.utf8)),
            tls: .disable,
            authorities: "",
            connectTimeout: .seconds(5),
            statementTimeout: .seconds(30)
        )
    }
}
