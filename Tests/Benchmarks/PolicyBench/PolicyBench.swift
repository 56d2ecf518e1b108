import Foundation

/// Measures what a large configuration costs, with the real policy-service: 10 000 partners and 100 000 users are committed while administrators
/// and edges ask, an edge takes all of it into use, and then one object is changed again and again.
///
/// ```
/// policy-bench PROGRAM [RUNS]   PROGRAM is the executable policy-service; prints a line for each figure, and as the last line all of them
///                               as JSON for report.py
/// ```
@main
enum PolicyBench {
    static let partners = 10_000
    static let users = 100_000
    /// Commits of one object, one after the other.
    private static let smallCommits = 100

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let program = arguments.first else { throw Failure.noProgram }
        var report = Report()
        for _ in 0..<(arguments.dropFirst().first.flatMap { Int($0) } ?? 3) { try await self.run(program, &report) }
        report.printAll()
    }

    private static func run(_ program: String, _ report: inout Report) async throws {
        let service = try await PolicyServiceProgram(program)
        defer { service.stop() }
        let follower = try await Edge(of: service)
        let watch = Watch(service, follower)
        let large = try await report.time("commit of 110 001 objects until it is answered", unit: "s") {
            try await service.send("PUT", "/v1/configuration", Self.configuration)
        }
        guard large == 200 else { throw Failure.refused(large) }
        let waits = await watch.end()
        report.add("longest wait of an administrator meanwhile", waits.administrator * 1_000, unit: "ms")
        report.add("longest wait of an edge's write meanwhile", waits.edge * 1_000, unit: "ms")
        await follower.reaches(UInt64(1 + Self.partners + Self.users))
        report.add("longest stall of the edge's loop: the delta of it all", follower.longestStall * 1_000, unit: "ms")
        report.add("CPU time of the edge's loop: the delta of it all", follower.longestWork * 1_000, unit: "ms")
        follower.stop()

        let latecomer = try await report.time("snapshot: asked for, read and in use", unit: "s") {
            let edge = try await Edge(of: service)
            await edge.reaches(UInt64(1 + Self.partners + Self.users))
            return edge
        }
        report.add("longest stall of the edge's loop: the snapshot", latecomer.longestStall * 1_000, unit: "ms")
        report.add("CPU time of the edge's loop: the snapshot", latecomer.longestWork * 1_000, unit: "ms")
        var (answered, inUse) = ([Double](), [Double]())
        for index in 0..<Self.smallCommits {
            let start = seconds()
            let body = #"{"display-name":"\#(index)"}"#
            guard try await service.send("PATCH", "/v1/users/user7@sip.example", body) == 200 else {
                throw Failure.lost
            }
            answered.append(seconds() - start)
            await latecomer.reaches(UInt64(2 + Self.partners + Self.users + index))
            inUse.append(latecomer.lastUse - start)
        }
        report.add("commit of one object until it is answered, median", median(answered) * 1_000, unit: "ms")
        report.add("commit of one object until the edge works by it, median", median(inUse) * 1_000, unit: "ms")
        report.add("commit of one object until the edge works by it, longest", (inUse.max() ?? 0) * 1_000, unit: "ms")
        report.add("delta of one object", Double(latecomer.lastDeltaSize), unit: "bytes")
        report.add("longest stall of the edge's loop: the deltas", latecomer.longestStall * 1_000, unit: "ms")
        report.add("CPU time of the edge's loop: the deltas", latecomer.longestWork * 1_000, unit: "ms")
        latecomer.stop()
    }

    private static let configuration: String = {
        let partners = (0..<Self.partners).map { #"{"domain":"p\#($0).example","sasl":"optional"}"# }
        let users = (0..<Self.users).map { #"{"address":"user\#($0)@sip.example","xmpp-access":true}"# }
        return """
            {"domains":[{"domain":"sip.example"}],"partners":[\(partners.joined(separator: ","))],
            "users":[\(users.joined(separator: ","))]}
            """
    }()

    enum Failure: Error { case noProgram, refused(Int), lost, notStarted }
}

/// Of a clock; without a name, of one that is never set.
func seconds(of clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// The figures in the order in which they were first measured.
struct Report {
    private var names: [String] = []
    private var values: [String: (unit: String, values: [Double])] = [:]

    mutating func add(_ name: String, _ value: Double, unit: String) {
        if self.values[name] == nil { self.names.append(name) }
        self.values[name, default: (unit, [])].values.append(value)
    }

    mutating func time<Value>(_ name: String, unit: String, _ body: () async throws -> Value) async throws -> Value {
        let start = seconds()
        let value = try await body()
        self.add(name, seconds() - start, unit: unit)
        return value
    }

    /// The median of each, with the extremes.
    func printAll() {
        var figures: [String] = []
        for name in self.names {
            guard let (unit, values) = self.values[name] else { continue }
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            print("\(name): \(String(format: "%.4g (%.4g … %.4g)", median(values), low, high)) \(unit)")
            let number = String(format: "%.4g", median(values))
            figures.append(#"{"what":"\#(name)","value":\#(number),"unit":"\#(unit)"}"#)
        }
        print(#"{"name":"policy","figures":[\#(figures.joined(separator: ","))]}"#)
    }
}
