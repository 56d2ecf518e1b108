import Foundation
import FoundationNetworking
import ZeroMQ

/// The executable `policy-service`, with keys, a store and ports of its own.
final class PolicyServiceProgram: Sendable {
    private static let patience = 60.0

    let keys: String
    let ports: (api: Int, requests: Int, publications: Int)
    private let folder: URL
    private let process = Process()

    /// Starts it and waits until it serves.
    init(_ program: String) async throws {
        let first = Int.random(in: 20_000...30_000)
        self.ports = (first, first + 1, first + 2)
        self.folder = FileManager.default.temporaryDirectory.appending(path: "policy-bench-\(UUID().uuidString)")
        self.keys = self.folder.appending(path: "keys").path
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try BusKeys.generate(in: self.keys)
        self.process.executableURL = URL(filePath: program)
        self.process.environment = [
            "ISTHMUS_BUS_KEYS": self.keys,
            "ISTHMUS_BUS_LISTEN": "127.0.0.1:\(self.ports.requests)",
            "ISTHMUS_BUS_PUBLISH": "127.0.0.1:\(self.ports.publications)",
            "ISTHMUS_API_LISTEN": "127.0.0.1:\(self.ports.api)",
            "ISTHMUS_API_TOKEN_PATH": self.tokenFile.path,
            "ISTHMUS_ADMIN_LISTEN": "127.0.0.1:\(first + 3)",
            "ISTHMUS_STORE_PATH": self.folder.appending(path: "policy.sqlite").path,
            "ISTHMUS_LOG_LEVEL": "warning",
        ]
        try self.process.run()
        let end = seconds() + Self.patience
        while try await self.send("GET", "/v1/settings") != 200 {
            guard seconds() < end, self.process.isRunning else { throw PolicyBench.Failure.notStarted }
        }
    }

    func stop() {
        self.process.terminate()
        self.process.waitUntilExit()
        try? FileManager.default.removeItem(at: self.folder)
    }

    /// - Returns: The status; 0 without an answer.
    func send(_ method: String, _ path: String, _ body: String? = nil) async throws -> Int {
        guard let url = URL(string: "http://127.0.0.1:\(self.ports.api)\(path)"),
            let token = try? String(contentsOf: self.tokenFile, encoding: .utf8)
        else { return 0 }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        request.setValue("Bearer \(token.trimmingCharacters(in: .newlines))", forHTTPHeaderField: "Authorization")
        let answer = try? await URLSession.shared.data(for: request)
        return (answer?.1 as? HTTPURLResponse)?.statusCode ?? 0
    }

    private var tokenFile: URL { self.folder.appending(path: "admin-token") }
}
