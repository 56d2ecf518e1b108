import NIOCore

/// What a stream carries for us: the same for those that we opened and for those that peers opened.
struct Outbox {
    /// Stanzas in the writer.
    private var unwritten = 0
    /// Stanzas in the writer that the peer will not count.
    private var uncounted = 0
    /// The fates of the stanzas that are not yet the peer's, in order.
    private var inFlight: CircularBuffer<Fate> = []
    /// All stanzas there ever were.
    private(set) var sent: UInt64 = 0
    /// The largest stanza the peer takes ([XEP-0478](https://xmpp.org/extensions/xep-0478.html)); `nil` if it has not said.
    var maximumBytes: Int?

    var count: Int { self.inFlight.count }
    var isEmpty: Bool { self.inFlight.isEmpty }

    mutating func add(_ fate: Fate) {
        self.inFlight.append(fate)
        self.unwritten += 1
        self.sent += 1
    }

    /// What is in the writer now goes out before the peer begins to count.
    mutating func countsFromHere() { self.uncounted += self.takeUnwritten() }

    mutating func takeUncounted() -> Int {
        defer { self.uncounted = 0 }
        return self.uncounted
    }

    /// How many stanzas go out with the next write.
    mutating func takeUnwritten() -> Int {
        defer { self.unwritten = 0 }
        return self.unwritten
    }

    /// The oldest `count` stanzas, or as many as there are, are done with.
    mutating func remove(_ count: Int) -> CircularBuffer<Fate> {
        let fates = CircularBuffer(self.inFlight.prefix(count))
        self.inFlight.removeFirst(fates.count)
        return fates
    }
}
