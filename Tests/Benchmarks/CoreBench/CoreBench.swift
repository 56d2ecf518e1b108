import Foundation

/// Measures, on one core and in CPU time, what has nothing to do with sockets: XML beside bare expat, SIP requests, and dialback keys beside
/// what `openssl speed` says of the hash they are made with.
///
/// ```
/// core-bench [RUNS] [HMAC]   prints a line for each figure, and as the last line all of them as JSON for report.py;
///                            HMAC is how many HMACs a second openssl makes (Scripts/bench asks it)
/// ```
@main
enum CoreBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let runs = arguments.first.flatMap { Int($0) } ?? 3
        var report = Report()
        try XMLBench.measure(runs: runs, &report)
        try SIPBench.measure(runs: runs, &report)
        try DialbackBench.measure(
            runs: runs,
            hashesPerSecond: arguments.dropFirst().first.flatMap { Double($0) },
            &report
        )
        report.printJSON()
    }
}

/// The figures in the order in which they were measured.
struct Report {
    private var rows: [(name: String, value: Double, unit: String, ratio: Double?)] = []

    /// Adds the median of `values`; `ratio` is what it is compared with, as a factor.
    mutating func add(_ name: String, _ values: [Double], unit: String, ratio: Double? = nil) {
        let sorted = values.sorted()
        let median = sorted[sorted.count / 2]
        self.rows.append((name, median, unit, ratio))
        let spread = String(format: "%.4g (%.4g … %.4g)", median, sorted[0], sorted[sorted.count - 1])
        print("\(name): \(spread) \(unit)\(ratio.map { String(format: ", %.2f×", $0) } ?? "")")
    }

    func printJSON() {
        let figures = self.rows.map { row in
            let ratio = row.ratio.map { String(format: "%.3f", $0) } ?? "null"
            return
                #"{"what":"\#(row.name)","value":\#(String(format: "%.6g", row.value)),"unit":"\#(row.unit)","ratio":\#(ratio)}"#
        }
        print(#"{"name":"core","figures":[\#(figures.joined(separator: ","))]}"#)
    }
}

/// The CPU time this process has used, in seconds.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
