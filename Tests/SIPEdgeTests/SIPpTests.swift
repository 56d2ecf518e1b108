import Foundation
import Messaging
import NIOCore
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SIPEdge

/// SIPp as the other side, over a network that loses every tenth message, in both directions.
@Suite(
    "SIPp over UDP, with losses",
    .tags(.sip),
    .serialized,
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sipp"))
)
struct SIPpTests {
    private static let count = 60
    private static let scenarios = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "FederationTests/SIPp")

    @Test("Messages from SIP: each is answered, and handed on exactly once")
    func fromSIP() async throws {
        let edge = try await TestEdge(settings: DatagramTests.settings)
        let scratch = try Scratch("sipp")
        let lines = (0..<Self.count).map { "romeo@sip.test;xmpp.test;juliet;text-\($0)" }
        let injected = try scratch.write((["SEQUENTIAL"] + lines).joined(separator: "\n") + "\n", to: "in.csv")
        let port = try #require(await edge.edge.server.udpPort)
        let run = try await ChildProcess.run(
            "/usr/bin/sipp",
            [
                "127.0.0.1:\(port)", "-sf", Self.scenarios.appending(path: "send-messages.xml").path, "-inf",
                injected.path,
                "-t", "u1", "-nostdin", "-i", "127.0.0.1", "-p", "\(try FreePort.any())", "-m", "\(Self.count)", "-r",
                "50", "-lost", "10", "-timeout", "90", "-timeout_error",
            ],
            within: .seconds(120)
        )
        // SIPp ends with 0 when each of its messages got its 200.
        #expect(run.status == 0, "\(run.output.suffix(2_000))")
        #expect(edge.xmpp.texts.sorted() == (0..<Self.count).map { "text-\($0)" }.sorted())
        await edge.stop()
    }

    @Test("Messages to SIP: each arrives, in order and exactly once")
    func toSIP() async throws {
        let scratch = try Scratch("sipp")
        let port = try FreePort.any()
        let sipp = try ChildProcess(
            "/usr/bin/sipp",
            [
                "-sf", Self.scenarios.appending(path: "receive-messages-udp.xml").path, "-t", "u1", "-nostdin", "-aa",
                "-i",
                "127.0.0.1", "-p", "\(port)", "-lost", "10", "-trace_logs", "-log_file", scratch.file("received").path,
            ],
            log: scratch.file("sipp.out")
        )
        defer { sipp.kill() }
        let edge = try await TestEdge(routes: [DatagramTests.route(port)], settings: DatagramTests.settings)
        for number in 0..<Self.count {
            #expect(try await edge.send(MessageTests.text("text-\(number)")) == .success(Taken()))
        }
        let expected = (0..<Self.count).map { "text-\($0)" }
        try await eventually("all messages at SIPp") {
            let text = (try? String(contentsOf: scratch.file("received"), encoding: .utf8)) ?? ""
            // Each line ends with the sender and the text.
            return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) } == expected
        }
        #expect(edge.edge.server.metrics.resent.value > 0, "something was lost")
        await edge.stop()
    }
}
