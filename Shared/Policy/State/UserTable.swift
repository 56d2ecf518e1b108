internal import Messaging

/// The users by address, in parts: a hundred thousand of them are one value, and a change copies one part of it.
///
/// Two states of the policy share the parts that are the same in both. So a commit about one user costs the same however many there are: to
/// make the new state, to compare it with the old one, and to give the old one back.
struct UserTable: Equatable, Sendable {
    /// With 100 000 users a part has about 400, which are copied in some 30 µs.
    private static let partCount = 256

    private var parts = [[Address: UserRecord]](repeating: [:], count: partCount)

    init() {}

    /// Of users with the same address the last counts.
    init(_ users: [UserRecord], key: (UserRecord) -> Address) {
        for user in users { self[key(user)] = user }
    }

    /// All of them, in no order.
    var values: some Sequence<UserRecord> { self.parts.lazy.flatMap(\.values) }

    var count: Int { self.parts.reduce(0) { $0 + $1.count } }

    /// Uses the parts of another table that are the same, so that what the two have in common is one.
    mutating func share(with other: UserTable) {
        for index in self.parts.indices where self.parts[index] == other.parts[index] {
            self.parts[index] = other.parts[index]
        }
    }

    subscript(_ address: Address) -> UserRecord? {
        get { self.parts[Self.part(of: address)][address] }
        set { self.parts[Self.part(of: address)][address] = newValue }
    }

    private static func part(of address: Address) -> Int {
        Int(UInt(bitPattern: address.hashValue) % UInt(self.partCount))
    }
}
