import DNS

/// What a zone holds now, as far as it concerns us.
struct ZoneState: Equatable, Sendable {
    let zone: String
    /// All records, anybody's, of the sets that we want or own.
    var records: [UpdateRecord]
    /// All records, anybody's, at the place of the ownership records.
    var marks: [UpdateRecord]
    /// Whether it has DNSSEC keys; true also where that is not known.
    var isSigned = true
}
