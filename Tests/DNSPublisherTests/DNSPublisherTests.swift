import Foundation
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import Bus
@testable import DNSPublisher

@Suite("dns-publisher on the bus", .timeLimit(.minutes(5)))
struct DNSPublisherTests {
    @Test("policy-service asks for the plan of the policy in force, has it applied, and gets the zone")
    func journey() async throws {
        let neighbourhood = try await Neighbourhood()
        var settings = try await neighbourhood.settings([
            "dns.target": "zone-file", "dns.zone-directory": neighbourhood.scratch.file("zones").path,
            "access.sip": "sip.contoso.test", "dns.addresses": "sip.contoso.test=192.0.2.9",
        ])
        let configuration = DNSPublisher.Configuration(&settings)
        #expect(settings.finish() == [])
        let context = ServiceContext(name: "dns-publisher", instance: "test", logger: .silent)
        let service = try DNSPublisher(configuration, context: context)
        neighbourhood.run { try await service.run() }
        neighbourhood.commit(.domain(LocalDomain(domain: "contoso.test")))
        neighbourhood.commit(.edge(DesiredRecordsTests.edge(.xmpp, "192.0.2.1")))

        let endpoints = try await service.bus.endpoints()
        let asker = try neighbourhood.bus(.policyService, knows: [.dnsPublisher: .init(requests: endpoints.requests)])
        neighbourhood.run { try await asker.run() }
        let plan: DNSPlan = try await eventually("the plan has the edge's address") {
            let answer = try await asker.request(.dnsPlanRequest, to: .dnsPublisher, timeout: .seconds(5))
            guard case .dnsPlan(let plan) = answer, plan.desired.count == 7 else { return nil }
            return plan
        }
        #expect(plan.changes.count == 14 && plan.changes.allSatisfy { $0.action == .add })
        let apply = Body.dnsApply(DNSApplyRequest(checksum: plan.checksum))
        let answer = try await asker.request(apply, to: .dnsPublisher, timeout: .seconds(5))
        guard case .dnsResult(let result) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(result.isVerified && result.applied == 14)
        #expect(context.metrics.prometheusText().contains("isthmus_dns_pending_changes 0"))
        let failure = await #expect(throws: BusFailure.self) {
            try await asker.request(apply, to: .dnsPublisher, timeout: .seconds(5))
        }
        guard case .remote(let reason) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(reason.code == .conflict)
        guard
            case .dnsZone(let zone) = try await asker.request(.dnsZoneRequest, to: .dnsPublisher, timeout: .seconds(5))
        else {
            Issue.record("no zone")
            return
        }
        #expect(zone.contains("xmpp.contoso.test. 300 IN A 192.0.2.1"))
        #expect(context.health.isReady)
    }

    static let mistaken: [([String: String], Int)] = [
        (["dns.target": "update"], 2),
        (["dns.target": "nsupdate"], 1),
        (["access.xmpp": "not a name", "dns.addresses": "x.test=300.1.1.1"], 2),
        (["dns.owner": "two words", "dns.ttl": "1", "dns.port-sip": "70000"], 3),
        (["dns.target": "update", "dns.server": "127.0.0.1:53", "dns.tsig-file": "/nowhere"], 1),
    ]

    @Test("Settings that cannot hold are mistakes, all of them at once", arguments: mistaken)
    func settings(_ values: [String: String], _ count: Int) {
        var settings = SettingsReader(SettingsSource(values: values))
        _ = DNSPublisher.Configuration(&settings)
        let mistakes = settings.finish()
        #expect(mistakes.count == count, "\(mistakes)")
    }
}
