import Hummingbird
import Messaging
import Policy
import Wire

/// Whether something may cross the gateway, and why: the edges' own decision, in words.
struct ExplainRoutes: Sendable {
    let engine: PolicyEngine
    let store: any PolicyStore

    func add(to router: RouterGroup<APIContext>) {
        router.get("explain") { request, _ in
            let from = try Self.address(request.query("from"), named: "from")
            let to = try Self.address(request.query("to"), named: "to")
            let kind = try Self.kind(in: request)
            let direction: Decision.Direction? = try request.word("direction")
            let (document, version) = try await self.explain(direction, kind, from: from, to: to)
            return Response(document: document, version: version)
        }
    }

    func explain(
        _ direction: Decision.Direction?,
        _ kind: Decision.Kind,
        from: Address,
        to: Address
    ) async throws -> (DocumentValue, version: Int) {
        let (explanation, record, state, version) = try await self.explanation(direction, kind, from: from, to: to)
        let local = explanation.direction == .inbound ? to : from
        let routes = explanation.direction == .inbound && explanation.decision.isAllowed ? state.routes(to: local) : []
        let ids = DocumentValue(texts: routes.map(\.id))
        return (explanation.document(contact: record).merging(["routes": ids]), version)
    }

    /// What the policy in force says, and the record by which sip-edge knows that the user has added the contact.
    func explanation(
        _ direction: Decision.Direction?,
        _ kind: Decision.Kind,
        from: Address,
        to: Address
    ) async throws -> (explanation: Explanation, record: SubscriptionRecord?, state: PolicyState, version: Int) {
        let (state, version) = await self.engine.present
        let direction = direction ?? state.direction(from: from)
        let (local, remote) = direction == .inbound ? (to, from) : (from, to)
        let record = try await self.contact(local, remote)
        let explanation = state.explain(
            direction,
            kind,
            from: from,
            to: to,
            contact: record == nil ? .notAdded : .added
        )
        return (explanation, record, state, version)
    }

    /// The record by which sip-edge knows that the user has added the contact.
    private func contact(_ local: Address, _ remote: Address) async throws -> SubscriptionRecord? {
        guard local.user != nil, remote.user != nil else { return nil }
        let query = SubscriptionQuery(
            direction: .sipToXMPP,
            limit: 1,
            watcher: local.bare,
            presentity: remote.bare
        )
        return try await self.store.subscriptions(query).records.first
    }

    /// `user@domain`, with or without `sip:` or `xmpp:` before and a device behind it.
    static func address(_ given: String?, named name: String) throws(Problem) -> Address {
        guard var text = given?.caseFolded[...], !text.isEmpty else {
            throw .badRequest("“\(name)” is missing: give an address such as romeo@example.net")
        }
        for scheme in ["sip:", "sips:", "xmpp:"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        let at = text.lastIndex(of: "@")
        let host = at.map { text[text.index(after: $0)...] } ?? text
        let domain = DomainName.normalized(String(host.prefix { $0 != "/" && $0 != ";" && $0 != ":" }))
        if let problem = DomainName.problem(with: domain) { throw .badRequest("“\(name)”: \(problem)") }
        guard let at, at > text.startIndex else { return Address(user: nil, domain: domain) }
        return Address(user: String(text[..<at]), domain: domain)
    }

    private static func kind(in request: Request) throws(Problem) -> Decision.Kind {
        if request.query("kind") == "im" { return .instantMessage }
        return try request.word("kind") ?? .instantMessage
    }
}

extension Explanation {
    func document(contact: SubscriptionRecord?) -> DocumentValue {
        [
            "from": .text(self.from.description),
            "to": .text(self.to.description),
            "direction": .text(self.direction.rawValue),
            "kind": .text(self.kind.rawValue),
            "allowed": .flag(self.decision.isAllowed),
            "verdict": .text(self.verdict),
            "reason": DocumentValue(optional: self.decision.failure?.reason.rawValue),
            "steps": .list(
                self.steps.map { step in
                    [
                        "rule": .text(step.rule.rawValue), "outcome": .text(step.outcome.rawValue),
                        "text": .text(step.text),
                    ]
                }
            ),
            "contact": DocumentValue(optional: contact?.state.rawValue),
            "stripped": DocumentValue(texts: self.stripped),
            "path": DocumentValue(texts: self.path),
            "remedy": .text(self.remedy),
        ]
    }
}
