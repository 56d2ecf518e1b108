import Wire

/// A key that is in use no longer, whose TLSA record stays until no edge serves with it any more.
struct RetiringKey: Equatable, Sendable {
    let association: DNSAssociation
    /// The version of what the edges are given that is without it.
    let version: UInt64
    /// Not before this, in seconds since 1970.
    let until: Int64

    /// Twice the time after which an edge asks of itself.
    static let time: Int64 = 120

    /// Whether its record may go: the time is over, and each living edge that has said what it serves with has something newer.
    func isOver(at now: Int64, edges: Set<String>, versions: [String: UInt64]) -> Bool {
        now >= self.until && edges.allSatisfy { versions[$0].map { $0 >= self.version } ?? true }
    }
}
