import Interworking
import Messaging
import SIPCore
import Testing
import XMPPCore

/// What claims to come from somebody else, or from another time, inside a stanza from outside.
@Suite("CVE-2017-5589: forwarded messages, carbons, delays, occupants from outside", .tags(.interworking))
struct ImpersonationTests {
    static let inner =
        "<message xmlns='jabber:client' from='boss@example.net/x' to='romeo@example.net'><body>fake</body></message>"
    static let forwarded =
        "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>\(inner)</forwarded>"

    static let wrapped = [
        forwarded,
        forwarded + forwarded,
        "<received xmlns='urn:xmpp:carbons:2'>\(forwarded)</received>",
        "<sent xmlns='urn:xmpp:carbons:2'>\(forwarded)</sent>",
        "<received xmlns='urn:xmpp:carbons:2'>\(forwarded)</received><received xmlns='urn:xmpp:carbons:2'>\(forwarded)</received>",
        "<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'>\(forwarded)</result>",
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item>\(inner)</item></items></event>",
        inner,
    ]

    private func interpret(_ children: String) throws -> Interpretation {
        InboundStanza.interpret(
            try stanza("<message from='juliet@example.com/r' to='romeo@example.net'>\(children)</message>"),
            id: MessageID("m1")
        )
    }

    @Test("What is wrapped never becomes a message", arguments: wrapped)
    func alone(_ children: String) throws {
        #expect(try self.interpret(children) == .ignore(.noContent))
    }

    @Test("Beside a text of the sender's own, only that text crosses, under the sender's own name", arguments: wrapped)
    func besideText(_ children: String) throws {
        for text in ["<body>mine</body>\(children)", "\(children)<body>mine</body>"] {
            let message = try #require(try self.interpret(text).message)
            #expect(message.from == Address(user: "juliet", domain: "example.com", instance: "r"))
            guard case .instantMessage(let content) = message.content else { Issue.record("\(message)"); continue }
            #expect(content.body.map(\.text) == ["mine"])
            let request = try #require(try SIPMessageMapping.parts(for: message, now: 0))
            #expect(!String(decoding: request.body, as: UTF8.self).contains("fake"))
        }
    }

    @Test("Ids of occupants and archives, however often, reach nobody")
    func identifiers() throws {
        let ids = (0..<3).map {
            "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o\($0)'/><stanza-id xmlns='urn:xmpp:sid:0' id='s\($0)' by='example.net'/>"
        }
        let message = try #require(try self.interpret("<body>mine</body>" + ids.joined()).message)
        let parts = try #require(try SIPMessageMapping.parts(for: message, now: 0))
        let text = parts.headers.fields.map(\.value).joined() + String(decoding: parts.body, as: UTF8.self)
        for id in ["o0", "o1", "o2", "s0", "s1", "s2"] { #expect(!text.contains("\"\(id)\"") && text != id) }
        guard case .instantMessage(let content) = message.content else { Issue.record("\(message)"); return }
        #expect(content.originID == nil || content.originID == "m1")
    }
}
