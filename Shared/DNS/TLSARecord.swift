/// A TLSA record ([RFC 6698 §2.1](https://www.rfc-editor.org/rfc/rfc6698#section-2.1)).
public struct TLSARecord: Hashable, Sendable {
    public var usage: UInt8
    public var selector: UInt8
    public var matchingType: UInt8
    public var association: [UInt8]

    public init(usage: UInt8, selector: UInt8, matchingType: UInt8, association: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.association = association
    }

    /// Reads the data of a record; nil if it is damaged.
    public init?(_ data: RecordData) {
        guard data.count > 3 else { return nil }
        self.init(usage: data[0], selector: data[1], matchingType: data[2], association: Array(data[3...]))
    }

    /// Whether its numbers are known and its hash has the length of one; others count as not there
    /// ([RFC 6698 §4.1](https://www.rfc-editor.org/rfc/rfc6698#section-4.1)).
    public var isUsable: Bool {
        guard self.usage <= 3, self.selector <= 1 else { return false }
        switch self.matchingType {
        case 0: return self.association.count > 64
        case 1: return self.association.count == 32
        case 2: return self.association.count == 64
        default: return false
        }
    }
}

extension Resolver {
    /// The TLSA records of a port of the host `name` over TCP
    /// ([RFC 7673 §3.3](https://www.rfc-editor.org/rfc/rfc7673#section-3.3)).
    public func associations(_ name: String, port: Int) async throws(LookupError) -> LookupAnswer<TLSARecord> {
        try await self.lookup("_\(port)._tcp.\(name)", .tlsa).compactMap { TLSARecord($0) }
    }
}
