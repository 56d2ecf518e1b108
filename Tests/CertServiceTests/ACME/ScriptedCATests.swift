import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("An ACME CA that has had enough, or knows better when to renew", .timeLimit(.minutes(5)))
struct ScriptedCATests {
    let residence: Residence
    let authority: ScriptedCA
    let bell = OrderBell()
    let keeper: Keeper

    init() async throws {
        self.residence = try Residence()
        self.authority = try await ScriptedCA()
        let settings = ACMESettings(directory: self.authority.directory, roots: self.authority.rootPEM)
        self.keeper = try self.residence.keeper(acme: settings, bell: self.bell)
        await self.keeper.follow(domains: ["contoso.test"])
    }

    private func service(trusting roots: [UInt8]? = nil) -> ACMEService {
        ACMEService(
            ACMEService.Parts(
                settings: ACMESettings(directory: self.authority.directory, roots: roots ?? self.authority.rootPEM),
                keeper: self.keeper,
                board: ChallengeBoard(),
                logger: .silent,
                publish: { _ in },
                now: { [clock = self.residence.clock] in clock.now },
                bell: self.bell
            )
        )
    }

    @Test("A CA that limits requests is not asked before the time it has said, by nobody")
    func rateLimited() async throws {
        let made = try await self.keeper.request(ACMEWorld.order())
        let order = try #require(try self.keeper.store.orders().first)
        await self.service().carry(order)
        let standing = try #require(try await self.keeper.inventory().records.first { $0.id == made.id }?.order)
        #expect(standing.problem == "too many certificates for contoso.test (rateLimited)")
        #expect(standing.nextAttempt >= (self.residence.clock.now + 7200) * 1000)
        #expect(try await self.keeper.dueOrders().isEmpty)
        let failure = await #expect(throws: Failure.self) { try await self.keeper.renew(made.id) }
        #expect(failure?.code == .overloaded && failure?.text.contains("too many certificates") == true)
        self.residence.clock.advance(days: 1)
        #expect(try await self.keeper.dueOrders().map(\.id) == [made.id])
    }

    @Test("A server that the roots do not vouch for is told nothing, and the reason says what to set")
    func untrusted() async throws {
        _ = try await self.keeper.request(ACMEWorld.order())
        let order = try #require(try self.keeper.store.orders().first)
        await self.service(trusting: try TestAuthority("another").rootPEM).carry(order)
        let problem = try #require(try self.keeper.store.orders().first?.machine.problem)
        #expect(problem.type == "unreachable" && problem.detail.contains("ISTHMUS_CERTIFICATES_ACME_CA_FILE"))
    }

    @Test("The CA's window for the renewal is asked for, kept with its explanation, and shown")
    func suggestion() async throws {
        let made = try await self.keeper.request(
            CertificateSigningRequest(commonName: "contoso.test", uses: [.xmpp], isImmediate: true)
        )
        var machine = OrderMachine(names: ["contoso.test"], preference: [.http])
        _ = machine.handle(.begin)
        _ = machine.handle(
            .order(ACMEOrder(address: "o", status: .valid, authorizations: [], finalize: "f", certificate: "c"))
        )
        _ = machine.handle(.certificate([1]))
        _ = machine.handle(.installed)
        let now = self.residence.clock.now
        let schedule = RenewalSchedule(notBefore: now, notAfter: now + 90 * 86_400, chance: 0, now: now)
        let order = StoredOrder(id: made.id, directory: self.authority.directory, machine: machine, renewal: schedule)
        #expect(try await self.keeper.keep(order))

        let service = self.service()
        let running = Task { try await service.run() }
        defer { running.cancel() }
        let renewal = try await eventually("the suggestion") {
            try self.keeper.store.orders().first?.renewal.flatMap { $0.window == nil ? nil : $0 }
        }
        #expect((2_493_072_000...2_493_244_800).contains(renewal.time))  // 1 to 3 January 2049
        #expect(renewal.explanation == "https://ca.test/why" && renewal.nextQuestion == now + 7200)
    }
}
