import Foundation
import Logging
import ServiceKit
import TestSupport
import Testing

@testable import PolicyService

/// The real PostgreSQL with `ssl=on`.
@Suite("PostgreSQL over TLS", .serialized, .enabled(if: PostgresServer.isInstalled))
struct PostgresTLSTests {
    let scratch: Scratch
    let authority: TestAuthority

    init() throws {
        self.scratch = try Scratch("postgres-tls")
        self.authority = try TestAuthority("Database CA")
    }

    private func file(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = self.scratch.file(name)
        try Data(bytes).write(to: file)
        chmod(file.path, 0o600)
        return file.path
    }

    private func configuration(_ server: PostgresServer, trusting root: TestAuthority) throws -> PostgresConfiguration {
        var configuration = PostgresConfiguration(server, database: "postgres")
        configuration.servers = [Endpoint(host: "localhost", port: server.port)]
        configuration.tls = .verifyFull
        configuration.authorities = try self.file(root.rootPEM, "root-\(UUID().uuidString).pem")
        return configuration
    }

    /// What opening a store comes to: nothing, or why not.
    private func open(_ configuration: PostgresConfiguration) async -> String {
        let store = PostgresStore(configuration, logger: .silent)
        do {
            try await store.open()
            _ = try await store.load()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "verify-full: the right authority and name are taken; another authority, another name and no TLS are refused in words"
    )
    func serverCertificate() async throws {
        let server = try await PostgresServer(tls: .init(self.authority.issue("DNS:localhost")))
        let right = try self.configuration(server, trusting: self.authority)
        #expect(await self.open(right) == "")

        let wrongAuthority = await self.open(try self.configuration(server, trusting: TestAuthority("Other CA")))
        #expect(wrongAuthority.contains("certificate verify failed"), "\(wrongAuthority)")
        #expect(!wrongAuthority.contains(PostgresServer.password))

        var byAddress = right
        byAddress.servers = [Endpoint(host: "127.0.0.1", port: server.port)]
        let wrongName = await self.open(byAddress)
        #expect(wrongName.contains("does not match host name \"127.0.0.1\""), "\(wrongName)")

        var plain = right
        plain.tls = .disable
        let refused = await self.open(plain)
        #expect(refused.contains("no encryption") || refused.contains("pg_hba.conf"), "\(refused)")
        try await server.stop()
    }

    @Test(
        "Where PostgreSQL asks for a certificate, the right one opens the store without a password, and no other does"
    )
    func clientCertificate() async throws {
        let clients = try TestAuthority("Clients CA")
        let server = try await PostgresServer(
            tls: .init(self.authority.issue("DNS:localhost"), clientRoots: clients.rootPEM)
        )
        var configuration = try self.configuration(server, trusting: self.authority)
        configuration.password = nil
        let none = await self.open(configuration)
        #expect(none.contains("certificate"), "\(none)")

        func show(_ identity: TestIdentity, _ name: String) async throws -> String {
            configuration.certificate = try self.file(identity.chainPEM, "\(name).pem")
            configuration.key = try self.file(identity.keyPEM, "\(name).key")
            return await self.open(configuration)
        }
        #expect(try await show(clients.issue(nil, commonName: PostgresServer.user), "right") == "")
        let somebody = try await show(clients.issue(nil, commonName: "somebody"), "somebody")
        #expect(somebody.contains("certificate authentication failed for user \"isthmus\""), "\(somebody)")
        let stranger = try await show(self.authority.issue(nil, commonName: PostgresServer.user), "stranger")
        #expect(!stranger.isEmpty)
        try await server.stop()
    }
}
