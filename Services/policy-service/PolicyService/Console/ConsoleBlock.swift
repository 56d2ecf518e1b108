import Policy

/// A part of a page.
enum ConsoleBlock {
    case heading(String)
    case text(String)
    /// Something to mind, in a box of its colour.
    case message(ConsoleTone, String)
    /// Numbers and states at a glance; with an address a fact leads to its page.
    case facts([(label: String, value: String, tone: ConsoleTone?, href: String?)])
    case table(ConsoleTable)
    /// A form that only asks: it can be kept as a bookmark.
    case search([ConsoleInput], button: String)
    /// The same with fields that are seldom wanted, which are folded away; `isOpen` when one of them has been used.
    case filters([ConsoleInput], more: [ConsoleInput], isOpen: Bool, button: String)
    case form(ConsoleForm)
    /// Buttons beside each other.
    case forms([ConsoleForm])
    /// Something to copy: a request for a certificate, a zone.
    case code(label: String, String)
    case links([(label: String, href: String, isPrimary: Bool)])
    /// What a change does to each object.
    case differences([DocumentValue])
    /// Steps of a test or of a decision, in their order.
    case steps([(name: String, outcome: String, tone: ConsoleTone, text: String, remedy: String)])

    /// For the template; `now`, in milliseconds since 1970, is what moments are told from.
    func values(at now: Int64) -> [String: Any] {
        switch self {
        case .heading(let text): ["blockHeading": ["headingText": text]]
        case .text(let text): ["blockText": ["paragraph": text]]
        case .message(let tone, let text): ["blockMessage": ["messageTone": tone.rawValue, "messageText": text]]
        case .facts(let facts):
            [
                "blockFacts": [
                    "facts": facts.map { fact in
                        [
                            "factLabel": fact.label, "factValue": fact.value, "factTone": fact.tone?.rawValue ?? "",
                            "factHref": fact.href ?? "", "isLinked": fact.href != nil,
                        ] as [String: Any]
                    }
                ]
            ]
        case .table(let table): ["blockTable": table.values(at: now)]
        case .search(let inputs, let button):
            ["blockSearch": ["inputs": inputs.map(\.values), "searchButton": button] as [String: Any]]
        case .filters(let inputs, let more, let isOpen, let button):
            [
                "blockSearch": [
                    "inputs": inputs.map(\.values), "searchButton": button, "hasMore": true,
                    "more": more.map(\.values), "isOpen": isOpen,
                ] as [String: Any]
            ]
        case .form(let form): ["blockForm": form.values]
        case .forms(let forms): ["blockForms": ["forms": forms.map(\.values)]]
        case .code(let label, let text): ["blockCode": ["codeLabel": label, "codeText": text]]
        case .links(let links): ["blockLinks": ["links": Self.values(of: links)]]
        case .differences(let changes): ["blockDifferences": ["changes": changes.map(ConsoleDifference.values)]]
        case .steps(let steps):
            [
                "blockSteps": [
                    "steps": steps.map {
                        [
                            "stepName": $0.name, "stepOutcome": $0.outcome, "stepTone": $0.tone.rawValue,
                            "stepText": $0.text, "stepRemedy": $0.remedy, "hasRemedy": !$0.remedy.isEmpty,
                        ] as [String: Any]
                    }
                ]
            ]
        }
    }
}

extension ConsoleBlock {
    typealias Link = (label: String, href: String, isPrimary: Bool)

    static func values(of links: [Link]) -> [[String: Any]] {
        links.map { ["linkLabel": $0.label, "linkHref": $0.href, "isPrimary": $0.isPrimary] }
    }
}

/// A form that does something.
struct ConsoleForm {
    /// Fields that belong together.
    struct Group {
        var title: String
        var inputs: [ConsoleInput]

        /// Whether the table of negotiations belongs to it: it has all that decides.
        var isNegotiation: Bool { Set(self.inputs.compactMap(\.part)) == ["tls", "sasl", "dialback"] }
    }

    var action: String
    var groups: [Group] = []
    var hidden: [(name: String, value: String)] = []
    var button: String
    var isDangerous = false
    /// A second button: what it says, and where it leads.
    var other: (label: String, action: String)?
    var back: String?
    /// Every mistake, with its field if the form has it.
    var mistakes: [(text: String, field: String?)] = []

    var values: [String: Any] {
        [
            "formAction": self.action,
            "groups": self.groups.map { group in
                [
                    "groupTitle": group.title, "inputs": group.inputs.map(\.values),
                    "isNegotiation": group.isNegotiation,
                    "negotiationRows": group.isNegotiation ? ConsoleNegotiation.rows : [],
                ] as [String: Any]
            },
            "hidden": self.hidden.map { ["hiddenName": $0.name, "hiddenValue": $0.value] },
            // A lone button needs no card around it.
            "formClass": self.groups.isEmpty ? "lone" : "card",
            "button": self.button, "hasButton": !self.button.isEmpty, "isDangerous": self.isDangerous,
            "hasOther": self.other != nil,
            "otherLabel": self.other?.label ?? "", "otherAction": self.other?.action ?? "",
            "hasBack": self.back != nil, "back": self.back ?? "", "hasMistakes": !self.mistakes.isEmpty,
            "mistakes": self.mistakes.map {
                ["mistakeText": $0.text, "mistakeField": $0.field ?? "", "hasField": $0.field != nil] as [String: Any]
            },
        ]
    }
}

/// What differs between two states of an object.
enum ConsoleDifference {
    static func values(_ change: DocumentValue) -> [String: Any] {
        let (before, after) = (change["before"] ?? .null, change["after"] ?? .null)
        let object = change["object"]?.text ?? ""
        let order = Self.order(of: object)
        let names = ((after.members ?? before.members) ?? []).map(\.name)
            .sorted { (order[$0] ?? .max, $0) < (order[$1] ?? .max, $1) }
        let (what, tone): (String, ConsoleTone) =
            before == .null ? ("is added", .good) : after == .null ? ("is removed", .bad) : ("changes", .warning)
        let hasBoth = before != .null && after != .null
        return [
            "hasBoth": hasBoth, "isAdded": before == .null, "isRemoved": after == .null,
            "object": object.capitalizedFirst, "what": what, "whatTone": tone.rawValue,
            // Of what is added or removed only what is filled in.
            "fields": names.filter {
                before[$0] != after[$0] && !((before[$0] ?? .null).summary + (after[$0] ?? .null).summary).isEmpty
            }.map { name in
                [
                    "fieldLabel": ConsoleWords.label(name), "before": Self.text(before[name], name, hasBoth),
                    "after": Self.text(after[name], name, hasBoth),
                ]
            },
        ]
    }

    /// The fields as the forms have them.
    private static func order(of object: String) -> [String: Int] {
        let collection = ConsoleCollection.all.first { object.hasPrefix($0.singular + " ") }
        let names = (collection?.blank ?? GatewaySettings().document).members?.map(\.name) ?? []
        return Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// `isTold`: whether it is said when there is none.
    private static func text(_ value: DocumentValue?, _ name: String, _ isTold: Bool) -> String {
        guard let value, !value.summary.isEmpty else { return isTold ? "(none)" : "" }
        if let rules = value.elements, rules.contains(where: { $0["pattern"] != nil }) {
            return rules.map { "\($0["pattern"]?.text ?? "") \($0["direction"]?.text ?? "")" }.joined(separator: ", ")
        }
        return ConsoleWords.value(value.summary, of: name)
    }
}
