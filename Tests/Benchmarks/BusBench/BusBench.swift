import Foundation
import Glibc

/// Measures what a round trip over the bus costs, beside the same over bare libzmq with CURVE: CPU time of both processes.
///
/// ```
/// bus-bench            prints a table and, as the last line, the figures as JSON for report.py
/// bus-bench serve …    the other process of a measurement; started by the first
/// ```
@main
enum BusBench {
    /// Round trips per measurement, by how many are outstanding.
    private static let loads = [(window: 200, count: 300_000), (window: 1, count: 10_000)]

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "serve", arguments.count == 4 {
            try await self.serve(kind: arguments[1], keys: arguments[2], endpoint: arguments[3])
        } else {
            try await self.measure(runs: arguments.first.flatMap { Int($0) } ?? 3)
        }
    }

    private static func serve(kind: String, keys: String, endpoint: String) async throws {
        if kind == "raw" {
            try RawRoundTrip.serve(keys: keys, endpoint: endpoint)
        } else {
            try await BusRoundTrip.serve(keys: keys, endpoint: endpoint)
        }
    }

    private static func measure(runs: Int) async throws {
        var figures: [String: Double] = [:]
        for load in self.loads {
            var raw: [Double] = []
            var bus: [Double] = []
            for _ in 0..<runs {
                raw.append(
                    try await Server.with("raw") { server in
                        try RawRoundTrip.measure(server, window: load.window, count: load.count)
                    }
                )
                bus.append(
                    try await Server.with("bus") { server in
                        try await BusRoundTrip.measure(server, window: load.window, count: load.count)
                    }
                )
            }
            self.report("bare libzmq, \(load.window) outstanding", raw, &figures)
            self.report("bus, \(load.window) outstanding", bus, &figures)
        }
        let json = figures.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(String(format: "%.2f", $0.value))" }
        print("{\"name\":\"bus\",\"figures\":{\(json.joined(separator: ","))}}")
    }

    private static func report(_ name: String, _ values: [Double], _ figures: inout [String: Double]) {
        let sorted = values.sorted()
        figures[name] = sorted[sorted.count / 2]
        let spread = String(format: "%.2f (%.2f … %.2f)", sorted[sorted.count / 2], sorted[0], sorted[sorted.count - 1])
        print("\(name): \(spread) µs of CPU per round trip, both processes")
    }
}
