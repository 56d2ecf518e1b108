internal import Messaging
internal import XML

extension PIDFDocument {
    /// The document in UTF-8, with an XML declaration as [RFC 3863 §4.1](https://www.rfc-editor.org/rfc/rfc3863#section-4.1) has it.
    public var bytes: [UInt8] {
        var writer = XMLWriter(
            defaultNamespace: PIDFNamespace.pidf,
            prefixes: [PIDFNamespace.dataModel: "dm", PIDFNamespace.rpid: "rp"]
        )
        writer.write(markup: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        let root = XMLElement("presence", namespace: PIDFNamespace.pidf, attributes: [.init("entity", self.entity)])
        writer.writeRoot(root, contentNamespace: PIDFNamespace.pidf)
        for tuple in self.tuples { writer.write(tuple.element) }
        for note in self.notes { writer.write(.note(note, PIDFNamespace.pidf)) }
        if let person = self.person { writer.write(person.element) }
        writer.write(markup: "</presence>")
        return writer.bytes
    }
}

extension PIDFDocument.Tuple {
    fileprivate var element: XMLElement {
        var status: [XMLElement] = []
        if let isOpen = self.isOpen {
            status.append(XMLElement("basic", namespace: PIDFNamespace.pidf, text: isOpen ? "open" : "closed"))
        }
        if let show = self.show?.pidf {
            status.append(XMLElement("show", namespace: PIDFNamespace.xmpp, text: show))
        }
        if !self.activities.isEmpty {
            // COMPAT(LCS 2005 … Skype for Business): activities are read here, and in this namespace.
            let activities = self.activities.map {
                XMLElement("activity", namespace: PIDFNamespace.draftRPID, text: $0.rawValue)
            }
            status.append(XMLElement("activities", namespace: PIDFNamespace.draftRPID, elements: activities))
        }

        // The order is that of the schema: status, extensions, contact, notes, timestamp.
        var elements = [XMLElement("status", namespace: PIDFNamespace.pidf, elements: status)]
        if let userInput = self.userInput { elements.append(userInput.element) }
        if let contact = self.contact {
            let priority = self.priority.flatMap { TuplePriority.pidf($0) }.map { XMLElement.Attribute("priority", $0) }
            elements.append(
                XMLElement(
                    "contact",
                    namespace: PIDFNamespace.pidf,
                    attributes: priority.map { [$0] } ?? [],
                    text: contact
                )
            )
        }
        for note in self.notes { elements.append(.note(note, PIDFNamespace.pidf)) }
        if let timestamp = self.timestamp {
            elements.append(XMLElement("timestamp", namespace: PIDFNamespace.pidf, text: Timestamp.format(timestamp)))
        }
        return XMLElement(
            "tuple",
            namespace: PIDFNamespace.pidf,
            attributes: [.init("id", self.id)],
            elements: elements
        )
    }
}

extension PIDFDocument.Person {
    fileprivate var element: XMLElement {
        var elements: [XMLElement] = []
        if !self.activities.isEmpty {
            let activities = self.activities.map { XMLElement($0.rawValue, namespace: PIDFNamespace.rpid) }
            elements.append(XMLElement("activities", namespace: PIDFNamespace.rpid, elements: activities))
        }
        if let userInput = self.userInput { elements.append(userInput.element) }
        for note in self.notes { elements.append(.note(note, PIDFNamespace.dataModel)) }
        return XMLElement(
            "person",
            namespace: PIDFNamespace.dataModel,
            attributes: [.init("id", "person")],
            elements: elements
        )
    }
}

extension PIDFDocument.UserInput {
    fileprivate var element: XMLElement {
        switch self {
        case .active:
            return XMLElement("user-input", namespace: PIDFNamespace.rpid, text: "active")
        case .idle(let since):
            let lastInput = since.map { XMLElement.Attribute("last-input", Timestamp.format($0)) }
            return XMLElement(
                "user-input",
                namespace: PIDFNamespace.rpid,
                attributes: lastInput.map { [$0] } ?? [],
                text: "idle"
            )
        }
    }
}

extension PresenceNotification.Show {
    /// The text of `<show/>`; `nil` where there is none.
    fileprivate var pidf: String? {
        switch self {
        case .online: nil
        case .chat: "chat"
        case .away: "away"
        case .extendedAway: "xa"
        case .doNotDisturb: "dnd"
        }
    }
}

extension XMLElement {
    fileprivate static func note(_ text: LocalizedText, _ namespace: String) -> XMLElement {
        let language = text.language.map { Attribute("lang", $0, namespace: XMLElement.xmlNamespace) }
        return XMLElement("note", namespace: namespace, attributes: language.map { [$0] } ?? [], text: text.text)
    }
}
