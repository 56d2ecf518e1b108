/// An SRV record ([RFC 2782](https://www.rfc-editor.org/rfc/rfc2782)).
public struct ServiceRecord: Hashable, Sendable {
    public var priority: UInt16
    public var weight: UInt16
    public var port: UInt16
    /// A host name in lower case without final dot; empty for the root, which says that the service is not offered.
    public var target: String

    public init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// Reads the data of an SRV record; nil if it is damaged or its target is no host name.
    public init?(_ data: RecordData) {
        guard data.count >= 7, let target = WireName.text(data[6...]) else { return nil }
        func number(at index: Int) -> UInt16 { UInt16(data[index]) << 8 | UInt16(data[index + 1]) }
        self.init(priority: number(at: 0), weight: number(at: 2), port: number(at: 4), target: target)
    }

    /// Says "decidedly not available at this domain".
    public var refusesService: Bool { self.target.isEmpty }
}

extension ServiceRecord {
    /// `records` in the order in which they are tried: by priority, within a priority by chance and weight.
    ///
    /// Records that refuse the service, or have port 0, are left out.
    ///
    /// `random` gives a random number from 0 to its argument, both included.
    public static func ordered(_ records: [ServiceRecord], random: (Int) -> Int) -> [ServiceRecord] {
        self.ordered(records, record: \.self, random: random)
    }

    /// The same for things that have a record each, such as records of two services.
    public static func ordered<Element>(
        _ elements: [Element],
        record: (Element) -> ServiceRecord,
        random: (Int) -> Int
    ) -> [Element] {
        let usable = elements.map { ($0, record($0)) }.filter { !$0.1.refusesService && $0.1.port != 0 }
        let groups = Dictionary(grouping: usable, by: \.1.priority).sorted { $0.key < $1.key }
        return groups.flatMap { Self.shuffled($0.value, random: random).map(\.0) }
    }

    /// The algorithm of RFC 2782 ("Weight"): records of weight 0 first, then pick by running sum, again and again.
    private static func shuffled<Element>(
        _ elements: [(Element, ServiceRecord)],
        random: (Int) -> Int
    ) -> [(Element, ServiceRecord)] {
        var rest = elements.filter { $0.1.weight == 0 } + elements.filter { $0.1.weight != 0 }
        var order: [(Element, ServiceRecord)] = []
        while !rest.isEmpty {
            let choice = random(rest.reduce(0) { $0 + Int($1.1.weight) })
            var sum = 0
            let index = rest.firstIndex { _, record in
                sum += Int(record.weight)
                return sum >= choice
            }
            order.append(rest.remove(at: index ?? 0))
        }
        return order
    }
}
