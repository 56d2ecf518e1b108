import Policy

/// Something an administrator did: who, when, what and why.
struct AuditEntry: Equatable, Sendable {
    /// Given by the store; rises.
    var number: Int
    /// In milliseconds since 1970.
    var time: Int64
    /// The name of the token it was done with.
    var author: String
    /// What was done: `commit`, `dns apply`, `dialback rotate`, `token add`.
    var action: String
    /// The version of the configuration it led to, for a commit.
    var version: Int?
    /// Why, in the author's words.
    var reason: String
    /// What changed, object by object.
    var changes: [ObjectChange]

    init(
        number: Int = 0,
        time: Int64,
        author: String,
        action: String,
        version: Int? = nil,
        reason: String = "",
        changes: [ObjectChange] = []
    ) {
        self.number = number
        self.time = time
        self.author = author
        self.action = action
        self.version = version
        self.reason = reason
        self.changes = changes
    }
}

/// What became of one object: as a dry run, the audit log and the answer to a commit show it.
struct ObjectChange: Equatable, Sendable {
    /// What it is: `partner example.org`.
    var object: String
    /// `nil` when it is new.
    var before: DocumentValue?
    /// `nil` when it is gone.
    var after: DocumentValue?

    var action: String {
        switch (self.before, self.after) {
        case (nil, _): "add"
        case (_, nil): "remove"
        case (_, _): "change"
        }
    }

    /// The fields whose values differ.
    var fields: [(name: String, before: DocumentValue, after: DocumentValue)] {
        let names = (self.after ?? self.before)?.members?.map(\.name) ?? []
        return names.compactMap { name in
            let (before, after) = (self.before?[name] ?? .null, self.after?[name] ?? .null)
            return before == after ? nil : (name, before, after)
        }
    }
}
