/// An API token as it is kept: its hash alone.
struct TokenRecord: Equatable, Sendable {
    enum Role: String, Equatable, Sendable, CaseIterable {
        /// May change everything.
        case admin
        /// May only look.
        case viewer
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
