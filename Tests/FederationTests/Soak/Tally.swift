/// What became of the messages one user wrote to another, by their numbers.
struct Tally {
    /// What the sender believes to have crossed: it was not told otherwise.
    var sent: Set<Int> = []
    /// What the sender was told to have failed, or got no answer for.
    var refused: Set<Int> = []
    /// What arrived, in the order of arrival.
    var arrived: [Int] = []

    var lost: [Int] { self.sent.subtracting(self.refused).subtracting(self.arrived).sorted() }
    /// Delivered, and refused besides: the answer was lost with the process that had it.
    var both: Int { self.refused.intersection(self.arrived).count }
    var twice: Int { self.arrived.count - Set(self.arrived).count }

    /// What came for the first time after a later one.
    var outOfOrder: [Int] {
        var seen: Set<Int> = []
        var highest = -1
        return self.arrived.filter { number in
            defer { highest = max(highest, number) }
            return seen.insert(number).inserted && number < highest
        }
    }

    var description: String {
        "\(self.sent.union(self.refused).count) sent, \(Set(self.arrived).count) delivered, \(self.refused.count) refused "
            + "(\(self.both) of them delivered too), \(self.twice) twice, \(self.outOfOrder.count) out of order, \(self.lost.count) lost"
    }
}

extension StringProtocol {
    /// The number of “prefix-number”.
    func number(after prefix: String) -> Int? {
        self.hasPrefix(prefix + "-") ? Int(self.dropFirst(prefix.count + 1)) : nil
    }
}
