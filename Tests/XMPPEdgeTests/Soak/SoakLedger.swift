/// What became of each message of one direction: kept only as long as something about it is open, so that a million cost no more
/// memory than a thousand.
struct SoakLedger {
    /// One of the pairs of people who write to each other, and the place of the message among theirs.
    struct Entry: Hashable {
        let pair: Int
        let place: Int
    }

    let pairs: Int
    private var begun = 0
    private var places: [Int]
    private var lastDelivered: [Int]
    private var outstanding: [UInt64: Entry] = [:]
    /// Delivered, and the sender does not know it yet.
    private var deliveredEarly: Set<Entry> = []
    /// Messages without a fate yet.
    private var open: Set<Entry> = []

    private(set) var taken = 0
    /// Told to the sender as failed.
    private(set) var bounced = 0
    /// Of these, those that had been delivered: the acknowledgement was lost with the stream.
    private(set) var both = 0
    private(set) var delivered = 0
    /// What must not be; the first few.
    private(set) var violations: [String] = []

    init(pairs: Int) {
        self.pairs = pairs
        self.places = Array(repeating: 0, count: pairs)
        self.lastDelivered = Array(repeating: -1, count: pairs)
    }

    var settled: Int { self.taken + self.bounced }
    var underWay: Int { self.open.count }

    /// The next message to send.
    mutating func next() -> Entry {
        let pair = self.begun % self.pairs
        self.begun += 1
        defer { self.places[pair] += 1 }
        let entry = Entry(pair: pair, place: self.places[pair])
        self.open.insert(entry)
        return entry
    }

    /// It was handed over under a number; `nil`: it was refused at once.
    mutating func sent(_ entry: Entry, as number: UInt64?) {
        guard let number else { return self.settle(entry, isTaken: false) }
        self.outstanding[number] = entry
    }

    mutating func answered(_ number: UInt64, isTaken: Bool) {
        guard let entry = self.outstanding.removeValue(forKey: number) else {
            return self.violated("number \(number) was answered twice")
        }
        self.settle(entry, isTaken: isTaken)
    }

    mutating func arrived(_ entry: Entry) {
        guard entry.place > self.lastDelivered[entry.pair] else {
            return self.violated("\(entry) arrived after \(self.lastDelivered[entry.pair])")
        }
        self.lastDelivered[entry.pair] = entry.place
        self.delivered += 1
        if self.open.contains(entry) { self.deliveredEarly.insert(entry) } else { self.both += 1 }
    }

    private mutating func settle(_ entry: Entry, isTaken: Bool) {
        guard self.open.remove(entry) != nil else { return self.violated("\(entry) has two fates") }
        let wasDelivered = self.deliveredEarly.remove(entry) != nil
        if isTaken {
            self.taken += 1
            if !wasDelivered { self.violated("\(entry) was reported as delivered, and was not") }
        } else {
            self.bounced += 1
            if wasDelivered { self.both += 1 }
        }
    }

    private mutating func violated(_ text: String) { if self.violations.count < 10 { self.violations.append(text) } }
}
