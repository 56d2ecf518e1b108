import Policy

/// A wish to change the configuration.
struct CommitRequest: Sendable {
    /// Who wishes it: the name of a token.
    var author: String
    /// Why, in the author's words.
    var reason: String
    /// The versions that it may be made from, for its author has looked at them; `nil`: whatever the present one is.
    var bases: Set<Int>?
    /// Whether to say only what would change.
    var isDryRun: Bool
    /// What to change, given the configuration in force and its version.
    var edit: @Sendable (PolicyState, _ version: Int) throws(CommitRefusal) -> [PolicyChange]

    init(
        author: String,
        reason: String = "",
        bases: Set<Int>? = nil,
        isDryRun: Bool = false,
        edit: @escaping @Sendable (PolicyState, _ version: Int) throws(CommitRefusal) -> [PolicyChange]
    ) {
        self.author = author
        self.reason = reason
        self.bases = bases
        self.isDryRun = isDryRun
        self.edit = edit
    }

    /// Whether it may be made from that version.
    func permits(_ version: Int) -> Bool { self.bases?.contains(version) ?? true }
}

/// What became, or for a dry run would become, of it.
struct CommitResult: Equatable, Sendable {
    /// The version that it led to, or would lead to; the present one when nothing changes.
    var version: Int
    var changes: [ObjectChange]
    /// About the objects that change.
    var warnings: [Finding]
}

/// Why nothing was changed.
enum CommitRefusal: Error, Equatable {
    /// Somebody else has committed since the author looked.
    case conflict(current: Int)
    /// Other replicas were first, again and again; the author has named no version, so the same may be tried again.
    case overtaken(current: Int)
    /// With all mistakes; warnings may be among them.
    case invalid([Finding])
    case notFound(String)
    case alreadyThere(String)
    case overloaded
    case notStored(String)
}

extension ObjectChange {
    /// What a change of the policy does to the object it is about; `nil` for edges, which nobody configures.
    init?(_ change: PolicyChange, in state: PolicyState) {
        switch change {
        case .settings(let new): self.init(new.label, state.settings.document, new.document)
        case .partner(let new): self.init(new.label, state.partners[new.domain]?.document, new.document)
        case .partnerRemoved(let key): self.init("partner \(key)", state.partners[key]?.document, nil)
        case .domain(let new): self.init(new.label, state.domains[new.domain]?.document, new.document)
        case .domainRemoved(let key): self.init("domain \(key)", state.domains[key]?.document, nil)
        case .user(let new): self.init(new.label, state.user(address: new.address)?.document, new.document)
        case .userRemoved(let key): self.init("user \(key)", state.user(address: key)?.document, nil)
        case .route(let new): self.init(new.label, state.route(id: new.id)?.document, new.document)
        case .routeRemoved(let key): self.init("route \(key)", state.route(id: key)?.document, nil)
        case .host(let new): self.init(new.label, state.host(new.host)?.document, new.document)
        case .hostRemoved(let key): self.init("host \(key)", state.host(key)?.document, nil)
        case .edge, .edgeRemoved: return nil
        }
    }

    private init(_ object: String, _ before: DocumentValue?, _ after: DocumentValue?) {
        self.init(object: object, before: before, after: after)
    }
}
