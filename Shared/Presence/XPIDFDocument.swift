public import Messaging
internal import XML

/// `application/xpidf+xml`, the presence document before PIDF, as Microsoft's clients write it (MS-SIP 2.2.2): an atom for each device.
public struct XPIDFDocument: Equatable, Sendable {
    public static let mediaType = "application/xpidf+xml"

    /// One device.
    public struct Atom: Equatable, Sendable {
        public var id: String
        public var address: String
        /// As XMPP counts it.
        public var priority: Int8?
        public var state: MicrosoftState

        public init(id: String, address: String, priority: Int8? = nil, state: MicrosoftState) {
            self.id = id
            self.address = address
            self.priority = priority
            self.state = state
        }
    }

    /// Whose presence it is: a `sip:` URI.
    public var presentity: String
    public var atoms: [Atom]

    public init(presentity: String, atoms: [Atom]) {
        self.presentity = presentity
        self.atoms = atoms
    }
}

// MARK: - Bytes

extension XPIDFDocument {
    /// Reads a document; atoms that do not say what they are, and those of an id that was there before, are left out.
    public init(parsing bytes: [UInt8]) throws(PIDFError) {
        let root = try DocumentProlog.root(of: bytes)
        guard root.name == "presence", let presentity = root.first("presentity") else { throw .notPIDF }
        let uri = presentity.attribute("uri") ?? ""
        self.init(presentity: uri.firstIndex(of: ";").map { String(uri[..<$0]) } ?? uri, atoms: [])
        for element in root.elements where element.name == "atom" && self.atoms.count < PIDFDocument.maximumTuples {
            guard let atom = Atom(element), !self.atoms.contains(where: { $0.id == atom.id }) else { continue }
            self.atoms.append(atom)
        }
    }

    public var bytes: [UInt8] {
        var writer = XMLWriter()
        writer.write(
            markup: """
                <?xml version="1.0" encoding="UTF-8"?>\
                <!DOCTYPE presence PUBLIC "-//IETF//DTD RFCxxxx XPIDF 1.0//EN" "xpidf.dtd">
                """
        )
        let presentity = XMLElement(
            "presentity",
            namespace: "",
            attributes: [.init("uri", self.presentity + ";method=SUBSCRIBE")]
        )
        let atoms = self.atoms.map(\.element)
        writer.write(XMLElement("presence", namespace: "", elements: [presentity] + atoms))
        return writer.bytes
    }
}

extension XPIDFDocument.Atom {
    fileprivate init?(_ element: XMLElement) {
        guard let id = element.attribute("id"), !id.isEmpty, let address = element.first("address"),
            let status = address.first("status")?.attribute("status")
        else { return nil }
        // One sample of MS-SIP spells it differently.
        let substatus = (address.first("msnsubstatus") ?? address.first("msnstatus"))?.attribute("substatus")
        guard let state = MicrosoftState(status: status, substatus: substatus) else { return nil }
        self.init(
            id: id,
            address: address.attribute("uri") ?? "",
            priority: address.attribute("priority").flatMap { TuplePriority.xmpp($0) },
            state: state
        )
    }

    fileprivate var element: XMLElement {
        let (status, substatus) = self.state.words
        let priority = self.priority.flatMap { TuplePriority.pidf($0) }.map { XMLElement.Attribute("priority", $0) }
        let address = XMLElement(
            "address",
            namespace: "",
            attributes: [.init("uri", self.address)] + (priority.map { [$0] } ?? []),
            elements: [
                XMLElement("status", namespace: "", attributes: [.init("status", status)]),
                XMLElement("msnsubstatus", namespace: "", attributes: [.init("substatus", substatus)]),
            ]
        )
        return XMLElement("atom", namespace: "", attributes: [.init("id", self.id)], elements: [address])
    }
}

// MARK: - Neutral

extension XPIDFDocument {
    /// The document that says what is known of a presentity, an atom for each device; one without any has one that is closed.
    public init(_ notification: PresenceNotification, presentity: String, profile: PresenceProfile = .rfc8048) {
        let instances = notification.instances.prefix(PIDFDocument.maximumTuples).map { profile.towardsSIP($0) }
        var atoms = instances.map { instance in
            Atom(
                id: TupleID.tuple(instance.id),
                address: presentity,
                priority: instance.isAvailable ? instance.priority : nil,
                state: MicrosoftState(instance)
            )
        }
        if atoms.isEmpty { atoms = [Atom(id: TupleID.tuple(nil), address: presentity, state: .offline)] }
        self.init(presentity: presentity, atoms: atoms)
    }
}

extension PresenceNotification {
    /// What a document says, in neutral terms: each atom is a device.
    public init(_ document: XPIDFDocument, profile: PresenceProfile = .rfc8048) {
        self.init(
            instances: document.atoms.map { atom in
                let id = TupleID.instance(atom.id)
                return profile.towardsXMPP(
                    atom.state.instance(id: id, notes: [], priority: atom.priority, profile)
                )
            },
            isComplete: true
        )
    }
}
