internal import Messaging
internal import XML

extension PIDFDocument {
    /// Reads a document.
    ///
    /// What is not known is ignored with all that is in it, be it marked `mustUnderstand` or not
    /// ([RFC 3863 §4.2.3](https://www.rfc-editor.org/rfc/rfc3863#section-4.2.3)).
    /// `language` is the `Content-Language` of the body, for notes that name none.
    public init(parsing bytes: [UInt8], language: String? = nil) throws(PIDFError) {
        let root: XMLElement
        do {
            root = try XMLDocument.parse(bytes, limits: .document, vocabulary: Self.vocabulary)
        } catch {
            throw .notXML
        }
        guard root.is("presence", PIDFNamespace.pidf) else { throw .notPIDF }
        let language = root.language ?? language
        self.init(entity: root.attribute("entity") ?? "", tuples: [])
        for element in root.elements {
            switch (element.name, element.namespace) {
            case ("tuple", PIDFNamespace.pidf):
                guard self.tuples.count < Self.maximumTuples, let tuple = Tuple(element, language) else { continue }
                guard !self.tuples.contains(where: { $0.id == tuple.id }) else { continue }
                self.tuples.append(tuple)
            case ("note", PIDFNamespace.pidf):
                self.notes.append(note: element, language)
            case ("person", PIDFNamespace.dataModel):
                self.person = self.person ?? Person(element, language)
            case ("activities", PIDFNamespace.rpid):
                // COMPAT(SIPE, early RPID): activities that stand for the person without a <person/> around them.
                self.person = self.person ?? Person(activities: Activity.all(in: element))
            default:
                break
            }
        }
    }

    /// The names of the documents we meet, so that reading them costs no allocation each.
    private static let vocabulary = XMLVocabulary(
        ["presence", "tuple", "status", "basic", "contact", "note", "timestamp"].map { (PIDFNamespace.pidf, $0) } + [
            (PIDFNamespace.xmpp, "show"), (PIDFNamespace.dataModel, "person"), (PIDFNamespace.rpid, "activities"),
            (PIDFNamespace.rpid, "away"), (PIDFNamespace.rpid, "busy"), (PIDFNamespace.rpid, "user-input"),
            ("", "entity"), ("", "id"), ("", "priority"), (XMLElement.xmlNamespace, "lang"),
        ]
    )
}

extension PIDFDocument.Tuple {
    /// `nil` for a tuple without an id: nothing could ever be said of it again.
    fileprivate init?(_ element: XMLElement, _ language: String?) {
        guard let id = element.attribute("id")?.trimmed, !id.isEmpty else { return nil }
        self.init(id: id, isOpen: nil)
        for child in element.elements {
            switch (child.name, child.namespace) {
            case ("status", PIDFNamespace.pidf): self.read(status: child)
            case ("contact", PIDFNamespace.pidf):
                self.contact = child.text.trimmed
                self.priority = child.attribute("priority").flatMap { TuplePriority.xmpp($0.trimmed) }
            case ("note", PIDFNamespace.pidf): self.notes.append(note: child, element.language ?? language)
            case ("timestamp", PIDFNamespace.pidf): self.timestamp = Timestamp.parse(child.text.trimmed)
            case ("activities", PIDFNamespace.rpid), ("activities", PIDFNamespace.draftRPID):
                self.activities += Activity.all(in: child)
            case ("user-input", PIDFNamespace.rpid): self.userInput = PIDFDocument.UserInput(child)
            // COMPAT(Kamailio pua_xmpp, some clients): <show/> beside <status/> instead of in it.
            case ("show", PIDFNamespace.xmpp): self.show = self.show ?? PresenceNotification.Show(pidf: child.text)
            default: break
            }
        }
    }

    private mutating func read(status element: XMLElement) {
        for child in element.elements {
            switch (child.name, child.namespace) {
            case ("basic", PIDFNamespace.pidf):
                switch child.text.trimmed {
                case "open": self.isOpen = true
                case "closed": self.isOpen = false
                default: break
                }
            case ("show", PIDFNamespace.xmpp): self.show = PresenceNotification.Show(pidf: child.text)
            case ("activities", PIDFNamespace.rpid), ("activities", PIDFNamespace.draftRPID):
                self.activities += Activity.all(in: child)
            default: break
            }
        }
    }
}

extension PIDFDocument.Person {
    fileprivate init(_ element: XMLElement, _ language: String?) {
        self.init()
        for child in element.elements {
            switch (child.name, child.namespace) {
            case ("activities", PIDFNamespace.rpid):
                self.activities += Activity.all(in: child)
                for note in child.children("note", PIDFNamespace.rpid) { self.notes.append(note: note, language) }
            case ("user-input", PIDFNamespace.rpid): self.userInput = PIDFDocument.UserInput(child)
            case ("note", PIDFNamespace.dataModel): self.notes.append(note: child, language)
            default: break
            }
        }
    }
}

extension PIDFDocument.UserInput {
    fileprivate init?(_ element: XMLElement) {
        switch element.text.trimmed {
        case "active": self = .active
        case "idle": self = .idle(since: element.attribute("last-input").flatMap { Timestamp.parse($0) })
        default: return nil
        }
    }
}

extension Activity {
    /// `<away/>` as RFC 4480 has it, `<activity>away</activity>` as its drafts had it.
    ///
    /// An element says one thing: ten are more than anybody does at once.
    fileprivate static func all(in element: XMLElement) -> [Activity] {
        element.elements.prefix(10).compactMap {
            Activity(rawValue: $0.name == "activity" ? $0.text.trimmed.lowercased() : $0.name)
        }
    }
}

extension PresenceNotification.Show {
    /// `nil` for what is none of the defined values; whoever writes “available” or “chat” means what is so called.
    fileprivate init?(pidf text: String) {
        switch text.trimmed {
        case "chat": self = .chat
        case "away": self = .away
        case "xa": self = .extendedAway
        case "dnd": self = .doNotDisturb
        case "", "online", "available": self = .online
        default: return nil
        }
    }
}

extension [LocalizedText] {
    /// Takes in a `<note/>`, unless it is empty, or one too many.
    fileprivate mutating func append(note element: XMLElement, _ language: String?) {
        let text = element.text.trimmed
        guard !text.isEmpty, self.count < PIDFDocument.maximumTuples else { return }
        self.append(LocalizedText(text, language: element.language ?? language))
    }
}

extension String {
    /// Without white space at either end, as XML Schema's `collapse` has it.
    fileprivate var trimmed: String {
        guard let start = self.unicodeScalars.firstIndex(where: { !$0.isXMLSpace }),
            let end = self.unicodeScalars.lastIndex(where: { !$0.isXMLSpace })
        else { return "" }
        return String(self.unicodeScalars[start...end])
    }
}

extension Unicode.Scalar {
    fileprivate var isXMLSpace: Bool { self == " " || self == "\t" || self == "\n" || self == "\r" }
}
