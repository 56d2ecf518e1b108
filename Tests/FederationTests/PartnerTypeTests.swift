import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// SPEC §2, cell by cell: the partner's type is changed while the streams are up, and holds at once.
    @Suite("What a partner's type means")
    struct PartnerTypeTests {
        enum Kind: String, Sendable, CaseIterable {
            case federated
            case publicVerified = "public-verified"
            case publicUnverified = "public-unverified"

            /// The table of SPEC §2: may write, may subscribe; sees the note.
            var isTrusted: Bool { self != .publicUnverified }
            var showsNotes: Bool { self == .federated }
        }

        /// A contact on Prosody and a user on the SIP side, who have never met.
        private struct Pair {
            let world: World
            let sip: SIPPeer
            let contact: XMPPClient
            let contactAddress: String
            let user: String

            static func make(_ name: String, _ world: World, _ sip: SIPPeer) async throws -> Pair {
                Pair(
                    world: world,
                    sip: sip,
                    contact: try await world.user("contact-\(name)"),
                    contactAddress: "contact-\(name)@xmpp.test",
                    user: "user-\(name)@sip.test"
                )
            }

            /// What reached the SIP server for this user.
            func requests(_ method: SIPCore.Method) -> [Request] {
                let name = String(self.user.prefix { $0 != "@" })
                return self.sip.requests.filter { request in
                    request.method == method
                        && (request.requestURI?.user == name || request.headers.to?.sipURI?.user == name)
                }
            }

            /// The contact writes; whether it arrives, or comes back with `forbidden`.
            func writes(_ text: String) async throws -> Bool {
                try await self.contact.send(await self.contact.message(to: self.user, id: text, body: text))
                return try await eventually("the fate of “\(text)”") { () -> Bool? in
                    if self.requests(.message).contains(where: { $0.body == Array(text.utf8) }) { return true }
                    let error = await self.contact.received.first {
                        $0.attribute("id") == text && $0.attribute("type") == "error"
                    }
                    guard let error else { return nil }
                    #expect(error.errorCondition == "forbidden")
                    #expect(error.errorText == "contacts of this partner must first be added by the user")
                    return false
                }
            }

            /// The contact asks to see the user's presence; the SUBSCRIBE, or nil when it is told `unsubscribed`.
            func subscribes() async throws -> Request? {
                let refusals = await self.refusals
                try await self.contact.send(
                    await self.contact.element("presence", ["to": self.user, "type": "subscribe"])
                )
                var subscribe: Request?
                try await eventually("the fate of the wish to subscribe") {
                    subscribe = self.requests(.subscribe).last
                    let now = await self.refusals
                    return subscribe != nil || now > refusals
                }
                return subscribe
            }

            private var refusals: Int {
                get async { await self.contact.received.count { $0.attribute("type") == "unsubscribed" } }
            }

            /// The user's server says that the user is there, with a note; the stanza that reaches the contact.
            func shows(_ note: String, _ subscribe: Request, _ number: Int) async throws -> XMLElement {
                let before = await self.shown.count
                try await self.sip.notify(subscribe, number, note: note, self.world)
                return try await eventually("the presence “\(note)”") { await self.shown.dropFirst(before).first }
            }

            /// All that the contact has seen of the user's presence.
            var shown: [XMLElement] {
                get async {
                    await self.contact.received.filter {
                        $0.name == "presence" && $0.attribute("type") == nil
                            && $0.attribute("from")?.hasPrefix(self.user) == true
                    }
                }
            }

            /// The user adds the contact, which agrees.
            func isAdded() async throws {
                #expect(try await self.sip.watch(self.contactAddress, as: self.user, self.world) == .answered(200))
                _ = try await self.contact.waitFor("the user's wish") { $0.attribute("type") == "subscribe" }
                try await self.contact.send(
                    await self.contact.element("presence", ["to": self.user, "type": "subscribed"])
                )
                try await eventually("the user to see the contact") {
                    self.requests(.notify).contains { $0.headers.subscriptionState?.token == "active" }
                }
            }
        }

        @Test("Each cell of the table, in both directions, and after each change of the type")
        func table() async throws {
            try await withWorld(8, settings: ["PROSODY_OPEN": "yes"]) { world in
                let sip = SIPPeer(address: world.sipAddress)
                try await sip.listen()
                for kind in Kind.allCases {
                    try await Self.set(kind, world)
                    try await Self.cells(of: kind, try await .make(kind.rawValue, world, sip))
                }
                try await Self.changes(try await .make("changing", world, sip))
                // The reason is on record, with the rule that decided.
                let refusals = try await world.isthmusctl("refusal", "list", "-o", "json")
                #expect(
                    refusals.contains("contact-not-approved") && refusals.contains("partner-type=public-unverified")
                )
                await sip.stop()
            }
        }

        private static func set(_ kind: Kind, _ world: World) async throws {
            try await world.isthmusctl("partner", "set", "xmpp.test", "--partner-type", kind.rawValue)
            try await world.edgesAreCurrent()
        }

        private static func cells(of kind: Kind, _ pair: Pair) async throws {
            // What the contact may do, whom the user has not added.
            #expect(try await pair.writes("uninvited") == kind.isTrusted)
            var subscribe = try await pair.subscribes()
            #expect((subscribe != nil) == kind.isTrusted)
            // What the user may do: always.
            let branch = try await pair.sip.message(
                "from the user",
                from: pair.user,
                to: pair.contactAddress,
                host: pair.world.edgeAddress
            )
            #expect(try await eventually("an answer", value: { pair.sip.fates[branch] }) == .answered(200))
            _ = try await pair.contact.waitFor("the user's message") { $0.body == "from the user" }
            // To have written to somebody is not to have added him.
            #expect(try await pair.writes("an answer") == kind.isTrusted)

            try await pair.isAdded()
            #expect(try await pair.writes("invited"))
            if subscribe == nil { subscribe = try await pair.subscribes() }
            let seen = try await pair.shows("In the garden", try #require(subscribe), 1)
            let note = seen.elements.first { $0.name == "status" }?.text
            #expect(note == (kind.showsNotes ? "In the garden" : nil))

            // The contact withdraws: then it is not among those whom the user sees any more.
            try await pair.contact.send(
                await pair.contact.element("presence", ["to": pair.user, "type": "unsubscribed"])
            )
            try await eventually("the end of the user's subscription") {
                pair.requests(.notify).contains { $0.headers.subscriptionState?.token == "terminated" }
            }
            #expect(try await pair.writes("afterwards") == kind.isTrusted)
            await pair.contact.close()
        }

        /// One pair, one subscription, streams that stay: only the type changes.
        private static func changes(_ pair: Pair) async throws {
            try await Self.set(.federated, pair.world)
            #expect(try await pair.writes("federated"))
            let streams = try await eventually("both streams") { () -> [String]? in
                let streams = try await Self.streams(pair.world)
                return streams.count == 2 ? streams : nil
            }
            let subscribe = try #require(try await pair.subscribes())
            #expect(try await Self.note(of: pair.shows("One", subscribe, 1)) == "One")

            try await Self.set(.publicVerified, pair.world)
            #expect(try await pair.writes("verified"))
            #expect(try await Self.note(of: pair.shows("Two", subscribe, 2)) == nil)

            // Nobody has added the contact: what was granted by the type is gone, though the subscription stands.
            try await Self.set(.publicUnverified, pair.world)
            #expect(try await pair.writes("unverified") == false)
            let seen = await pair.shown.count
            try await pair.sip.notify(subscribe, 3, activity: "away", note: "Three", pair.world)

            try await Self.set(.federated, pair.world)
            #expect(try await pair.writes("federated again"))
            let last = try await pair.shows("Four", subscribe, 4)
            #expect(try await Self.note(of: last) == "Four")
            #expect(
                await pair.shown.dropFirst(seen).allSatisfy { stanza in
                    !stanza.elements.contains { $0.name == "status" && $0.text == "Three" }
                }
            )
            try await eventually("the same streams as before") { try await Self.streams(pair.world) == streams }
            await pair.contact.close()
        }

        /// The ids of the streams with Prosody: equal as long as none was dropped.
        private static func streams(_ world: World) async throws -> [String] {
            let text = try await world.isthmusctl("stream", "list", "-o", "json")
            let list = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
            return list.filter { $0["authentication"] as? String == "sasl-external" }
                .compactMap { $0["id"] as? String }.sorted()
        }

        private static func note(of stanza: XMLElement) async throws -> String? {
            stanza.elements.first { $0.name == "status" }?.text
        }
    }
}
