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

    /// The answer to a command line that begins with such a pair.
    static func answer(to arguments: some Sequence<String>) -> String? {
        var words = arguments.prefix { !$0.hasPrefix("-") }.makeIterator()
        guard let noun = words.next(), let verb = words.next(), let text = self.answers[noun]?[verb] else { return nil }
        return "There is no `isthmusctl \(noun) \(verb)`: \(text)."
    }
}
