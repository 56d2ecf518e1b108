import Foundation
import TestSupport
import XML
import XMPPCore

/// romeo of one XMPP server and a talker of SIPp write to each other, and type before they write.
struct SoakTalk: Sendable {
    /// A text and a typing notification each.
    static let pace = Duration.milliseconds(300)

    /// The server romeo is on, for the report.
    let server: String
    let romeo: XMPPClient
    /// The talker's address.
    let talker: String
    /// What the texts of both begin with: `x` and `s` before it.
    let mark: String

    /// Writes until the end of the soak.
    ///
    /// - Returns: the numbers of what was written.
    func write(for time: Duration) async throws -> Set<Int> {
        var written: Set<Int> = []
        let composing = XMLElement("composing", namespace: Namespace.chatStates)
        try await paced(by: Self.pace, times: Int(time / Self.pace)) { number in
            let text = "x\(self.mark)-\(number)"
            let message = await self.romeo.message(to: self.talker, id: text, body: text)
            let typing = await self.romeo.element("message", ["to": self.talker, "type": "chat"], [composing])
            try await self.romeo.send([typing, message])
            written.insert(number)
        }
        return written
    }

    /// What SIPp is to send to romeo: typing and texts, alternately.
    func lines(for time: Duration) -> [String] {
        let typing =
            "<?xml version='1.0'?><isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state></isComposing>"
        return (0..<Int(time / Self.pace)).flatMap { number in
            [("application/im-iscomposing+xml", typing), ("text/plain", "s\(self.mark)-\(number)")].map { type, body in
                "\(self.talker);\(self.server);romeo;\(type);\(body)"
            }
        }
    }

    /// What became of what was `written`: `arrived` are SIPp's words, one for each message.
    func toSIP(_ written: Set<Int>, _ arrived: [Substring]) async -> Tally {
        let name = "x\(self.mark)"
        let errors = await self.romeo.received.filter { $0.attribute("type") == "error" }
        var tally = Tally()
        tally.sent = written
        tally.refused = Set(errors.compactMap { $0.attribute("id")?.number(after: name) })
        tally.arrived = arrived.compactMap { $0.number(after: name) }
        return tally
    }

    /// What crossed to XMPP: `said` are SIPp's lines, what became of each.
    func toXMPP(_ said: [Substring]) async -> Tally {
        let name = "s\(self.mark)"
        var tally = Tally()
        for line in said {
            let words = line.split(separator: " ")
            guard let number = words.last?.number(after: name) else { continue }
            if words.first == "taken" { tally.sent.insert(number) } else { tally.refused.insert(number) }
        }
        tally.arrived = await self.romeo.received.filter { $0.attribute("type") != "error" }
            .compactMap { $0.body?.number(after: name) }
        return tally
    }

    /// How often romeo saw the talker type.
    var typingSeen: Int {
        get async {
            await self.romeo.received.count { stanza in
                stanza.attribute("from")?.hasPrefix(self.talker) == true
                    && stanza.elements.contains { $0.name == "composing" }
            }
        }
    }
}
