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
        /// The life of the connection it was meant for.
        var epoch: UInt32 = 0
        /// Its place among all messages to the peer.
        var place: UInt64 = 0
        var deadline = NIODeadline.distantFuture
    }

    /// A message whose wait is over.
    struct Ended: Equatable {
        let number: UInt64
        let peer: Int
        let place: UInt64
    }

    private var slots: [Slot] = []
    private var free: [Int] = []

    /// How many messages wait.
    var count: Int { self.slots.count - self.free.count }

    /// Enters a message.
    mutating func insert(peer: Int, epoch: UInt32 = 0, place: UInt64 = 0, deadline: NIODeadline) -> UInt64 {
        let index: Int
        if let reused = self.free.popLast() {
            index = reused
        } else {
            index = self.slots.count
            self.slots.append(Slot())
        }
        self.slots[index].peer = peer
        self.slots[index].epoch = epoch
        self.slots[index].place = place
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

    /// Takes out all messages that went to `peer` in lives of its connection before `epoch`, in the order in which they went.
    mutating func removeAll(peer: Int, before epoch: UInt32) -> [Ended] {
        self.remove { $0.peer == peer && $0.epoch < epoch }.sorted { $0.place < $1.place }
    }

    /// Takes out all messages whose time is over.
    mutating func removeExpired(at now: NIODeadline) -> [Ended] { self.remove { $0.deadline <= now } }

    private mutating func remove(where isMeant: (Slot) -> Bool) -> [Ended] {
        var removed: [Ended] = []
        for index in self.slots.indices {
            guard let peer = self.slots[index].peer, isMeant(self.slots[index]) else { continue }
            removed.append(Ended(number: self.number(at: index), peer: peer, place: self.slots[index].place))
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
