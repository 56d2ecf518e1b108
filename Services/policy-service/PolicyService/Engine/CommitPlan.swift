import Policy

/// What a request to change the configuration comes to: worked out from one state of the policy, without doing it.
///
/// Nothing but values goes in and comes out, so that it can be made aside: for a hundred thousand objects it takes a while.
struct CommitPlan: Sendable {
    /// What changes, and nothing that is so already.
    let changes: [PolicyChange]
    /// The policy after the changes.
    let candidate: PolicyState
    let result: CommitResult

    /// - Parameters:
    ///   - request: What is wished; its base has been looked at.
    ///   - state: The policy in force.
    ///   - version: Its version.
    /// - Throws: What the edit says, or every mistake of the whole.
    init(_ request: CommitRequest, _ state: PolicyState, version: Int) throws(CommitRefusal) {
        var (changes, objects, candidate) = ([PolicyChange](), [ObjectChange](), state)
        for change in try request.edit(state, version) {
            guard let object = ObjectChange(change, in: state), object.before != object.after else { continue }
            changes.append(change)
            objects.append(object)
            candidate.apply(change)
        }
        let findings = Validation.findings(in: candidate, after: changes)
        let touched = Set(objects.map(\.object))
        guard findings.allSatisfy({ $0.severity != .mistake }) else {
            // Who is told of a mistake is not told what else there is to say about other objects.
            throw .invalid(findings.filter { $0.severity == .mistake || Self.isAbout(touched, $0) })
        }
        self.changes = changes
        self.candidate = candidate
        self.result = CommitResult(
            version: changes.isEmpty ? version : version + 1,
            changes: objects,
            warnings: findings.filter { Self.isAbout(touched, $0) }
        )
    }

    /// Whether a finding is about one of these objects: by its name, or by something of it, `partner example.org …`.
    ///
    /// Both may be a hundred thousand, so they are not compared each with each.
    private static func isAbout(_ objects: Set<String>, _ finding: Finding) -> Bool {
        let name = finding.object
        return objects.contains(name)
            || name.indices.contains { name[$0] == " " && objects.contains(String(name[..<$0])) }
    }
}
