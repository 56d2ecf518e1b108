import Foundation
import Synchronization
import TestSupport

/// Restarts one service after the other: as an operator does, and every second round by force, as a crash does.
///
/// xmpp-edge is never killed here: what ejabberd, which has no XEP-0198 between servers, has just written to it would be gone (see
/// ``Federation/RestartTests``).
final class SoakRestarts: Sendable {
    /// The last part of the soak has none, so that memory can be looked at.
    private static let share = 0.65
    private static let rounds = 4
    private static let shortestPause = Duration.seconds(8)

    private let log = Mutex<[String]>([])

    /// What was restarted, in order.
    var done: [String] { self.log.withLock { $0 } }

    func run(in world: World, for time: Duration) async throws {
        let most = Self.rounds * MixedSoak.services.count
        let pause = max(Self.shortestPause, time * Self.share / most)
        try await paced(by: pause, times: Int(time * Self.share / pause)) { number in
            // The first time everything is still new.
            guard number > 0 else { return }
            let service = MixedSoak.services[(number - 1) % MixedSoak.services.count]
            let isCrash = (number - 1) / MixedSoak.services.count % 2 == 1 && service != "xmpp-edge"
            if isCrash { try await world.kill(service) } else { try await world.stop(service) }
            try await world.start(service)
            try await eventually("\(service) to be ready again", within: .seconds(30)) { await world.isReady(service) }
            self.log.withLock { $0.append(isCrash ? "\(service) (killed)" : service) }
        }
    }

    /// When the last one is over.
    static func end(of time: Duration) -> Duration { time * (Self.share + 0.05) }
}
