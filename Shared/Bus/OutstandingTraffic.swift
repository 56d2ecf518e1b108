internal import NIOCore

/// The messages of this edge that wait for their fate: numbers in, numbers out, O(1) each.
///
/// A number is the place of the message in the table and the count of messages that had this place before, so a late
/// answer does not meet another message.
struct OutstandingTraffic {
    private struct Slot {
        var generation: UInt32 = 1
        /// The peer the message went to; `nil` for a free place.
        var peer: Int?
        var deadline = NIODeadline.distantFuture
    }

    private var slots: [Slot] = []
    private var free: [Int] = []

    /// How many messages wait.
    var count: Int { self.slots.count - self.free.count }

    /// Enters a message.
    mutating func insert(peer: Int, deadline: NIODeadline) -> UInt64 {
        let index: Int
        if let reused = self.free.popLast() {
            index = reused
        } else {
            index = self.slots.count
            self.slots.append(Slot())
        }
        self.slots[index].peer = peer
        self.slots[index].deadline = deadline
        return self.number(at: index)
    }

    /// Takes a message out.
    ///
    /// - Parameters:
    ///   - number: The message.
    ///   - peer: Who answers: only the peer the message went to may.
    /// - Returns: `false` when no such message waits.
    mutating func remove(_ number: UInt64, peer: Int) -> Bool {
        let index = Int(number & 0xFFFF_FFFF)
        guard index < self.slots.count, self.slots[index].peer == peer, self.number(at: index) == number else {
            return false
        }
        self.release(index)
        return true
    }

    /// Takes out all messages that went to `peer`.
    mutating func removeAll(peer: Int) -> [UInt64] { self.remove { $0.peer == peer }.map(\.number) }

    /// Takes out all messages whose time is over.
    mutating func removeExpired(at now: NIODeadline) -> [(number: UInt64, peer: Int)] {
        self.remove { $0.deadline <= now }
    }

    private mutating func remove(where isMeant: (Slot) -> Bool) -> [(number: UInt64, peer: Int)] {
        var removed: [(number: UInt64, peer: Int)] = []
        for index in self.slots.indices {
            guard let peer = self.slots[index].peer, isMeant(self.slots[index]) else { continue }
            removed.append((self.number(at: index), peer))
            self.release(index)
        }
        return removed
    }

    private mutating func release(_ index: Int) {
        self.slots[index].peer = nil
        self.slots[index].deadline = .distantFuture
        self.slots[index].generation &+= 1
        self.free.append(index)
    }

    private func number(at index: Int) -> UInt64 { UInt64(self.slots[index].generation) << 32 | UInt64(index) }
}
