import Foundation
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Runs that last for minutes happen when somebody asks for them.
    fileprivate static var soak: Self {
        .enabled("needs ISTHMUS_SOAK_MINUTES") { ProcessInfo.processInfo.environment["ISTHMUS_SOAK_MINUTES"] != nil }
    }
}

extension Federation {
    /// `make soak-mixed MINUTES=30`.
    @Suite("Prosody, ejabberd and SIPp for a while", .soak)
    struct MixedSoakTests {
        private static let minutes = ProcessInfo.processInfo.environment["ISTHMUS_SOAK_MINUTES"].flatMap { Double($0) }
        /// What a service may have more at the end than after its last restart, in kB; looked at when the soak is long enough.
        private static let growth = 6_144
        private static let long = Duration.seconds(900)

        @Test(
            "Each service is restarted several times: nothing is lost, nothing out of order, no subscription stuck, memory stays flat"
        )
        func soak() async throws {
            let time = Duration.seconds(60) * (Self.minutes ?? 1)
            let combination = Scene.Combination(product: .ejabberd, method: .external)
            let settings = ["ISTHMUS_LOG_LEVEL": "info", "ISTHMUS_SIP_UDP": "127.0.98.21:5060"]
            try await Scene.play(8, combination, settings: settings) { scene in
                let report = try await MixedSoak(scene, for: time).run()
                for line in report.lines { SoakReport.say(line) }
                for (name, tally) in report.tallies {
                    #expect(tally.lost == [], "\(name)")
                    #expect(tally.outOfOrder == [], "\(name)")
                    #expect(!tally.arrived.isEmpty, "\(name)")
                }
                for (who, seen, outOfOrder) in report.notes { #expect(seen > 0 && outOfOrder == 0, "\(who)") }
                for (place, count) in report.typing { #expect(count > 0, "\(place)") }
                #expect(report.stuck == [])
                #expect(Set(report.restarts.map { $0.split(separator: " ")[0] }).count == MixedSoak.services.count)
                guard time >= Self.long else { return }
                for (service, from, to) in report.memory { #expect(to < from + Self.growth, "\(service)") }
            }
        }
    }
}
