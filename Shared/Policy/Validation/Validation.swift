/// Looks at a configuration as a whole and says everything that is wrong with it (SPEC §§ 1, 3, 5).
public struct Validation {
    let state: PolicyState
    /// The users to look at; `nil`: all.
    ///
    /// The other objects are always all looked at, for they depend on each other.
    private let users: [UserRecord]?
    /// What changes.
    ///
    /// Of two objects that contradict each other the one that changes is in the wrong.
    private let changed: Changed
    /// Our domains, and the patterns that cover one of them: what a route may be for.
    let servedPatterns: Set<String>
    var findings: [Finding] = []

    private struct Changed {
        var partners: Set<String> = []
        var routes: Set<String> = []
    }

    private init(_ state: PolicyState, after changes: [PolicyChange]?) {
        self.state = state
        self.users = changes.flatMap(Self.changedUsers)
        // Once for all routes: there may be a thousand of them, and of our domains.
        self.servedPatterns = Set(state.domains.keys.flatMap(DomainPattern.matching))
        self.changed = (changes ?? []).reduce(into: Changed()) { changed, change in
            if case .partner(let partner) = change { changed.partners.insert(partner.domain) }
            if case .route(let route) = change { changed.routes.insert(route.id) }
        }
    }

    /// Looks at all of it.
    ///
    /// - Parameters:
    ///   - state: The configuration as it would be.
    ///   - changes: What makes it differ from one that was valid; `nil` when nothing is known to be valid. With it, of the
    ///     users only the changed ones are looked at, unless the domains changed.
    /// - Returns: What is wrong, and what to mind.
    public static func findings(in state: PolicyState, after changes: [PolicyChange]? = nil) -> [Finding] {
        var validation = Validation(state, after: changes)
        let snapshot = state.snapshot(withUsers: validation.users == nil)
        validation.checkSettings(snapshot.settings)
        validation.checkDomains(snapshot)
        validation.checkPartners(snapshot.partners.movingLast { validation.changed.partners.contains($0.domain) })
        for user in validation.users ?? snapshot.users { validation.check(user) }
        validation.checkRoutes(snapshot.routes.movingLast { validation.changed.routes.contains($0.id) })
        validation.checkHosts(snapshot.hosts)
        return validation.findings
    }

    /// `nil`: every user must be looked at.
    private static func changedUsers(_ changes: [PolicyChange]) -> [UserRecord]? {
        var users: [UserRecord] = []
        for change in changes {
            switch change {
            case .user(let user): users.append(user)
            case .domain, .domainRemoved: return nil
            case .settings, .partner, .partnerRemoved, .userRemoved, .route, .routeRemoved, .host, .hostRemoved, .edge,
                .edgeRemoved:
                break
            }
        }
        return users
    }

    // MARK: Words

    /// Text that people write about an object, and nobody needs a book.
    static let maximumTextLength = 1_024

    mutating func mistake(_ object: String, _ field: String, _ value: String, _ problem: String, _ remedy: String) {
        self.findings.append(
            Finding(.mistake, object, field, value: value, problem: problem, remedy: remedy)
        )
    }

    mutating func warning(_ object: String, _ field: String, _ value: String, _ problem: String, _ remedy: String) {
        self.findings.append(
            Finding(.warning, object, field, value: value, problem: problem, remedy: remedy)
        )
    }

    mutating func checkText(_ object: String, _ field: String, _ text: String) {
        if text.utf8.count > Self.maximumTextLength {
            self.mistake(
                object,
                field,
                String(text.prefix(20)) + "…",
                "it is too long",
                "use at most \(Self.maximumTextLength) bytes"
            )
        }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            self.mistake(object, field, "", "it has control characters", "write it on one line of plain text")
        }
    }

    mutating func checkRange(_ object: String, _ field: String, _ value: Int, _ range: ClosedRange<Int>) {
        guard !range.contains(value) else { return }
        self.mistake(
            object,
            field,
            String(value),
            "it is out of range",
            "use a number from \(range.lowerBound) to \(range.upperBound)"
        )
    }
}

extension Array {
    /// The elements in their order, but those for which `isLast` holds after the others.
    fileprivate func movingLast(_ isLast: (Element) -> Bool) -> [Element] {
        self.filter { !isLast($0) } + self.filter(isLast)
    }
}
