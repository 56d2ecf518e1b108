import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Wire

/// Fetches revocation lists from the authorities' servers, over plain HTTP: they are signed
/// ([RFC 5280 §4.2.1.13](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13)).
actor RevocationFetcher: Service {
    private let keeper: Keeper
    private let settings: RevocationSettings
    private let now: @Sendable () -> Int64
    private var schedule: RevocationSchedule

    /// How often is looked whether a list is due.
    private static let look = Duration.seconds(10)
    /// For one list.
    private static let timeout = TimeAmount.seconds(30)

    init(keeper: Keeper, settings: RevocationSettings, now: @escaping @Sendable () -> Int64) {
        self.keeper = keeper
        self.settings = settings
        self.now = now
        self.schedule = RevocationSchedule(interval: settings.interval)
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.refresh()
                try await Task.sleep(for: Self.look)
            }
        }
    }

    /// Fetches what is due.
    func refresh() async {
        guard let addresses = try? await self.keeper.revocationAddresses() else { return }
        let due = self.schedule.due(addresses, at: self.now())
        if !due.isEmpty {
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration)
            for address in due { await self.fetch(address, client) }
            try? await client.shutdown()
        }
        await self.keeper.warnOfStaleRevocationLists()
    }

    private func fetch(_ address: String, _ client: HTTPClient) async {
        do {
            let data = try await self.data(at: address, client)
            let nextUpdate = try await self.keeper.takeRevocationLists(data, from: address)
            self.schedule.succeeded(address, at: self.now(), nextUpdate: nextUpdate)
        } catch {
            let failures = self.schedule.failed(address, at: self.now())
            await self.keeper.couldNotFetch(address, error, failures: failures)
        }
    }

    private func data(at address: String, _ client: HTTPClient) async throws -> [UInt8] {
        let response = try await client.execute(HTTPClientRequest(url: address), timeout: Self.timeout)
        guard response.status == .ok else {
            throw Failure(.unavailable, "the server answered \(response.status.code) \(response.status.reasonPhrase)")
        }
        // Throws when there is more.
        let body = try await response.body.collect(upTo: self.settings.maximumBytes)
        return [UInt8](body.readableBytesView)
    }

    private static let configuration = HTTPClient.Configuration(
        redirectConfiguration: .disallow,
        timeout: .init(connect: .seconds(10), read: .seconds(10))
    )
}
