import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    @Suite("Presence between Prosody and a SIP user agent")
    struct PresenceTests {
        @Test("A SIP user's three states reach an XMPP contact who subscribed")
        func toXMPP() async throws {
            try await withWorld(3) { world in
                let juliet = SIPPeer(address: world.sipAddress)
                try await juliet.listen()
                let romeo = try await world.user("romeo")
                try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribe"]))
                let subscribe = try await eventually(
                    "SUBSCRIBE",
                    value: { juliet.requests.first { $0.method == .subscribe } }
                )
                #expect(subscribe.headers.event?.token == "presence")
                for (number, (show, note)) in [("", "At home"), ("away", "Out"), ("busy", "In a meeting")].enumerated()
                {
                    try await juliet.notify(subscribe, number + 1, activity: show, note: note, world)
                    let presence = try await romeo.waitFor("the presence “\(note)”") { stanza in
                        stanza.name == "presence" && stanza.elements.contains { $0.name == "status" && $0.text == note }
                    }
                    let seen = presence.elements.first { $0.name == "show" }?.text
                    #expect(seen == ["": nil, "away": "away", "busy": "dnd"][show] ?? nil)
                }
                _ = try await romeo.waitFor("the agreement") {
                    $0.name == "presence" && $0.attribute("type") == "subscribed"
                }
                try await Self.lives(romeo, juliet, world)
                await romeo.close()
                await juliet.stop()
            }
        }

        /// RFC 6121 §3.3, §3.2: a subscription is ended by the contact, made anew, and taken back by the user.
        private static func lives(_ romeo: XMPPClient, _ juliet: SIPPeer, _ world: World) async throws {
            func asks(_ type: String) async throws {
                try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": type]))
            }
            func told(_ type: String) async -> Int { await romeo.received.count { $0.attribute("type") == type } }
            func subscribes() -> [Request] { juliet.requests.filter { $0.method == .subscribe } }
            try await asks("unsubscribe")
            try await eventually("the end of it") { subscribes().last?.headers.expires == 0 }
            #expect(subscribes().last?.headers.callID == subscribes().first?.headers.callID)

            try await asks("subscribe")
            let another = try await eventually(
                "another",
                value: { subscribes().last { $0.headers.callID != subscribes().first?.headers.callID } }
            )
            let refusals = await told("unsubscribed")
            try await juliet.notify(another, 1, note: "Bye", state: "terminated;reason=rejected", world)
            try await eventually("the contact to be told") { await told("unsubscribed") == refusals + 1 }
        }

        @Test(
            "A SIP user is called by the name in the directory, else as its requests say (XEP-0054); what SIP cannot say is refused and never left open"
        )
        func card() async throws {
            try await withWorld(3) { world in
                let juliet = SIPPeer(address: world.sipAddress)
                let romeo = try await world.user("romeo")
                func ask(_ name: String, _ namespace: String, _ id: String) async throws -> XMLElement {
                    let query = XMLElement(name, namespace: namespace)
                    let attributes = ["to": "juliet@sip.test", "type": "get", "id": id]
                    try await romeo.send(await romeo.element("iq", attributes, [query]))
                    return try await romeo.waitFor("the answer to \(namespace)") { $0.attribute("id") == id }
                }
                var tries = 0
                func name() async throws -> String? {
                    tries += 1
                    let card = try await ask("vCard", "vcard-temp", "card\(tries)").elements.first
                    return card?.elements.first { $0.name == "FN" }?.text
                }
                #expect(try await name() == nil)
                // What her own requests call her, until the directory does.
                _ = try await juliet.send(
                    .message,
                    from: "juliet@sip.test",
                    to: "romeo@xmpp.test",
                    host: world.edgeAddress
                ) { request in
                    request.headers[.from] = "\"Juliet\" <sip:juliet@sip.test>;tag=named"
                    request.headers.append(.contentType, "text/plain")
                    request.body = Array("Hi".utf8)
                }
                _ = try await romeo.waitFor("the message") { $0.body == "Hi" }
                #expect(try await name() == "Juliet")
                try await world.isthmusctl("partner", "set", "xmpp.test", "--partner-type", "public-unverified")
                try await eventually("the name to be nobody's business") { try await name() == nil }
                try await world.isthmusctl("partner", "set", "xmpp.test", "--partner-type", "federated")
                try await world.isthmusctl("user", "add", "juliet@sip.test", "--display-name", "Juliet Capulet")
                try await eventually("the name in the directory") { try await name() == "Juliet Capulet" }
                let features = try await ask("query", "http://jabber.org/protocol/disco#info", "info").elements.first
                #expect(features?.elements.contains { $0.attribute("var") == "vcard-temp" } == true)
                let version = try await ask("query", "jabber:iq:version", "version").elements.first
                #expect(version?.elements.first { $0.name == "name" }?.text == "Isthmus")
                let time = XMLElement("time", namespace: "urn:xmpp:time")
                try await romeo.send(
                    await romeo.element("iq", ["to": "sip.test", "type": "get", "id": "time"], [time])
                )
                let clock = try await romeo.waitFor("the time") { $0.attribute("id") == "time" }.elements.first
                #expect(
                    clock?.elements.map(\.name) == ["tzo", "utc"] && clock?.elements.last?.text.hasSuffix("Z") == true
                )
                for (name, namespace) in [
                    ("vcard", "urn:ietf:params:xml:ns:vcard-4.0"), ("query", "jabber:iq:last"),
                    ("pubsub", "http://jabber.org/protocol/pubsub"),
                ] {
                    #expect(try await ask(name, namespace, namespace).errorCondition == "service-unavailable")
                }
                await romeo.close()
                await juliet.stop()
            }
        }

        @Test("An XMPP contact's three states reach a SIP user who subscribed and was approved")
        func toSIP() async throws {
            try await withWorld(3) { world in
                let juliet = SIPPeer(address: world.sipAddress)
                try await juliet.listen()
                let romeo = try await world.user("romeo")
                let fate = try await juliet.watch("romeo@xmpp.test", as: "juliet@sip.test", world)
                #expect(fate == .answered(200))
                let pending = try await eventually(
                    "the first NOTIFY",
                    value: { juliet.requests.first { $0.method == .notify } }
                )
                #expect(pending.headers.subscriptionState?.token == "pending")
                _ = try await romeo.waitFor("the question") {
                    $0.name == "presence" && $0.attribute("type") == "subscribe"
                }
                try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribed"]))
                // The stream to us is open by then, so that Prosody keeps the order of what follows (see MessageTests).
                try await eventually("an active NOTIFY") {
                    juliet.requests.contains { $0.method == .notify && $0.headers.subscriptionState?.token == "active" }
                }
                for (show, note) in [("chat", "Come in"), ("away", "Out"), ("dnd", "Not now")] {
                    let children = [
                        await romeo.child("show", show),
                        await romeo.child("status", note),
                    ]
                    try await romeo.send(await romeo.element("presence", [:], children))
                    let notify = try await eventually(
                        "NOTIFY “\(note)”",
                        value: {
                            juliet.requests.last {
                                $0.method == .notify && String(decoding: $0.body, as: UTF8.self).contains(note)
                            }
                        }
                    )
                    #expect(notify.headers.subscriptionState?.token == "active")
                }
                await romeo.close()
                await juliet.stop()
            }
        }
    }
}
