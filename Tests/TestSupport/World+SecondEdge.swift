import Foundation

extension World {
    /// Where the second edge of a kind is.
    public var secondEdgeAddress: String { "\(self.endpoints["PEERS_NET"] ?? "").22" }

    /// Starts another edge of the same kind beside `service`: with its settings, at an address of its own.
    ///
    /// Its log is `<service>-2.log` beside the others. Whoever starts it stops it.
    public func startSecond(_ service: String) throws -> ChildProcess {
        let pid = try self.pid(service)
        let environment = try Data(contentsOf: URL(filePath: "/proc/\(pid)/environ"))
        var settings: [String: String] = [:]
        for entry in environment.split(separator: 0) {
            let parts = String(decoding: entry, as: UTF8.self).split(separator: "=", maxSplits: 1)
            if parts.count == 2 { settings[String(parts[0])] = String(parts[1]) }
        }
        for (name, value) in settings {
            settings[name] = value.replacing(self.edgeAddress, with: self.secondEdgeAddress)
        }
        settings["ISTHMUS_INSTANCE"] = "\(service)-2"
        settings["ISTHMUS_BUS_LISTEN"] = "127.0.0.1:\(try FreePort.any())"
        settings["ISTHMUS_ADMIN_LISTEN"] = "127.0.0.1:0"
        return try ChildProcess(
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe"),
            [],
            environment: settings,
            log: self.scratch.file("log/\(service)-2.log")
        )
    }
}
