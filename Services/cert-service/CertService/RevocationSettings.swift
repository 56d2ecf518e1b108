/// How revocation lists are fetched, and how much of them is kept.
struct RevocationSettings: Sendable, Equatable {
    /// Whether lists are fetched from where trusted authorities say they publish theirs.
    var isFetched = true
    /// Further addresses.
    var addresses: [String] = []
    /// The largest list that is taken, in bytes.
    var maximumBytes = 4 << 20
    /// The longest time between two fetches of a list.
    var interval: Int64 = 86_400

    /// Lists that are kept, and addresses that are asked: more authorities than anybody federates by.
    static let maximumCount = 64
    /// All lists together, in bytes: each edge is given them in one message.
    static let maximumTotal = 32 << 20
}
