import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

/// The server of an authority: one file, which may be changed, and a count of who asked.
private final class AuthorityServer: Sendable {
    private final class File: Sendable {
        let state = Mutex<(bytes: [UInt8], requests: Int)>(([], 0))

        /// What is there now; `nil`: the server is out of order.
        func answer() -> [UInt8]? {
            self.state.withLock { state in
                state.requests += 1
                return state.bytes.isEmpty ? nil : state.bytes
            }
        }
    }

    private let file: File
    private let task: Task<Void, any Error>
    let address: String

    init() async throws {
        let file = File()
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let router = Router()
        router.get("ca.crl") { _, _ -> Response in
            guard let bytes = file.answer() else { return Response(status: .serviceUnavailable) }
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
            logger: .silent
        )
        self.file = file
        self.task = Task { try await application.run() }
        var iterator = ports.makeAsyncIterator()
        self.address = "http://127.0.0.1:\(await iterator.next() ?? 0)/ca.crl"
    }

    deinit { self.task.cancel() }

    func publish(_ bytes: [UInt8]) { self.file.state.withLock { $0.bytes = bytes } }
    var requests: Int { self.file.state.withLock { $0.requests } }
}

@Suite("Revocation lists at cert-service", .timeLimit(.minutes(5)))
struct RevocationTests {
    let residence: Residence

    init() throws { self.residence = try Residence() }

    private func fetcher(_ keeper: Keeper) -> RevocationFetcher {
        RevocationFetcher(keeper: keeper, settings: RevocationSettings()) { [clock = self.residence.clock] in clock.now
        }
    }

    private static func issuers(_ keeper: Keeper) async throws -> [String] {
        try await keeper.identities(.xmpp).revocationLists.map { try RevocationList(der: $0).issuer }
    }

    @Test("The list of a trusted authority is fetched from where it says, refreshed in time, and kept over a restart")
    func fetches() async throws {
        let server = try await AuthorityServer()
        let authority = try TestAuthority(revocationAddress: server.address)
        let metrics = MetricsRegistry()
        let keeper = try self.residence.keeper(roots: authority.rootPEM, metrics: metrics)
        let fetcher = self.fetcher(keeper)
        // The server is there, and says 503: tried again after a minute, not before.
        await fetcher.refresh()
        await fetcher.refresh()
        #expect(server.requests == 1)
        #expect(metrics.prometheusText().contains("isthmus_revocation_list_fetch_failures_total 1"))
        server.publish(try authority.revocationList(days: 8))
        self.residence.clock.advance(days: 1)
        await fetcher.refresh()
        #expect(server.requests == 2)
        #expect(try await Self.issuers(keeper) == ["CN=Test Root"])
        #expect(metrics.prometheusText().contains("isthmus_revocation_lists 1"))
        let first = try #require(self.residence.published.last)

        // At most a day later, as the setting says: a newer list takes the place of the old one, and the edges are told.
        await fetcher.refresh()
        #expect(server.requests == 2)
        let revoked = try authority.issue("DNS:a.example")
        server.publish(try authority.revocationList([revoked.chainPEM], age: 0, days: 9))
        self.residence.clock.advance(days: 1)
        await fetcher.refresh()
        #expect(server.requests == 3)
        #expect(try await Self.issuers(keeper).count == 1)
        #expect(try #require(self.residence.published.last) > first)

        // An older one does not.
        let current = try await keeper.identities(.xmpp).revocationLists
        server.publish(try authority.revocationList(age: 5, days: 20))
        self.residence.clock.advance(days: 1)
        await fetcher.refresh()
        #expect(server.requests == 4)
        #expect(try await keeper.identities(.xmpp).revocationLists == current)
        #expect(try await self.residence.keeper(roots: authority.rootPEM).identities(.sip).revocationLists == current)
    }

    @Test("A list comes from a file too; it goes with its authority")
    func imports() async throws {
        let authority = try TestAuthority()
        let keeper = try self.residence.keeper()
        let list = try authority.revocationList()
        await #expect(throws: Failure.self) { try await keeper.addTrustRoots(TrustRootAddition(data: list)) }
        let roots = try await keeper.addTrustRoots(TrustRootAddition(data: authority.rootPEM))
        #expect(try await keeper.addTrustRoots(TrustRootAddition(data: list)) == roots)
        #expect(try await Self.issuers(keeper) == ["CN=Test Root"])
        let root = try Certificate.chain(pem: authority.rootPEM)[0]
        try await keeper.removeTrustRoot(id: root.fingerprint)
        #expect(try await Self.issuers(keeper).isEmpty)
    }

    @Test("A list of another key, of another issuer, rubbish, or one that is too large is not taken")
    func refuses() async throws {
        let authority = try TestAuthority()
        let keeper = try self.residence.keeper(
            roots: authority.rootPEM,
            revocation: RevocationSettings(maximumBytes: 2000)
        )
        let large = try authority.revocationList() + [UInt8](repeating: 0x0A, count: 2000)
        for data in [
            try TestAuthority().revocationList(), try TestAuthority("Other").revocationList(), Array("rubbish".utf8),
            large,
        ] {
            await #expect(throws: (any Error).self) { try await keeper.takeRevocationLists(data, from: "file") }
        }
        #expect(try await Self.issuers(keeper).isEmpty)
        #expect(self.residence.published.isEmpty)
        try await keeper.takeRevocationLists(authority.revocationList(), from: "file")
        #expect(try await Self.issuers(keeper).count == 1)
    }

    @Test("Fetched again at half of its life, at least daily; after failures with growing pauses of at most an hour")
    func schedule() {
        var schedule = RevocationSchedule(interval: 86_400)
        #expect(schedule.due(["a"], at: 0) == ["a"])
        schedule.succeeded("a", at: 0, nextUpdate: 1000)
        #expect(schedule.due(["a"], at: 499) == [])
        #expect(schedule.due(["a"], at: 500) == ["a"])
        schedule.succeeded("a", at: 500, nextUpdate: nil)
        #expect(schedule.due(["a"], at: 500 + 86_399) == [])
        schedule.succeeded("a", at: 0, nextUpdate: -5)
        #expect(schedule.due(["a"], at: 59) == [])
        var now: Int64 = 0
        var pauses: [Int64] = []
        for failures in 1...8 {
            #expect(schedule.failed("b", at: now) == failures)
            var next = now
            while schedule.due(["b"], at: next).isEmpty { next += 60 }
            pauses.append(next - now)
            now = next
        }
        #expect(pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600])
    }
}
