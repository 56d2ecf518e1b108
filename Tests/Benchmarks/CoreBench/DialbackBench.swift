import DialbackAuthority
import Wire

/// Dialback keys made and checked, as dialback-authority does it for each request, without the bus.
enum DialbackBench {
    private static let count = 200_000

    enum Failure: Error { case notOurs }

    static func measure(runs: Int, hashesPerSecond: Double?, _ report: inout Report) throws {
        let maker = KeyMaker(current: Array("s3cr3tf0rd14lb4ck".utf8), previous: nil)
        var made: [Double] = []
        var checked: [Double] = []
        for _ in 0..<runs {
            made.append(try Self.perSecond { _ = try maker.key(for: Self.request($0)) })
            let request = Self.request(0)
            let verification = DialbackVerifyRequest(
                receiving: request.receiving,
                originating: request.originating,
                streamID: request.streamID,
                key: try maker.key(for: request)
            )
            checked.append(
                try Self.perSecond { _ in
                    guard try maker.isValid(verification) else { throw Failure.notOurs }
                }
            )
        }
        if let hashesPerSecond {
            report.add("openssl speed, HMAC-SHA256 of 64 B", [hashesPerSecond], unit: "/s", ratio: 1)
        }
        func ratio(_ values: [Double]) -> Double? { hashesPerSecond.map { $0 / median(values) } }
        report.add("dialback keys made", made, unit: "/s", ratio: ratio(made))
        report.add("dialback keys checked", checked, unit: "/s", ratio: ratio(checked))
    }

    private static func request(_ number: Int) -> DialbackKeyRequest {
        DialbackKeyRequest(receiving: "xmpp.example.com", originating: "example.org", streamID: "D60000229F\(number)")
    }

    private static func perSecond(_ body: (Int) throws -> Void) rethrows -> Double {
        let begin = cpuSeconds()
        for number in 0..<Self.count { try body(number) }
        return Double(Self.count) / (cpuSeconds() - begin)
    }
}
