import Foundation
import TestSupport
import Testing

extension Federation {
    /// The scenes of `Tests/Conformance`, played through the running gateway: the examples of RFC 7247, 7572, 7573 and 8048.
    @Suite("Conformance suite")
    struct ConformanceSuite {
        @Test("Each scene, with Prosody and SIPp; what was seen is what the table of results says")
        func scenes() async throws {
            let only = ProcessInfo.processInfo.environment["ISTHMUS_SCENES"]
            let scenes = try ConformanceSuiteTests.scenes().filter { only == nil || $0.name.contains(only ?? "") }
            let settings = ["PROSODY_OPEN": "yes", "ISTHMUS_SIP_PROBE_INTERVAL": "1h"]
            try await withWorld(9, settings: settings) { world in
                // The examples ask for an hour.
                try await world.isthmusctl("settings", "set", "--subscription-refresh-interval", "3600")
                // A partner whose server does not exist.
                try await world.isthmusctl("partner", "add", "nowhere.xmpp.test", "--partner-type", "federated")
                let stage = ConformanceStage(world)
                var report = ConformanceReport()
                // Those that need sessions come last: then the gateway is told once how the SIP side takes messages.
                for needsSessions in [false, true] {
                    try await world.setDialect(needsSessions ? "lcs2005" : "rfc")
                    for scene in scenes where scene.needsSessions == needsSessions {
                        do {
                            report.add(scene, try await stage.play(scene))
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
                guard only == nil else { return }
                let differences = try report.differences()
                #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
            }
        }
    }
}

extension World {
    /// Says how the SIP server takes messages, and waits until the edges know it.
    fileprivate func setDialect(_ dialect: String) async throws {
        let list = try await self.isthmusctl("route", "list", "-o", "json")
        let routes = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
        let route = try #require(routes?.first?["id"] as? String)
        try await self.isthmusctl("route", "set", route, "--dialect", dialect)
        try await self.edgesAreCurrent()
    }
}

/// What can be said of the scenes without playing them.
@Suite("Scenes of the conformance suite")
struct ConformanceSuiteTests {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = Self.repository.appending(path: "Tests/Conformance")

    /// All scenes, in the order of their names.
    static func scenes() throws -> [ConformanceScene] {
        try FileManager.default.contentsOfDirectory(at: self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "scene" }
            .sorted { $0.lastPathComponent.compare($1.lastPathComponent, options: .numeric) == .orderedAscending }
            .map { try ConformanceScene(contentsOf: $0) }
    }

    /// The numbered examples of the standards: 7 of RFC 7572, 26 of RFC 7573, 25 of RFC 8048.
    @Test("Every numbered example is played", arguments: [("7572", 7), ("7573", 26), ("8048", 25)])
    func complete(_ standard: String, examples: Int) throws {
        let played = try Self.scenes().filter { $0.standard == standard }.flatMap(\.expectations).map(\.label)
        #expect((1...examples).filter { !played.contains("Example \($0)") } == [])
    }

    @Test("What SIPp is given is complete: each send has its transaction")
    func scenarios() throws {
        for scene in try Self.scenes() {
            for person in scene.people where person.side == .sip {
                let steps = scene.playedSteps.filter { $0.person == person.name }
                let scenario = try SIPpScenario(steps, address: "x@sip.test", placeholders: Placeholders(cast: [:]))
                let sends = scenario.text.components(separatedBy: "<send>").dropFirst()
                #expect(sends.allSatisfy { $0.contains("Call-ID") && $0.contains("Via:") && $0.contains("CSeq:") })
            }
        }
    }
}
