import ArgumentParser

/// A verb that people try because another noun has it: what to use instead.
///
/// Every noun has `list`, `show`, `add`, `set` and `remove` where that makes sense; where it does not, the answer says what does.
enum Misnomer {
    static let verbs = ["list", "show", "add", "set", "remove"]

    private static let settings = "they are always all there: `isthmusctl settings set` changes them"
    private static let records =
        "the records follow from your domains and the live edges: `isthmusctl dns plan` shows what would change, and `isthmusctl dns apply` does it"
    private static let subscriptions =
        "people make and end them in their programs; `isthmusctl policy set` and `isthmusctl partner set` say who may"
    private static let streams =
        "streams come and go with what is said; `isthmusctl test partner` tries one, and `isthmusctl partner set` says how they are negotiated"
    private static let refusals =
        "the gateway writes them, and the oldest go by themselves; `isthmusctl refusal list` has the filters"
    private static let audit =
        "it is written by what is done, and nobody can change it; `isthmusctl audit list` shows it"
    private static let edges =
        "an edge joins when it is started and leaves when it is stopped; `isthmusctl edge list` shows who is there"

    /// By noun and verb.
    static let answers: [String: [String: String]] = [
        "settings": [
            "list": "there is one set of them: `isthmusctl settings show`", "add": Self.settings,
            "remove": Self.settings,
        ],
        "policy": ["add": "every scope is there already: `isthmusctl policy set` says what holds for it"],
        "certificate": [
            "add":
                "`isthmusctl certificate request` makes a new one, `isthmusctl certificate import` brings in one that you have",
            "set": "`isthmusctl certificate assign` says what it is used for",
        ],
        "dns": ["add": Self.records, "set": Self.records, "remove": Self.records],
        "dialback": [
            "add": "`isthmusctl dialback rotate` makes a new secret",
            "set": "`isthmusctl dialback rotate` replaces the secret; a passphrase is replaced in its file",
            "remove": "`isthmusctl dialback rotate --immediately` ends the secrets there are and makes a new one",
        ],
        "subscription": ["add": Self.subscriptions, "set": Self.subscriptions, "remove": Self.subscriptions],
        "stream": ["add": Self.streams, "set": Self.streams, "remove": Self.streams],
        "refusal": ["add": Self.refusals, "set": Self.refusals, "remove": Self.refusals],
        "audit": ["add": Self.audit, "set": Self.audit, "remove": Self.audit],
        "edge": ["add": Self.edges, "set": Self.edges, "remove": Self.edges],
        "backup": [
            "set":
                "a backup is not changed: `isthmusctl backup create` takes a new one, `isthmusctl backup restore` brings one back",
            "remove":
                "a backup is a file of yours: delete it as any other; `isthmusctl backup list` shows those of a folder",
        ],
        "token": [
            "set":
                "a token keeps its role: `isthmusctl token add` makes another one, `isthmusctl token remove` ends this one"
        ],
    ]

    /// The answer to a command line that begins with such a pair, or with words that lead to no command.
    static func answer(to arguments: some Sequence<String>) -> String? {
        let words = arguments.prefix { !$0.hasPrefix("-") }
        guard let noun = words.first, noun != "help" else { return nil }
        if words.count > 1, let text = self.answers[noun]?[words[1]] {
            return "There is no `isthmusctl \(noun) \(words[1])`: \(text)."
        }
        return self.stray(words)
    }

    /// What may have been meant by words of which one leads to no command.
    private static func stray(_ words: [String]) -> String? {
        var command: any ParsableCommand.Type = Isthmusctl.self
        var path = ["isthmusctl"]
        for word in words {
            let below = command.configuration.subcommands
            guard !below.isEmpty else { return nil }
            if let next = below.first(where: { $0._commandName == word || $0.configuration.aliases.contains(word) }) {
                command = next
                path.append(word)
                continue
            }
            let names = below.map { $0._commandName }
            let near = names.filter { self.distance($0, word) <= max(1, min($0.count, word.count) / 3) }
            let meant =
                near.isEmpty
                ? "There are \(names.sorted().joined(separator: ", "))."
                : "Did you mean `\((path + [near[0]]).joined(separator: " "))`?"
            return "There is no `\((path + [word]).joined(separator: " "))`. \(meant)"
        }
        return nil
    }

    /// How many letters have to be added, taken or changed to make one word the other.
    static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one), Array(other))
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let changed = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[other.count]
    }
}
