/// The labels of one series: `["direction": "inbound", "result": "taken"]`.
///
/// A value is one of few: a service's name, a direction, a reason code. Never an address, a domain or an id.
public struct Labels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    let pairs: [Pair]

    struct Pair: Sendable, Hashable {
        let name: String
        let value: String
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    public init(_ elements: [(String, String)]) {
        self.pairs = elements.map { Pair(name: PrometheusText.name($0.0), value: $0.1) }
    }

    private init(pairs: [Pair]) {
        self.pairs = pairs
    }

    /// The same labels, all values `other`: where the values of a family beyond its limit are counted.
    var overflow: Labels {
        Labels(pairs: self.pairs.map { Pair(name: $0.name, value: "other") })
    }
}
