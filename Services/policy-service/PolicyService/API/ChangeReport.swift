import Hummingbird
import Policy

/// Changes as an answer tells them: how many of which kind, and the first of them field by field.
///
/// A commit may touch a hundred thousand objects; who wants to see them all says so with `full=1`, or turns the pages of
/// `GET /v1/configuration/versions/{version}/changes`.
struct ChangeReport {
    /// More than anybody reads before saying yes.
    static let limit = 100
    /// In a list of commits each has fewer.
    static let limitInLists = 20

    private let changes: [ObjectChange]
    /// Which of them are told field by field.
    private let page: Range<Int>

    init(_ changes: [ObjectChange], isFull: Bool = false) {
        self.init(changes, after: 0, limit: isFull ? changes.count : Self.limit)
    }

    init(_ changes: [ObjectChange], after first: Int, limit: Int) {
        self.changes = changes
        let start = min(max(first, 0), changes.count)
        self.page = start..<min(start + limit, changes.count)
    }

    var members: [DocumentValue.Member] {
        [
            .init("change-count", .integer(self.changes.count)),
            .init("summary", .list(self.summary)),
            .init("changes", .list(self.changes[self.page].map(\.document))),
            .init("next", self.page.upperBound < self.changes.count ? .integer(self.page.upperBound) : .null),
        ]
    }

    /// Of each kind of object how many are added, changed, removed.
    private var summary: [DocumentValue] {
        var kinds: [String] = []
        var counts: [String: [String: Int]] = [:]
        for change in self.changes {
            let kind = String(change.object.prefix { $0 != " " })
            if counts[kind] == nil { kinds.append(kind) }
            counts[kind, default: [:]][change.action, default: 0] += 1
        }
        return kinds.map { kind in
            func count(_ action: String) -> DocumentValue { .integer(counts[kind]?[action] ?? 0) }
            return [
                "kind": .text(kind), "added": count("add"), "changed": count("change"), "removed": count("remove"),
            ]
        }
    }
}

extension Request {
    /// `full=1`: whether an answer may be as long as what it is about.
    func isFull() throws(Problem) -> Bool {
        switch self.query("full") {
        case nil, "0", "false": false
        case "1", "true", "": true
        case .some(let other): throw .badRequest("“full” is 1 or 0, not “\(other)”")
        }
    }
}
