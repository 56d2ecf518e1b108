import TestSupport
import Testing

@testable import DNS

/// A real BIND or Knot with the zone `contoso.test`, which a TSIG key may change, and `fixed.test`, which it may not.
struct UpdatableServer {
    let key: UpdateKey
    private let server: any UpdatableProcess

    /// Which program it is.
    enum Product: String, CaseIterable { case bind, knot }

    init(_ product: Product = .bind, algorithm: UpdateKey.Algorithm = .hmacSHA256) async throws {
        let clause = try await ChildProcess.run("/usr/sbin/tsig-keygen", ["-a", algorithm.rawValue, "isthmus"]).output
        let key = UpdateKey(contents: clause)
        self.key = try #require(key)
        let zones = ["contoso.test": "_sip._tcp SRV 5 0 5060 old", "fixed.test": ""]
        self.server =
            switch product {
            case .bind: try await NameServer(zones: zones, updateKey: clause, updatable: ["contoso.test"])
            case .knot:
                try await KnotServer(
                    zones: zones,
                    updateKey: (
                        algorithm.rawValue, String(try #require(clause.split(separator: "\"").dropFirst(3).first))
                    ),
                    updatable: ["contoso.test"]
                )
            }
    }

    /// A client with the right key.
    var client: UpdateClient { self.client(key: self.key) }

    func client(key: UpdateKey?) -> UpdateClient {
        UpdateClient(host: "127.0.0.1", port: self.server.port, key: key, timeout: .seconds(5))
    }

    func stop() async throws { try await self.server.stop() }
}

/// A server that is stopped at the end.
protocol UpdatableProcess: Sendable {
    var port: Int { get }
    func stop() async throws
}

extension NameServer: UpdatableProcess {}
extension KnotServer: UpdatableProcess {}
