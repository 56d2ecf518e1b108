public import Messaging

extension PolicyState {
    /// The direction of something between two addresses: outbound when it comes from one of our domains, else inbound.
    ///
    /// In a split domain it is inbound when it comes from a user of the XMPP server.
    public func direction(from: Address) -> Decision.Direction {
        guard let domain = self.localDomain(from.domain) else { return .inbound }
        guard domain.partition != .off else { return .outbound }
        return Partition.home(of: self.user(from), mode: domain.partition) == .xmpp ? .inbound : .outbound
    }

    /// Decides as ``decide(_:_:from:to:contact:)`` does, and says why.
    ///
    /// Without a `direction` it is seen from the domain of `from`.
    public func explain(
        _ direction: Decision.Direction? = nil,
        _ kind: Decision.Kind,
        from: Address,
        to: Address,
        contact: Decision.ContactState = .unknown
    ) -> Explanation {
        let direction = direction ?? self.direction(from: from)
        let facts = self.facts(direction, kind, from: from, to: to, contact: contact)
        let decision = Decision(facts)
        let objection = Decision.objection(to: facts)
        let (local, remote) = direction == .inbound ? (to, from) : (from, to)
        let words = ExplanationWords(state: self, facts: facts, local: local.bare, remote: remote.bare)
        return Explanation(
            direction: direction,
            kind: kind,
            from: from,
            to: to,
            decision: decision,
            steps: Self.steps(words, objection),
            remedy: objection.map { words.remedy(for: $0) } ?? "",
            path: objection == nil ? words.path : [],
            stripped: decision == .allow(stripsNote: true) ? ["the user's status note"] : []
        )
    }

    private static func steps(_ words: ExplanationWords, _ objection: Objection?) -> [ExplanationStep] {
        let refusing = objection.map { ExplanationStep.Rule($0) }
        var isDecided = false
        return ExplanationStep.Rule.allCases.filter { words.concerns($0) }.map { rule in
            if isDecided { return ExplanationStep(rule: rule, outcome: .notReached, text: "not asked any more") }
            isDecided = rule == refusing
            return ExplanationStep(rule: rule, outcome: isDecided ? .refused : .passed, text: words.text(for: rule))
        }
    }
}
