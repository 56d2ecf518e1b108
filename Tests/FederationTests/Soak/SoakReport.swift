import Foundation

/// What a soak came to.
struct SoakReport {
    let time: Duration
    let tallies: [(String, Tally)]
    let typing: [(String, Int)]
    /// Notes seen by each watcher, and how many of them came after a newer one.
    let notes: [(who: String, seen: Int, outOfOrder: Int)]
    let stuck: [String]
    let restarts: [String]
    let renewals: Int
    let memory: [(service: String, from: Int, to: Int)]

    static func say(_ text: String) { FileHandle.standardError.write(Data("soak: \(text)\n".utf8)) }

    /// For docs/performance.md and for whoever waits.
    var lines: [String] {
        var lines = ["\(self.time) with \(self.restarts.count) restarts: \(self.restarts.joined(separator: ", "))"]
        lines += self.tallies.map { "\($0): \($1.description)" }
        lines += self.typing.map { "\($0): \($1) typing notifications" }
        lines += self.notes.map { "\($0): \($1) changes of presence seen, \($2) out of order" }
        lines.append("\(self.renewals) subscriptions made anew by SIP, \(self.stuck.count) stuck at the end")
        lines += self.stuck
        lines += self.memory.map { "\($0): \($1) kB after the last restart, \($2) kB at the end" }
        return lines
    }
}

extension MixedSoak {
    func report(_ written: [Set<Int>], stuck: [String]) async -> SoakReport {
        var typing = [("at SIPp", self.receiver.lines.count { $0.contains("<?xml") })]
        for talk in self.talks { typing.append(("at \(talk.server)", await talk.typingSeen)) }
        let notes = await self.notesSeen().map { who, notes in
            let numbers = notes.compactMap { $0.number(after: "n") }
            return (who, numbers.count, zip(numbers, numbers.dropFirst()).count { $0 > $1 })
        }
        return SoakReport(
            time: self.time,
            tallies: await self.tallies(written),
            typing: typing,
            notes: notes,
            stuck: stuck,
            restarts: self.restarts.done,
            renewals: self.presence.renewals,
            memory: self.memory.growth(since: SoakRestarts.end(of: self.time))
        )
    }
}
