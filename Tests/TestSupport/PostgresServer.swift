import Foundation

/// PostgreSQL on a free port of loopback, with a data folder of its own; it is gone when the suite is over.
///
/// The server refuses to be root, so that as root it runs as the user `postgres` of Debian's package.
public final class PostgresServer: Sendable {
    public static let user = "isthmus"
    public static let password = "correct horse"

    public let port: Int
    /// Whether it takes TLS alone.
    private let hasTLS: Bool
    private let scratch: Scratch
    private let process: ManagedProcess

    /// The server of the suite that runs; see `.postgreSQL` of the tests.
    @TaskLocal public static var current: PostgresServer?

    private static let folder = (13...18).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        .first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    public static var isInstalled: Bool { self.folder != nil }

    /// What it needs to take TLS and nothing else: its certificate, and the roots of those that clients must show; with none a password is
    /// enough.
    public struct TLS: Sendable {
        let identity: TestIdentity
        let clientRoots: [UInt8]?

        public init(_ identity: TestIdentity, clientRoots: [UInt8]? = nil) {
            self.identity = identity
            self.clientRoots = clientRoots
        }
    }

    /// Makes an empty cluster, starts it and waits until it answers.
    public init(tls: TLS? = nil) async throws {
        guard let folder = Self.folder else { throw ConditionNotMet(description: "PostgreSQL to be installed") }
        let scratch = try Scratch("postgres")
        let data = scratch.file("data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try scratch.write(Self.password, to: "password")
        if getuid() == 0, let postgres = getpwnam("postgres") {
            for path in [data.path, scratch.file("password").path] {
                chown(path, postgres.pointee.pw_uid, postgres.pointee.pw_gid)
            }
        }
        let made = try await ChildProcess.run(
            Launcher.program(folder + "/initdb"),
            Launcher.arguments(folder + "/initdb") + [
                "-D", data.path, "-U", Self.user, "--pwfile", scratch.file("password").path, "-A", "scram-sha-256",
                "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            ]
        )
        guard made.status == 0 else { throw ConditionNotMet(description: "initdb to succeed: \(made.output)") }
        if let tls { try Self.write(tls, to: scratch) }
        self.hasTLS = tls != nil
        (self.scratch, self.port) = (scratch, try FreePort.any())
        self.process = ManagedProcess()
        try await self.start()
    }

    /// Starts it, again after ``stop()`` on the same port.
    public func start() async throws {
        guard let folder = Self.folder else { return }
        self.process.child = try ChildProcess(
            Launcher.program(folder + "/postgres"),
            Launcher.arguments(folder + "/postgres") + [
                "-D", self.scratch.file("data").path, "-p", String(self.port), "-h", "127.0.0.1",
                "-k", "", "-c", "max_connections=200", "-c", "ssl=\(self.hasTLS ? "on" : "off")", "-c",
                "ssl_ca_file=\(self.hasTLS ? "clients.pem" : "")",
            ],
            log: self.scratch.file("log")
        )
        let log = self.scratch.file("log")
        try await eventually("PostgreSQL to answer", within: .seconds(60)) {
            // With TLS only those with the right certificates may ask.
            guard self.hasTLS else { return try await self.run("SELECT 1", in: "postgres").status == 0 }
            return try String(contentsOf: log, encoding: .utf8).contains("ready to accept connections")
        }
    }

    /// Its certificate, and who may connect: over TLS alone.
    private static func write(_ tls: TLS, to scratch: Scratch) throws {
        let method = tls.clientRoots == nil ? "scram-sha-256" : "cert"
        try scratch.write("hostssl all all 127.0.0.1/32 \(method)\n", to: "data/pg_hba.conf")
        try Data(tls.identity.chainPEM).write(to: scratch.file("data/server.crt"))
        try Data(tls.clientRoots ?? tls.identity.chainPEM).write(to: scratch.file("data/clients.pem"))
        let key = scratch.file("data/server.key")
        try Data(tls.identity.keyPEM).write(to: key)
        chmod(key.path, 0o600)
        guard getuid() == 0, let postgres = getpwnam("postgres") else { return }
        for name in ["pg_hba.conf", "server.crt", "clients.pem", "server.key"] {
            chown(scratch.file("data/\(name)").path, postgres.pointee.pw_uid, postgres.pointee.pw_gid)
        }
    }

    /// Ends it at once: connections break, what was committed stays.
    public func stop() async throws {
        guard let child = self.process.child, child.isRunning else { return }
        kill(child.pid, SIGQUIT)
        try await child.waitForExit(within: .seconds(30))
    }

    /// Runs statements in a database through `psql`.
    @discardableResult
    public func run(_ sql: String, in database: String) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            "/usr/bin/psql",
            ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
            environment: [
                "PGHOST": "127.0.0.1", "PGPORT": String(self.port), "PGUSER": Self.user, "PGPASSWORD": Self.password,
            ]
        )
    }

    /// A database for one test: the same for the same folder.
    public func database(for scratch: Scratch) async throws -> String {
        let name = scratch.folder.lastPathComponent.lowercased()
        let marker = scratch.file("database")
        if !FileManager.default.fileExists(atPath: marker.path) {
            let made = try await self.run("CREATE DATABASE \"\(name)\"", in: "postgres")
            guard made.status == 0 else { throw ConditionNotMet(description: "a database: \(made.output)") }
            try scratch.write(name, to: "database")
        }
        return name
    }

    public var passwordFile: String { self.scratch.file("password").path }

    private enum Launcher {
        static func program(_ executable: String) -> String { getuid() == 0 ? "/usr/bin/setpriv" : executable }

        static func arguments(_ executable: String) -> [String] {
            getuid() == 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", executable] : []
        }
    }
}

/// The process of a server that is started more than once; a test does that from one task.
private final class ManagedProcess: @unchecked Sendable {
    private let lock = NSLock()
    private var current: ChildProcess?

    var child: ChildProcess? {
        get { self.lock.withLock { self.current } }
        set { self.lock.withLock { self.current = newValue } }
    }
}
