import Bus
import Logging
import ServiceLifecycle
import Wire

/// Tells dns-publisher which public keys are to be in DNS, and the keeper which are there.
struct AssociationPublisher: Service {
    /// While something is on its way into use.
    private static let interval = Duration.seconds(2)
    /// While nothing is, it looks but tells at each of so many looks only.
    private static let idleLooks = 15
    private static let timeout = Duration.seconds(10)

    let bus: Bus
    let keeper: Keeper
    let logger: Logger
    /// Rung when there is something new to say.
    let bell: AsyncStream<Void>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                let (rounds, round) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                group.addTask { for await _ in self.bell { round.yield() } }
                group.addTask {
                    for look in 0... {
                        if Task.isCancelled { return }
                        // Something may have come on its way since it was looked last.
                        if look.isMultiple(of: Self.idleLooks) {
                            round.yield()
                        } else if await self.keeper.isStaging {
                            round.yield()
                        }
                        try? await Task.sleep(for: Self.interval)
                    }
                }
                for await _ in rounds { await self.tell() }
                group.cancelAll()
            }
        }
    }

    private func tell() async {
        do {
            try await self.keeper.tick()
            guard let associations = try await self.keeper.associations() else { return }
            let answer = try await self.bus.request(
                .dnsAssociations(associations),
                to: .dnsPublisher,
                timeout: Self.timeout
            )
            guard case .dnsAssociationsState(let state) = answer else { return }
            try await self.keeper.published(state)
        } catch {
            // Without dns-publisher nothing is in DNS that was not before: what waits for it goes on waiting.
            self.logger.debug("dns-publisher cannot be told which keys are in use", metadata: ["reason": "\(error)"])
        }
    }
}
