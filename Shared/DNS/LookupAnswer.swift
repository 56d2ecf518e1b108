/// The types of records that are looked up.
public enum RecordType: CInt, Sendable, CaseIterable {
    case a = 1
    case txt = 16
    case aaaa = 28
    case srv = 33
    case naptr = 35
    case tlsa = 52
}

/// The records of a name, of one type.
public struct LookupAnswer<Record: Sendable>: Sendable {
    public var records: [Record]
    /// DNSSEC proves them: only then may they be relied on for security
    /// ([RFC 7673 §3](https://www.rfc-editor.org/rfc/rfc7673#section-3)).
    public var isSecure: Bool
    /// For how many seconds they may be kept.
    public var timeToLive: Int

    public init(records: [Record], isSecure: Bool, timeToLive: Int) {
        self.records = records
        self.isSecure = isSecure
        self.timeToLive = timeToLive
    }

    /// The records that `transform` can read.
    func compactMap<Other>(_ transform: (Record) -> Other?) -> LookupAnswer<Other> {
        LookupAnswer<Other>(
            records: self.records.compactMap(transform),
            isSecure: self.isSecure,
            timeToLive: self.timeToLive
        )
    }
}

extension LookupAnswer: Equatable where Record: Equatable {}

/// The data of a record as it was on the wire, names uncompressed.
public typealias RecordData = [UInt8]
