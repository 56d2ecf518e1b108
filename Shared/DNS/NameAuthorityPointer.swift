/// A NAPTR record ([RFC 3403 §4](https://www.rfc-editor.org/rfc/rfc3403#section-4)).
public struct NameAuthorityPointer: Hashable, Sendable {
    public var order: UInt16
    public var preference: UInt16
    /// In lower case: `s` says that ``replacement`` has SRV records.
    public var flags: String
    /// In upper case: `SIPS+D2T`.
    public var service: String
    public var expression: String
    /// A name in lower case without final dot; empty for the root.
    public var replacement: String

    public init(
        order: UInt16,
        preference: UInt16,
        flags: String,
        service: String,
        expression: String = "",
        replacement: String
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.expression = expression
        self.replacement = replacement
    }

    /// Reads the data of a record; nil if it is damaged, or a text in it is not ASCII.
    public init?(_ data: RecordData) {
        guard data.count >= 4 else { return nil }
        func number(at index: Int) -> UInt16 { UInt16(data[index]) << 8 | UInt16(data[index + 1]) }
        var rest = data[4...]
        guard let flags = Self.text(&rest), let service = Self.text(&rest), let expression = Self.text(&rest),
            let replacement = WireName.text(rest)
        else { return nil }
        self.init(
            order: number(at: 0),
            preference: number(at: 2),
            flags: flags.lowercased(),
            service: service.uppercased(),
            expression: expression,
            replacement: replacement
        )
    }

    /// A `<character-string>` ([RFC 1035 §3.3](https://www.rfc-editor.org/rfc/rfc1035#section-3.3)).
    private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let count = rest.popFirst(), rest.count >= Int(count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        let bytes = rest.prefix(Int(count))
        return bytes.allSatisfy { (0x20...0x7E).contains($0) } ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

extension Resolver {
    /// The NAPTR records of a domain, in no order.
    public func pointers(_ name: String) async throws(LookupError) -> LookupAnswer<NameAuthorityPointer> {
        try await self.lookup(name, .naptr).compactMap { NameAuthorityPointer($0) }
    }
}
