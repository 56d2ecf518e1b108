import Logging
import ServiceKit
import Synchronization
import Testing

@Suite struct JSONLogHandlerTests {
    @Test func `A log line is golden`() {
        let lines = LineRecorder()
        var logger = lines.logger(label: "xmpp-edge")
        logger[metadataKey: "stream.id"] = "7"
        logger.info("Stream opened", metadata: ["peer.domain": "example.org", "peer.address": "192.0.2.1:5269"])
        #expect(
            lines.all == [
                #"{"time":"2026-01-31T12:34:56.789Z","level":"info","service":"xmpp-edge","instance":"a","#
                    + #""message":"Stream opened","metadata":{"peer.address":"192.0.2.1:5269","#
                    + #""peer.domain":"example.org","stream.id":"7"}}"# + "\n"
            ]
        )
    }

    @Test func `What is marked sensitive is redacted at any depth`() {
        let lines = LineRecorder()
        lines.logger(label: "library").warning(
            "Refused",
            metadata: [
                "from": "\("romeo@example.org", sensitivity: .sensitive)",
                "more": ["\("juliet@example.com", sensitivity: .sensitive)", "plain"],
                "deep": .dictionary(["to": "\("tybalt@example.com", sensitivity: .sensitive)"]),
            ]
        )
        #expect(
            lines.all == [
                #"{"time":"2026-01-31T12:34:56.789Z","level":"warning","service":"xmpp-edge","instance":"a","#
                    + #""logger":"library","message":"Refused","metadata":{"deep":{"to":"<redacted>"},"#
                    + #""from":"<redacted>","more":["<redacted>","plain"]}}"# + "\n"
            ]
        )
    }

    @Test(arguments: [
        ("a\nb\r\t\"\\", #"a\nb\r\t\"\\"#), ("\u{1B}[31m\u{0}\u{7F}", #"\u001b[31m\u0000\u007f"#),
        ("\u{85}\u{9B}31m", #"\u0085\u009b31m"#), ("\u{2028}\u{202E}\u{2066}", #"\u2028\u202e\u2066"#),
        ("grün 日本 👍", "grün 日本 👍"),
    ])
    func `No character can end a line, command a terminal or turn text around`(text: String, escaped: String) {
        let lines = LineRecorder()
        lines.logger(label: "xmpp-edge").info("x", metadata: ["reason": "\(text)"])
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.contains("{\"reason\":\"\(escaped)\"}") == true)
    }

    @Test func `An error has a key of its own`() {
        struct Broken: Error, CustomStringConvertible { let description = "it broke" }
        let lines = LineRecorder()
        lines.logger(label: "xmpp-edge").error("Failed", error: Broken())
        #expect(lines.all.first?.contains(#""metadata":{"error":"it broke"}"#) == true)
    }

    @Test(arguments: [(Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_001_000, "2000-02-29T00:00:00.001Z")])
    func `A time is written as RFC 3339 has it`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).text == text)
    }
}

/// Keeps what a logger writes, at a time that stands still.
private final class LineRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { self.lines.withLock { $0 } }

    func logger(label: String) -> Logger {
        Logger(label: label) { label in
            JSONLogHandler(
                service: "xmpp-edge",
                instance: "a",
                label: label,
                now: { Timestamp(microseconds: 1_769_862_896_789_012) },
                write: { line in self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
            )
        }
    }
}
