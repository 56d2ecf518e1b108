import Foundation

/// BIND on a free port of loopback, authoritative for the zones a test gives it.
public final class NameServer: Sendable {
    public let port: Int
    private let process: ChildProcess
    private let scratch: Scratch

    public static let executable = "/usr/sbin/named"
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: self.executable) }

    /// Starts it and waits until it answers.
    ///
    /// `zones` has the records of each zone in the form of a zone file, without `$TTL`, SOA and NS. `updateKey` is the
    /// `key "isthmus" { … };` that may change the zones of `updatable` (RFC 2136). Without `port` it takes a free one.
    /// The zones of `signed` have DNSSEC; `forging` replaces text in their files after they were signed.
    public init(
        zones: [String: String],
        updateKey: String = "",
        updatable: Set<String> = [],
        signed: Set<String> = [],
        forging: [(String, String)] = [],
        port: Int? = nil
    ) async throws {
        let scratch = try Scratch("named")
        var configuration = updateKey + "\n"
        for (zone, records) in zones {
            try scratch.write(
                """
                $TTL 60
                @ SOA ns hostmaster 1 3600 600 86400 5
                @ NS ns
                ns A 127.0.0.1
                \(records)

                """,
                to: "\(zone).zone"
            )
            if signed.contains(zone) { try Self.sign(zone, in: scratch, forging) }
            let policy = updatable.contains(zone) ? " update-policy { grant isthmus zonesub ANY; };" : ""
            configuration += "zone \"\(zone)\" { type primary; file \"\(zone).zone\";\(policy) };\n"
        }
        self.scratch = scratch
        let chosen = try port ?? FreePort.any()
        self.port = chosen
        try scratch.write(
            """
            options {
                directory "\(scratch.folder.path)";
                pid-file none;
                session-keyfile none;
                managed-keys-directory "\(scratch.folder.path)";
                listen-on port \(chosen) { 127.0.0.1; };
                listen-on-v6 { none; };
                recursion no;
                dnssec-validation no;
                allow-query { any; };
            };
            controls { };
            \(configuration)
            """,
            to: "named.conf"
        )
        self.process = try ChildProcess(
            Self.executable,
            ["-g", "-c", scratch.file("named.conf").path, "-n", "1"],
            log: scratch.file("named.log")
        )
        let log = scratch.file("named.log")
        try await eventually("named to run") {
            try String(decoding: Data(contentsOf: log), as: UTF8.self).contains(" running\n")
        }
    }

    /// The DNSSEC trust anchors of its signed zones, in the form of the resolver's setting.
    public var trustAnchorFile: String { self.scratch.file("anchors").path }

    /// Where it listens, as the resolver's setting has it.
    public var address: String { "127.0.0.1@\(self.port)" }

    /// Stops it; the port stays free.
    public func stop() async throws { try await self.process.stop() }

    /// Signs the file of `zone` with new keys, and adds its key to the trust anchors.
    private static func sign(_ zone: String, in scratch: Scratch, _ forging: [(String, String)]) throws {
        func run(_ tool: String, _ arguments: [String]) throws {
            try ChildProcess.tool("/usr/bin/env", ["-C", scratch.folder.path, tool] + arguments)
        }
        try run("dnssec-keygen", ["-a", "ECDSAP256SHA256", "-f", "KSK", zone])
        try run("dnssec-keygen", ["-a", "ECDSAP256SHA256", zone])
        let file = scratch.file("\(zone).zone")
        try run("dnssec-signzone", ["-S", "-o", zone, "-f", "signed", file.lastPathComponent])
        var text = try String(contentsOf: scratch.file("signed"), encoding: .utf8)
        for (old, new) in forging { text = text.replacingOccurrences(of: old, with: new) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        var anchors = (try? String(contentsOf: scratch.file("anchors"), encoding: .utf8)) ?? ""
        for key in try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).sorted()
        where key.hasPrefix("K\(zone).") && key.hasSuffix(".key") {
            let text = try String(contentsOf: scratch.file(key), encoding: .utf8)
            anchors += text.split(separator: "\n").filter { $0.contains("DNSKEY 257") }.joined(separator: "\n") + "\n"
        }
        try scratch.write(anchors, to: "anchors")
    }
}
