import Policy

/// What to enter at the other side, with the values of the live configuration.
struct Guide: Equatable, Sendable {
    /// The systems there is a guide for.
    enum System: String, CaseIterable, Sendable { case lcs, ocs, lync, cisco, prosody, ejabberd, kamailio }

    /// A step: what it is for, and what to type or tick.
    struct Section: Equatable, Sendable {
        var title: String
        /// Sentences.
        var notes: [String] = []
        /// Rows of a dialog.
        var fields: [Field] = []
        /// Lines to type or to put into a file.
        var lines: [String] = []
    }

    struct Field: Equatable, Sendable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    var system: System
    var sections: [Section]
    /// What is missing here before the other side can be set up.
    var missing: [String]

    init(for system: System, _ facts: GuideFacts) {
        self.system = system
        self.missing = system.isSIP ? facts.missingForSIP : facts.missingForXMPP
        self.sections =
            switch system {
            case .lcs: LCSGuide(facts: facts, product: "Live Communications Server 2005").sections
            case .ocs: LCSGuide(facts: facts, product: "Office Communications Server 2007").sections
            case .lync: LyncGuide(facts: facts).sections
            case .cisco: CiscoGuide(facts: facts).sections
            case .kamailio: KamailioGuide(facts: facts).sections
            case .prosody: XMPPServerGuide(facts: facts).prosody
            case .ejabberd: XMPPServerGuide(facts: facts).ejabberd
            }
    }
}

extension Guide.System {
    /// Whether it is a SIP server of ours; the others are XMPP servers of partners.
    var isSIP: Bool {
        switch self {
        case .lcs, .ocs, .lync, .cisco, .kamailio: true
        case .prosody, .ejabberd: false
        }
    }
}

extension Guide {
    var document: DocumentValue {
        [
            "system": .text(self.system.rawValue),
            "missing": DocumentValue(texts: self.missing),
            "sections": .list(
                self.sections.map { section in
                    [
                        "title": .text(section.title),
                        "notes": DocumentValue(texts: section.notes),
                        "fields": .list(section.fields.map { ["name": .text($0.name), "value": .text($0.value)] }),
                        "lines": DocumentValue(texts: section.lines),
                    ]
                }
            ),
        ]
    }
}
