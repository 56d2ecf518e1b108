import Foundation

/// BIND, Prosody and the six services on loopback, started by `Scripts/test-world`: xmpp.test is a real Prosody's, sip.test is
/// ours, and whoever listens on ``sipAddress`` is its SIP server.
public final class World: Sendable {
    public let scratch: Scratch
    /// What `.isthmus/env` says, and the addresses of the peers.
    public let endpoints: [String: String]
    private let environment: [String: String]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let script = root.appending(path: "Scripts/test-world").path

    /// Starts everything, and waits until it is ready.
    ///
    /// - Parameters:
    ///   - number: Keeps the ports and addresses of several worlds apart, 0…9.
    ///   - settings: More for the environment of the script.
    /// - Throws: ``WorldError`` with what the script said.
    public init(_ number: Int, settings: [String: String] = [:]) async throws {
        self.scratch = try Scratch("world")
        self.environment = [
            "ISTHMUS_STATE": self.scratch.folder.path,
            "ISTHMUS_PORT_BASE": "\(16_000 + 100 * number)",
            "DNS_PORT": "\(17_053 + number)",
            "PEERS_NET": Self.network(number),
            "ISTHMUS_LOG_LEVEL": "debug",
        ].merging(settings) { $1 }
        let started = try await ChildProcess.run(Self.script, ["start"], environment: self.environment)
        guard started.status == 0 else { throw WorldError(description: started.output) }
        let text = try String(contentsOf: self.scratch.file("env"), encoding: .utf8)
        self.endpoints = text.split(separator: "\n").reduce(into: [:]) { endpoints, line in
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { endpoints[String(parts[0])] = String(parts[1]) }
        }
    }

    /// The first three numbers of the addresses in a world.
    private static func network(_ number: Int) -> String { "127.0.\(90 + number)" }

    /// Where the edges of a world are (Scripts/lib/peers.sh).
    static func edgeAddress(_ number: Int) -> String { "\(self.network(number)).21" }

    /// Stops everything.
    public func stop() async {
        _ = try? await ChildProcess.run(Self.script, ["stop"], environment: self.environment)
    }

    public var sipAddress: String { self.endpoints["SIP_ADDRESS"] ?? "" }
    /// Another address on the SIP side: a user's phone.
    public var phoneAddress: String { "\(self.endpoints["PEERS_NET"] ?? "").32" }
    public var edgeAddress: String { self.endpoints["EDGE_ADDRESS"] ?? "" }
    public var prosodyAddress: String { self.endpoints["PROSODY_ADDRESS"] ?? "" }
    public var prosodyPort: Int { Int(self.endpoints["PROSODY_C2S_PORT"] ?? "") ?? 5222 }

    /// Runs `isthmusctl`.
    @discardableResult
    public func isthmusctl(_ arguments: String...) async throws -> String { try await self.isthmusctl(arguments) }

    /// Runs `isthmusctl`.
    @discardableResult
    public func isthmusctl(_ arguments: [String]) async throws -> String {
        let run = try await ChildProcess.run(self.scratch.file("isthmusctl").path, arguments)
        guard run.status == 0 else { throw WorldError(description: "isthmusctl \(arguments): \(run.output)") }
        return run.output
    }

    /// Runs `isthmusctl` and says how it ended: its status may be the answer.
    public func ask(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(self.scratch.file("isthmusctl").path, arguments)
    }

    /// Kills a service with SIGKILL, as a crash would, and waits until its ports are free.
    public func kill(_ service: String) async throws {
        let pid = try self.pid(service)
        Foundation.kill(pid, SIGKILL)
        try await eventually("\(service) to be dead") { !Self.isAlive(pid) }
    }

    /// Whether a process runs: one that has ended and that nobody has asked about is still listed.
    private static func isAlive(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        // The name of the program, which is in brackets, may have anything in it.
        return text.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    /// Stops a service with SIGTERM, as an operator would, and waits for its end.
    public func stop(_ service: String) async throws {
        let run = try await ChildProcess.run(Self.script, ["stop-service", service], environment: self.environment)
        guard run.status == 0 else { throw WorldError(description: run.output) }
    }

    /// The process of a service that was started.
    public func pid(_ service: String) throws -> Int32 {
        let text = try? String(contentsOf: self.scratch.file("run/\(service).pid"), encoding: .utf8)
        guard let pid = Int32((text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)), Self.isAlive(pid)
        else { throw WorldError(description: "\(service) does not run") }
        return pid
    }

    /// The memory a service has in use, in bytes.
    public func residentMemory(of service: String) async throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(try self.pid(service))/statm", encoding: .utf8)
        guard let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw WorldError(description: "statm: \(text)")
        }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// A metric of a service that has no labels.
    public func metric(_ name: String, of service: String) async throws -> Double {
        let key = service.uppercased().replacing("-", with: "_") + "_ADMIN"
        let page = try await ChildProcess.run("/usr/bin/curl", ["-sf", "\(self.endpoints[key] ?? "")/metrics"]).output
        let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        guard let value = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw WorldError(description: "no metric \(name)")
        }
        return value
    }

    /// The id of the first static route.
    public func route() async throws -> String {
        let list = try await self.isthmusctl("route", "list", "-o", "json")
        let routes = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
        guard let id = routes?.first?["id"] as? String else { throw WorldError(description: "no route: \(list)") }
        return id
    }

    /// Starts a service again.
    public func start(_ service: String) async throws {
        let run = try await ChildProcess.run(Self.script, ["start-service", service], environment: self.environment)
        guard run.status == 0 else { throw WorldError(description: run.output) }
    }

    /// Whether a service says it is ready.
    public func isReady(_ service: String) async -> Bool {
        let key = service.uppercased().replacing("-", with: "_") + "_ADMIN"
        guard let admin = self.endpoints[key] else { return false }
        let run = try? await ChildProcess.run("/usr/bin/curl", ["-sf", "-m", "2", "\(admin)/readyz"])
        return run?.status == 0
    }

    /// The lines of a service's log.
    public func log(_ service: String) throws -> [String] {
        let text = try String(contentsOf: self.scratch.file("log/\(service).log"), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }
}

/// Why the world could not be as a test needs it.
public struct WorldError: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}
