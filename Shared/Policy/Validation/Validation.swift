/// Looks at a configuration as a whole and says everything that is wrong with it (SPEC §§ 1, 3, 5).
public struct Validation {
    let state: PolicyState
    /// The users to look at; `nil`: all. The other objects are always all looked at, for they depend on each other.
    private let users: [UserRecord]?
    var findings: [Finding] = []

    private init(_ state: PolicyState, users: [UserRecord]?) {
        self.state = state
        self.users = users
    }

    /// - Parameters:
    ///   - state: The configuration as it would be.
    ///   - changes: What makes it differ from one that was valid; `nil` when nothing is known to be valid. With it, of the
    ///     users only the changed ones are looked at, unless the domains changed.
    public static func findings(in state: PolicyState, after changes: [PolicyChange]? = nil) -> [Finding] {
        var validation = Validation(state, users: changes.flatMap(Self.changedUsers))
        let snapshot = state.snapshot(withUsers: validation.users == nil)
        validation.checkSettings(snapshot.settings)
        validation.checkDomains(snapshot)
        validation.checkPartners(snapshot.partners)
        for user in validation.users ?? snapshot.users { validation.check(user) }
        validation.checkRoutes(snapshot.routes)
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
            self.mistake(object, field, String(text.prefix(20)) + "…", "it is too long", "use at most \(Self.maximumTextLength) bytes")
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
