import TestSupport
import Testing

@testable import DNS

/// A real BIND with the zone `contoso.test`, which a TSIG key may change, and `fixed.test`, which it may not.
struct UpdatableServer {
    let key: UpdateKey
    private let server: NameServer

    init(algorithm: UpdateKey.Algorithm = .hmacSHA256) async throws {
        let clause = try await ChildProcess.run("/usr/sbin/tsig-keygen", ["-a", algorithm.rawValue, "isthmus"]).output
        let key = UpdateKey(contents: clause)
        self.key = try #require(key)
        self.server = try await NameServer(
            zones: ["contoso.test": "_sip._tcp SRV 5 0 5060 old", "fixed.test": ""],
            updateKey: clause,
            updatable: ["contoso.test"]
        )
    }

    /// A client with the right key.
    var client: UpdateClient { self.client(key: self.key) }

    func client(key: UpdateKey?) -> UpdateClient {
        UpdateClient(host: "127.0.0.1", port: self.server.port, key: key, timeout: .seconds(5))
    }

    func stop() async throws { try await self.server.stop() }
}
