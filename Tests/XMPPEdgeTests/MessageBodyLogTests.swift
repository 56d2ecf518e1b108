import EdgeKit
import Logging
import Messaging
import Policy
import ServiceKit
import Testing

@Suite("Bodies of messages in the log")
struct MessageBodyLogTests {
    private static func message(_ content: NeutralMessage.Content) -> NeutralMessage {
        NeutralMessage(
            id: MessageID("m1"),
            from: Address(user: "juliet", domain: "sip.example"),
            to: Address(user: "romeo", domain: "xmpp.example"),
            content: content
        )
    }

    private static func text(_ text: String) -> NeutralMessage {
        self.message(.instantMessage(InstantMessage(kind: .chat, body: [LocalizedText(text)], subject: [])))
    }

    private static func lines(_ message: NeutralMessage, level: Logger.Level, isOn: Bool) -> String {
        let lines = Recorder<[UInt8]>()
        let logger = Logger(label: "xmpp-edge") { label in
            JSONLogHandler(
                service: label,
                instance: "a",
                label: label,
                level: level,
                now: Timestamp.now,
                write: { lines.record($0) }
            )
        }
        logger.body(of: message, GatewaySettings(logMessageBodies: isOn))
        return String(decoding: lines.values.joined(), as: UTF8.self)
    }

    @Test(
        "A body is logged when an administrator wants it, at level debug, once, bounded, and nothing else of the message is"
    )
    func bodiesInTheLog() {
        let line = Self.lines(Self.text("wherefore\nart \"thou\""), level: .debug, isOn: true)
        #expect(line.contains(#""message":"Message body""#) && line.contains(#""message.id":"m1""#))
        #expect(line.contains(#"wherefore\nart \"thou\""#) || line.contains(#"wherefore\u000aart \"thou\""#), "\(line)")
        #expect(line.split(separator: "\n").count == 1)
        #expect(!line.contains("juliet") && !line.contains("romeo"))
        #expect(Self.lines(Self.text("x"), level: .debug, isOn: false).isEmpty)
        #expect(Self.lines(Self.text("x"), level: .info, isOn: true).isEmpty)
        #expect(Self.lines(Self.message(.presenceProbe), level: .debug, isOn: true).isEmpty)
        let long = Self.lines(Self.text(String(repeating: "é", count: 10_000)), level: .debug, isOn: true)
        #expect(long.count { $0 == "é" } == Logger.loggedBodyLength)
    }
}
