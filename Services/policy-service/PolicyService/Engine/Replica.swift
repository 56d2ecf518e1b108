import ServiceLifecycle

/// Looks at a shared store as soon as another replica has changed something there.
///
/// `Upkeep` looks once a second besides, should a notification be lost.
struct Replica: Service {
    let store: any SharedStore
    let engine: PolicyEngine
    let tokens: Tokens

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.store.wakes {
                await self.engine.followOrWarn()
                await self.tokens.refresh()
            }
        }
    }
}
