import Foundation
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Bus
@testable import CertService

@Suite("cert-service on the bus", .timeLimit(.minutes(5)))
struct CertServiceTests {
    @Test("An edge is given the identity of each domain that the policy serves, and told when there is another")
    func delivery() async throws {
        let neighbourhood = try await Neighbourhood()
        neighbourhood.commit(.domain(LocalDomain(domain: "contoso.test")))
        var settings = try await neighbourhood.settings([
            "bus.publish": "127.0.0.1:0", "certificates.directory": neighbourhood.scratch.file("state").path,
            "certificates.master-key-path": neighbourhood.scratch.file("secret").path, "certificates.key": "ecdsa-p256",
            "access.xmpp": "XMPP.contoso.test",
        ])
        let configuration = CertService.Configuration(&settings)
        #expect(settings.finish() == [])
        let context = ServiceContext(name: "cert-service", instance: "test", logger: .silent)
        let service = try CertService(configuration, context: context)
        neighbourhood.run { try await service.run() }

        let endpoints = try await service.bus.endpoints()
        let edge = try neighbourhood.bus(
            .xmppEdge,
            knows: [.certService: .init(requests: endpoints.requests, publications: endpoints.publications)]
        )
        let versions = Mutex<[UInt64]>([])
        let (began, beginning) = AsyncStream.makeStream(of: Void.self)
        edge.subscribe(to: .certService) { publication in
            if case .began = publication { beginning.finish() }
            if case .body(.certificatesChanged(let version)) = publication {
                versions.withLock { $0.append(version) }
            }
        }
        neighbourhood.run { try await edge.run() }
        for await _ in began {}

        @Sendable func names() async throws -> [[String]] {
            let answer = try await edge.request(
                .identitiesRequest(IdentitiesRequest(.xmpp)),
                to: .certService,
                timeout: .seconds(5)
            )
            guard case .identities(let set) = answer else { return [] }
            return set.identities.map(\.names)
        }
        let contoso = ["xmpp.contoso.test", "sip.contoso.test", "contoso.test"]
        try await eventually("the first certificate") { try await names() == [contoso] }

        neighbourhood.commit(.domain(LocalDomain(domain: "fabrikam.test")))
        try await eventually("the second certificate") { try await names().count == 2 }
        try await eventually("the edge is told") { !versions.withLock { $0 }.isEmpty }
        neighbourhood.commit(.domainRemoved(domain: "contoso.test"))
        try await eventually("the first one goes") { try await names().map(\.last) == ["fabrikam.test"] }

        // The bus lets an edge ask; the service gives it the keys of its own use alone.
        await #expect(throws: BusFailure.self) {
            try await edge.request(.identitiesRequest(IdentitiesRequest(.sip)), to: .certService, timeout: .seconds(5))
        }
        #expect(context.health.isReady)
        #expect(context.metrics.prometheusText().contains("isthmus_certificates{state=\"automatic\"} 1"))
    }

    @Test("Settings that cannot hold are mistakes, all of them at once")
    func settings() {
        var settings = SettingsReader(
            SettingsSource(values: [
                "access.xmpp": "not a name", "certificates.key": "rsa-512", "certificates.lifetime": "9y",
            ])
        )
        _ = CertService.Configuration(&settings)
        #expect(settings.finish().count == 3)
    }

    @Test("A file of trust roots that is none stops the start")
    func badTrustRoots() throws {
        let scratch = try Scratch("roots")
        let file = try scratch.write("nothing", to: "roots.pem").path
        #expect(throws: TrustSourceError.self) {
            try TrustSources(files: [file]).pem()
        }
        #expect(throws: TrustSourceError.self) {
            try TrustSources(files: ["/nowhere"]).pem()
        }
    }
}
