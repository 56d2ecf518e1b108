/// A table of at most `capacity` entries; a new one takes the place of the one that was used longest ago.
///
/// Every operation is O(1), however many entries there are: an index, and a list in the order of use that lies in one
/// array. What is kept per stranger must be forgotten at some time, and looking for what to forget must not become the
/// attack.
public struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var value: Value
        /// The entry used next after this one, and the one used before it.
        var newer: Int?
        var older: Int?
    }

    public let capacity: Int
    private var entries: [Entry] = []
    private var index: [Key: Int] = [:]
    private var newest: Int?
    private var oldest: Int?

    /// An empty table.
    ///
    /// `capacity` must be positive.
    public init(capacity: Int) {
        precondition(capacity > 0, "capacity \(capacity)")
        self.capacity = capacity
    }

    public var count: Int { self.entries.count }

    /// The value for `key`, without counting as a use.
    public subscript(_ key: Key) -> Value? { self.index[key].map { self.entries[$0].value } }

    /// Changes the value for `key`, which is `initial` where there is none yet.
    public mutating func update<Result>(
        _ key: Key,
        initial: @autoclosure () -> Value,
        _ change: (inout Value) -> Result
    ) -> Result {
        let place = self.index[key].map { self.use($0) } ?? self.insert(key, initial())
        return change(&self.entries[place].value)
    }

    /// Makes the entry the last that would be forgotten.
    private mutating func use(_ place: Int) -> Int {
        guard place != self.newest else { return place }
        self.unlink(place)
        self.linkAsNewest(place)
        return place
    }

    private mutating func insert(_ key: Key, _ value: Value) -> Int {
        let place: Int
        if self.entries.count < self.capacity {
            place = self.entries.count
            self.entries.append(Entry(key: key, value: value))
        } else if let forgotten = self.oldest {
            place = forgotten
            self.unlink(place)
            self.index[self.entries[place].key] = nil
            self.entries[place] = Entry(key: key, value: value)
        } else {
            preconditionFailure("a full table of \(self.entries.count) entries has no oldest one")
        }
        self.index[key] = place
        self.linkAsNewest(place)
        return place
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (self.entries[place].newer, self.entries[place].older)
        if let newer { self.entries[newer].older = older } else { self.newest = older }
        if let older { self.entries[older].newer = newer } else { self.oldest = newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        self.entries[place].newer = nil
        self.entries[place].older = self.newest
        if let newest = self.newest { self.entries[newest].newer = place }
        self.newest = place
        if self.oldest == nil { self.oldest = place }
    }
}
