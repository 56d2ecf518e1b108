import Foundation
import Synchronization
import TestSupport

/// The resident memory of the six services over time, in kB.
final class SoakMemory: Sendable {
    struct Sample {
        let time: Duration
        let residentKB: [String: Int]
    }

    private let kept = Mutex<[Sample]>([])

    func sample(_ world: World, at time: Duration) {
        var resident: [String: Int] = [:]
        for service in MixedSoak.services {
            guard let pid = try? world.pid(service),
                let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
            else { continue }
            resident[service] = (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
        }
        let sample = Sample(time: time, residentKB: resident)
        self.kept.withLock { $0.append(sample) }
    }

    /// The latest, for people.
    var latest: String {
        let last = self.kept.withLock { $0.last?.residentKB ?? [:] }
        return MixedSoak.services.map { "\($0) \((last[$0] ?? 0) / 1024) MB" }.joined(separator: ", ")
    }

    /// How much each has, at the first sample after `start` and at the last.
    func growth(since start: Duration) -> [(service: String, from: Int, to: Int)] {
        let steady = self.kept.withLock { $0.filter { $0.time >= start } }
        return MixedSoak.services.compactMap { service in
            guard let from = steady.first?.residentKB[service], let to = steady.last?.residentKB[service] else {
                return nil
            }
            return (service, from, to)
        }
    }
}
