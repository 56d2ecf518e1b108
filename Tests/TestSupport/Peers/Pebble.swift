import Foundation

/// Pebble, the ACME CA for tests: on free ports of loopback, with keys of its own at each start.
public final class Pebble: Sendable {
    /// The directory.
    public var directory: String { "https://localhost:\(self.port)/dir" }
    /// The root that its own certificate chains to, PEM.
    public let rootPEM: [UInt8]
    public var rootFile: String { self.scratch.file("ca.pem").path }
    /// Where it looks for the pages of http-01, on whatever address DNS says.
    public let challengePort: Int

    private let port: Int
    private let managementPort: Int
    private let scratch: Scratch
    private let process: ChildProcess

    public static let executable = "/usr/bin/pebble"
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: self.executable) }

    /// How it differs from what it is by itself.
    public struct Options: Sendable {
        /// Seconds that its certificates are valid.
        public var lifetime = 90 * 86_400
        /// Names that it does not certify.
        public var blocked: [String] = []
        /// External accounts that a new account must be bound to: identifiers and keys.
        public var externalAccounts: [String: String] = [:]
        /// Of a hundred good nonces it refuses so many; by itself 5.
        public var refusedNonces = 5
        /// Whether it lets some seconds pass before it looks for a proof.
        public var isSlow = false

        public init() {}
    }

    /// Starts it; it asks `nameServer` for every name.
    public init(nameServer: NameServer, challengePort: Int? = nil, options: Options = Options()) async throws {
        let scratch = try Scratch("pebble")
        let authority = try TestAuthority("Pebble's own CA")
        let identity = try authority.issue("DNS:localhost,IP:127.0.0.1")
        try Data(authority.rootPEM).write(to: scratch.file("ca.pem"))
        try Data(identity.chainPEM).write(to: scratch.file("server.pem"))
        try Data(identity.keyPEM).write(to: scratch.file("server.key"))
        let (port, management) = (try FreePort.any(), try FreePort.any())
        let challengePort = try challengePort ?? FreePort.any()
        let configuration: [String: Any] = [
            "pebble": [
                "listenAddress": "127.0.0.1:\(port)", "managementListenAddress": "127.0.0.1:\(management)",
                "certificate": scratch.file("server.pem").path, "privateKey": scratch.file("server.key").path,
                "httpPort": challengePort, "tlsPort": try FreePort.any(), "ocspResponderURL": "",
                "externalAccountBindingRequired": !options.externalAccounts.isEmpty,
                "externalAccountMACKeys": options.externalAccounts, "domainBlocklist": options.blocked,
                "certificateValidityPeriod": options.lifetime,
            ] as [String: Any]
        ]
        try JSONSerialization.data(withJSONObject: configuration).write(to: scratch.file("pebble.json"))
        let process = try ChildProcess(
            Self.executable,
            ["-config", scratch.file("pebble.json").path, "-dnsserver", "127.0.0.1:\(nameServer.port)", "-strict"],
            environment: [
                options.isSlow ? "PEBBLE_VA_SLEEPTIME" : "PEBBLE_VA_NOSLEEP": options.isSlow ? "3" : "1",
                "PEBBLE_WFE_NONCEREJECT": "\(options.refusedNonces)",
                "PEBBLE_AUTHZREUSE": "0",
            ],
            log: scratch.file("log")
        )
        self.rootPEM = authority.rootPEM
        (self.scratch, self.process, self.port, self.managementPort) = (scratch, process, port, management)
        self.challengePort = challengePort
        try await eventually("pebble to listen") { [log = scratch.file("log")] in
            guard process.isRunning else {
                throw ConditionNotMet(description: "pebble to run: \(try String(contentsOf: log, encoding: .utf8))")
            }
            return try String(contentsOf: log, encoding: .utf8).contains("ACME directory available at")
        }
    }

    /// What it has logged: each request, each refused nonce, each look for a proof.
    public func log() throws -> String { try String(contentsOf: self.scratch.file("log"), encoding: .utf8) }

    /// The root that its certificates chain to, PEM.
    public func issuerRoot() async throws -> [UInt8] { Array(try await self.manage("roots/0").utf8) }

    /// What it says of a certificate with a serial number in hexadecimal: `Valid`, or `Revoked` and the number of the cause.
    public func status(of serial: String) async throws -> String {
        let text = try await self.manage("cert-status-by-serial/\(serial.lowercased())")
        let status = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        guard let word = status?["Status"] as? String else { throw ConditionNotMet(description: "a status: \(text)") }
        return (status?["Reason"] as? Int).map { "\(word) \($0)" } ?? word
    }

    /// Asks its management interface.
    private func manage(_ path: String) async throws -> String {
        let program = """
            import ssl, sys, urllib.request
            print(urllib.request.urlopen(sys.argv[2], context=ssl.create_default_context(cafile=sys.argv[1])).read().decode())
            """
        let address = "https://localhost:\(self.managementPort)/\(path)"
        return try await ChildProcess.run("/usr/bin/python3", ["-c", program, self.rootFile, address]).output
    }

    public func stop() async throws { try await self.process.stop() }
}
