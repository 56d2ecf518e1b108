/// An API token as it is kept: its hash alone.
struct TokenRecord: Equatable, Sendable {
    enum Role: String, Equatable, Sendable, CaseIterable {
        /// May change everything.
        case admin
        /// May look, run tests, and do the daily work: users, certificates, DNS; not the policy's structure, not tokens.
        case `operator`
        /// May only look.
        case viewer

        /// Whether this role may do what asks for another.
        func covers(_ other: Role) -> Bool { self.rank >= other.rank }

        private var rank: Int {
            switch self {
            case .admin: 2
            case .operator: 1
            case .viewer: 0
            }
        }
    }

    /// The name under which its holder appears in the audit log.
    var name: String
    var role: Role
    /// SHA-256 of the token in hexadecimal.
    ///
    /// A token has 256 random bits: there is nothing to guess, and no salt to add.
    var hash: String
    /// In milliseconds since 1970.
    var createdAt: Int64
}
