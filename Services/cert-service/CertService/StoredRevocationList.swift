/// A revocation list as it is kept.
struct StoredRevocationList: Equatable, Sendable {
    /// What it is the list of; a later one with the same scope takes its place.
    var scope: String
    var der: [UInt8]
    /// When it was made, in seconds since 1970, as all times here.
    var thisUpdate: Int64
    /// When it expires; nil if it does not say.
    var nextUpdate: Int64?
    /// The address it was fetched from, or `file`.
    var source: String
}
