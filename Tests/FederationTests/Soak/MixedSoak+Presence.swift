import Foundation
import TestSupport
import XML

/// The presence of a soak: each side has a number for a note, which grows.
extension MixedSoak {
    private static let pace = Duration.seconds(2)
    /// Every so many turns juliet's client renews what she watches.
    private static let refreshEvery = 10
    /// How long the last note may take after everything.
    private static let patience = Duration.seconds(45)

    private var contacts: [String] { self.talks.map { "romeo@\($0.server)" } }

    /// All ask for all they will see, and get it.
    func befriend() async throws {
        for watcher in self.watchers {
            try await watcher.send(await watcher.element("presence", ["to": "juliet@sip.test", "type": "subscribe"]))
        }
        for contact in self.contacts { try await self.presence.watch(contact) }
        for romeo in self.watched {
            _ = try await romeo.waitFor("juliet's wish") {
                $0.name == "presence" && $0.attribute("type") == "subscribe"
                    && $0.attribute("from") == "juliet@sip.test"
            }
            try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "subscribed"]))
        }
        try await self.show("n-0")
        try await self.allSee("n-0")
    }

    func changePresence() async throws {
        try await paced(by: Self.pace, times: Int(self.time / Self.pace)) { number in
            try await self.show("n-\(number + 1)", refreshes: number % Self.refreshEvery == 0)
        }
    }

    /// All have said the last there is to say: it must arrive everywhere; then all end, and nothing must remain.
    ///
    /// - Returns: whatever did not end.
    func endPresence() async throws -> [String] {
        var stuck: [String] = []
        do { try await self.allSee("n-1000000") } catch { stuck.append("\(error)") }
        for watcher in self.watchers {
            try await watcher.send(await watcher.element("presence", ["to": "juliet@sip.test", "type": "unsubscribe"]))
        }
        try await self.presence.endWatching()
        for romeo in self.watched {
            try await romeo.send(await romeo.element("presence", ["to": "juliet@sip.test", "type": "unsubscribed"]))
        }
        var left = ""
        do {
            try await eventually("no subscription left", within: Self.patience) {
                left = try await self.world.isthmusctl("subscription", "list", "-o", "json")
                let list = try JSONSerialization.jsonObject(with: Data(left.utf8)) as? [Any]
                return list?.isEmpty == true
            }
        } catch { stuck.append("on record at the end: \(left)") }
        return stuck
    }

    /// juliet and both romeos have a new note.
    private func show(_ note: String, refreshes: Bool = false) async throws {
        self.presence.note(note)
        for romeo in self.watched {
            try await romeo.send(await romeo.element("presence", [:], [await romeo.child("status", note)]))
        }
        try await self.presence.turn(refreshes: refreshes)
    }

    /// Waits until everybody's latest is `note`, which is told again and again, as a server's refreshes would.
    private func allSee(_ note: String) async throws {
        var blind: [String] = []
        var turns = 0
        do {
            try await eventually("all to see the note", within: Self.patience) {
                if turns % 50 == 0 { try await self.show(note, refreshes: turns > 0) }
                turns += 1
                blind = await self.notesSeen().filter { $0.notes.last != note }.map(\.who)
                return blind.isEmpty
            }
        } catch { throw WorldError(description: "\(note) was not seen by \(blind.joined(separator: ", "))") }
    }

    /// What everybody who watches was told, in order.
    func notesSeen() async -> [(who: String, notes: [String])] {
        var all = self.contacts.map { ("juliet, of \($0)", self.presence.seen(of: $0)) }
        for (talk, watcher) in zip(self.talks, self.watchers) {
            let notes = await watcher.received.filter {
                $0.name == "presence" && $0.attribute("from")?.hasPrefix("juliet@sip.test") == true
            }.compactMap { $0.elements.first { $0.name == "status" }?.text }
            all.append(("benvolio of \(talk.server)", notes))
        }
        return all
    }
}
