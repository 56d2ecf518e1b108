/// A list of allowed or blocked domains, ready for look-ups.
struct DomainRuleSet: Equatable, Sendable {
    private var directions: [String: Directions] = [:]

    init(_ rules: [DomainRule]) {
        for rule in rules {
            self.directions[rule.pattern.caseFolded, default: []].formUnion(Directions(rule.direction))
        }
    }

    var isEmpty: Bool { self.directions.isEmpty }

    /// Whether a rule of the list covers `domain` in this direction.
    func covers(_ domain: String, _ direction: Decision.Direction) -> Bool {
        self.pattern(covering: domain, direction) != nil
    }

    /// The most specific pattern of the list that covers `domain` in this direction.
    func pattern(covering domain: String, _ direction: Decision.Direction) -> String? {
        guard !self.isEmpty else { return nil }
        let wanted = Directions(direction)
        return DomainPattern.matching(domain).first { self.directions[$0]?.contains(wanted) == true }
    }

    /// The most specific rule about `domain`, whichever its direction.
    func pattern(for domain: String) -> String? {
        DomainPattern.matching(domain).first { self.directions[$0] != nil }
    }

    private struct Directions: OptionSet {
        let rawValue: UInt8
        static let inbound = Directions(rawValue: 1)
        static let outbound = Directions(rawValue: 2)

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(_ direction: DomainRule.Direction) {
            switch direction {
            case .both: self = [.inbound, .outbound]
            case .inbound: self = .inbound
            case .outbound: self = .outbound
            }
        }

        init(_ direction: Decision.Direction) {
            switch direction {
            case .inbound: self = .inbound
            case .outbound: self = .outbound
            }
        }
    }
}
