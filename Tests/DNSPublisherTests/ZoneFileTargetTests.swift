import Foundation
import Logging
import Policy
import TestSupport
import Testing
import Wire

@testable import DNS
@testable import DNSPublisher

@Suite("Publishing into zone files")
struct ZoneFileTargetTests {
    @Test("A plan is written to the file of its zone, and read back; the checker of BIND reads it")
    func writes() async throws {
        let scratch = try Scratch("zone")
        let publisher = await PublisherTests.publisher(ZoneFileTarget(directory: scratch.folder.path))
        let plan = try await publisher.plan()
        let result = try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))
        #expect(result.isVerified, "\(result.text)")
        #expect(try await publisher.plan().isEmpty)
        let text = try String(contentsOf: scratch.file("contoso.test.zone"), encoding: .utf8)
        #expect(text.contains("_xmpp-server._tcp.contoso.test. 300 IN SRV 10 0 5269 xmpp.contoso.test.\n"))
        guard NameServer.isInstalled else { return }
        try scratch.write(
            "$TTL 1\n@ SOA ns a 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\n$INCLUDE \(scratch.file("contoso.test.zone").path)\n",
            to: "whole.zone"
        )
        let check = try await ChildProcess.run(
            "/usr/bin/named-checkzone",
            ["contoso.test", scratch.file("whole.zone").path]
        )
        #expect(check.status == 0, "\(check.output)")
    }

    @Test("Without a target there is a list to enter by hand, and nothing to apply")
    func noTarget() async throws {
        let publisher = Publisher(
            PublishingSettings(records: DesiredRecordsTests.settings),
            target: nil,
            logger: Logger(label: "test")
        )
        await publisher.follow(domains: ["contoso.test"], edges: [DesiredRecordsTests.edge(.xmpp, "192.0.2.1")])
        let plan = try await publisher.plan()
        #expect(plan.byHand.count == 6 && plan.zones.isEmpty)
        await #expect(throws: Failure.self) { try await publisher.apply(DNSApplyRequest(checksum: plan.checksum)) }
        #expect(await publisher.zoneFile().contains("xmpp.contoso.test. 300 IN A 192.0.2.1"))
        #expect(await publisher.checkDrift() == nil)
    }

    @Test("A folder that cannot be written is an error")
    func unwritable() async throws {
        let publisher = await PublisherTests.publisher(ZoneFileTarget(directory: "/proc/nowhere"))
        let plan = try await publisher.plan()
        let failure = await #expect(throws: Failure.self) {
            try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))
        }
        #expect(failure?.code == .unavailable)
    }
}
