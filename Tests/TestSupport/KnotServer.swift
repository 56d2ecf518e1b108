import Foundation

/// Knot DNS on a free port of loopback, authoritative for the zones a test gives it; it signs those of `signed` by itself.
public final class KnotServer: Sendable {
    public let port: Int
    private let process: ChildProcess
    private let scratch: Scratch

    public static let executable = "/usr/sbin/knotd"
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: self.executable) }

    /// Starts it and waits until it answers.
    ///
    /// `zones` has the records of each zone as ``NameServer`` takes them; the key named `isthmus`, with its algorithm and secret, may
    /// change those of `updatable`.
    public init(
        zones: [String: String],
        updateKey: (algorithm: String, secret: String),
        updatable: Set<String>,
        signed: Set<String> = []
    ) async throws {
        let scratch = try Scratch("knot")
        let folder = scratch.folder.path
        var configuration = ""
        for (zone, records) in zones.sorted(by: { $0.key < $1.key }) {
            try scratch.write(
                """
                $ORIGIN \(zone).
                $TTL 60
                @ SOA ns hostmaster 1 3600 600 86400 5
                @ NS ns
                ns A 127.0.0.1
                \(records)

                """,
                to: "\(zone).zone"
            )
            configuration += "  - domain: \(zone)\n    storage: \"\(folder)\"\n    file: \(zone).zone\n"
            configuration += "    zonefile-sync: -1\n    journal-content: all\n"
            if updatable.contains(zone) { configuration += "    acl: update\n" }
            if signed.contains(zone) { configuration += "    dnssec-signing: on\n" }
        }
        self.scratch = scratch
        self.port = try FreePort.any()
        try scratch.write(
            """
            server:
                listen: 127.0.0.1@\(self.port)
                rundir: "\(folder)"
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: "\(folder)"
            log:
              - target: stderr
                any: info
            key:
              - id: isthmus
                algorithm: \(updateKey.algorithm)
                secret: \(updateKey.secret)
            acl:
              - id: update
                key: isthmus
                action: update
            zone:
            \(configuration)
            """,
            to: "knot.conf"
        )
        let log = scratch.file("knot.log")
        self.process = try ChildProcess(Self.executable, ["-c", scratch.file("knot.conf").path], log: log)
        try await eventually("Knot to run") {
            try String(decoding: Data(contentsOf: log), as: UTF8.self).contains("server started")
        }
    }

    /// Stops it; the port stays free.
    public func stop() async throws { try await self.process.stop() }
}
