import Bus
import Foundation
import FoundationNetworking
import Logging
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Wire
import ZeroMQ

@testable import PolicyService

/// The executable `policy-service` as it is deployed, with its own keys, store and ports.
final class PolicyServiceProcess: Sendable {
    let scratch: Scratch
    let apiPort: Int
    let requestPort: Int
    let publicationPort: Int

    /// What it is told about its store.
    private let store: [String: String]

    /// With its own file, or the database of a test in PostgreSQL; replicas have the bus keys of one of them.
    init(database: String? = nil, in server: PostgresServer? = nil, replicaOf other: PolicyServiceProcess? = nil) throws
    {
        self.scratch = try Scratch("policy-service")
        self.keys = other?.keys ?? self.scratch.file("keys").path
        if other == nil { try BusKeys.generate(in: self.keys) }
        if let server, let database {
            self.store = [
                "ISTHMUS_STORE_KIND": "postgresql", "ISTHMUS_STORE_SERVERS": "127.0.0.1:\(server.port)",
                "ISTHMUS_STORE_DATABASE": database, "ISTHMUS_STORE_USER": PostgresServer.user,
                "ISTHMUS_STORE_PASSWORD_FILE": server.passwordFile, "ISTHMUS_STORE_TLS": "disable",
            ]
        } else {
            self.store = ["ISTHMUS_STORE_PATH": self.scratch.file("policy.sqlite").path]
        }
        let ports = try Self.freePorts(4)
        (self.apiPort, self.requestPort, self.publicationPort) = (ports[0], ports[1], ports[2])
        self.adminPort = ports[3]
    }

    private let adminPort: Int

    let keys: String
    /// The token of another process with the same store.
    var otherToken: String? {
        get { self.borrowed.withLock { $0 } }
        set { self.borrowed.withLock { $0 = newValue } }
    }
    private let borrowed = Mutex<String?>(nil)

    var token: String {
        get throws {
            if let token = self.otherToken { return token }
            return try String(contentsOf: self.scratch.file("admin-token"), encoding: .utf8).trimmingCharacters(
                in: .newlines
            )
        }
    }

    /// Starts it and waits until it serves.
    func start() async throws -> ChildProcess {
        let program = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
            .appending(path: "policy-service").path
        let child = try ChildProcess(
            program,
            [],
            environment: [
                "ISTHMUS_BUS_KEYS": self.keys,
                "ISTHMUS_BUS_LISTEN": "127.0.0.1:\(self.requestPort)",
                "ISTHMUS_BUS_PUBLISH": "127.0.0.1:\(self.publicationPort)",
                "ISTHMUS_API_LISTEN": "127.0.0.1:\(self.apiPort)",
                "ISTHMUS_API_TOKEN_PATH": self.scratch.file("admin-token").path,
                "ISTHMUS_ADMIN_LISTEN": "127.0.0.1:\(self.adminPort)",
            ].merging(self.store) { $1 },
            log: self.scratch.file("log")
        )
        try await eventually("policy-service to serve") {
            guard child.isRunning else { return true }
            return try await self.send("GET", "/v1/status").status == 200
        }
        return child
    }

    /// The bus of a sip-edge that knows this process; nobody runs it yet.
    func edge(_ instance: String) throws -> Bus {
        let address = Bus.Configuration.Address(
            requests: "tcp://127.0.0.1:\(self.requestPort)",
            publications: "tcp://127.0.0.1:\(self.publicationPort)"
        )
        let configuration = Bus.Configuration(
            service: .sipEdge,
            keysDirectory: self.keys,
            listen: "tcp://127.0.0.1:*",
            addresses: [.policyService: address]
        )
        let logger = Logger.silent
        return try Bus(configuration, instance: instance, logger: logger, metrics: MetricsRegistry())
    }

    /// A status of 0 means that there was no answer.
    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil
    ) async throws -> (status: Int, body: DocumentValue) {
        guard let url = URL(string: "http://127.0.0.1:\(self.apiPort)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        guard let token = try? self.token else { return (0, .null) }
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        guard let (data, response) = try? await URLSession.shared.data(for: request),
            let response = response as? HTTPURLResponse
        else { return (0, .null) }
        return (response.statusCode, try DocumentValue(json: data))
    }

    /// Ports that nobody listens on.
    private static func freePorts(_ count: Int) throws -> [Int] {
        let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { for socket in sockets { close(socket) } }
        return try sockets.map { socket in
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
                }
            }
            guard isBound else { throw POSIXError(.EADDRINUSE) }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
