public import Messaging
internal import XML

/// `text/xml+msrtc.pidf`, the presence document of LCS 2005 and its successors (MS-SIP 2.2.1).
///
/// It knows one state for all devices of a user together, two numbers and a note. Names are looked at, namespaces are not: the samples
/// of MS-SIP and its schema have two.
public struct MSRTCDocument: Equatable, Sendable {
    public static let mediaType = "text/xml+msrtc.pidf"
    private static let namespace = "http://schemas.microsoft.com/2002/09/sip/presence"
    /// The longest note that is written, in bytes: what a status line of a client holds.
    private static let longestNote = 500

    /// Whose presence it is: an address without `sip:`.
    ///
    /// Only a claim; the subscription says whose it is.
    public var uri: String
    public var aggregates: MicrosoftAggregates
    /// What the user wrote.
    public var note: String?
    /// The number of OCS 2007, where the server of a later client has let it through: `userInfo/states/state@avail`.
    public var availability: Int?

    public init(uri: String, aggregates: MicrosoftAggregates, note: String? = nil, availability: Int? = nil) {
        self.uri = uri
        self.aggregates = aggregates
        self.note = note
        self.availability = availability
    }

    /// What the user is: of the two ways to say it, the one that is further from “available”.
    public var state: MicrosoftState {
        let state = MicrosoftState(self.aggregates)
        guard let availability = self.availability, availability > state.availability else { return state }
        return MicrosoftState(availability: availability)
    }
}

// MARK: - Bytes

extension MSRTCDocument {
    /// Reads a document; what it does not say counts as 0, “no information”.
    public init(parsing bytes: [UInt8]) throws(PIDFError) {
        let root = try DocumentProlog.root(of: bytes)
        guard root.name == "presentity", root.first("availability") != nil else { throw .notPIDF }
        let activity = root.first("activity")
        let userInfo = root.first("userInfo")
        self.init(
            uri: root.attribute("uri") ?? "",
            aggregates: MicrosoftAggregates(
                availability: Self.number(root.first("availability")?.attribute("aggregate")) ?? 0,
                activity: Self.number(activity?.attribute("aggregate")) ?? 0
            ),
            note: Self.note(userInfo?.first("note")?.text) ?? Self.note(activity?.attribute("note")),
            availability: userInfo?.first("states")?.elements.prefix(PIDFDocument.maximumTuples)
                .compactMap { $0.name == "state" ? Self.number($0.attribute("avail")) : nil }.max()
        )
    }

    public var bytes: [UInt8] {
        var writer = XMLWriter()
        writer.write(markup: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        let namespace = Self.namespace
        var activity: [XMLElement.Attribute] = [
            .init("aggregate", String(self.aggregates.activity)), .init("description", ""),
        ]
        if let note = self.note { activity.append(.init("note", note)) }
        var elements = [
            XMLElement(
                "availability",
                namespace: namespace,
                attributes: [
                    .init("aggregate", String(self.aggregates.availability)), .init("description", ""),
                ]
            ),
            XMLElement("activity", namespace: namespace, attributes: activity),
        ]
        var userInfo: [XMLElement] = []
        if let note = self.note { userInfo.append(XMLElement("note", namespace: namespace, text: note)) }
        if let availability = self.availability {
            let state = XMLElement("state", namespace: namespace, attributes: [.init("avail", String(availability))])
            userInfo.append(XMLElement("states", namespace: namespace, elements: [state]))
        }
        if !userInfo.isEmpty { elements.append(XMLElement("userInfo", namespace: namespace, elements: userInfo)) }
        writer.write(
            XMLElement("presentity", namespace: namespace, attributes: [.init("uri", self.uri)], elements: elements)
        )
        return writer.bytes
    }

    /// A number of up to five digits; anything else says nothing.
    private static func number(_ text: String?) -> Int? {
        guard let text, (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func note(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= self.longestNote else { return nil }
        return text
    }
}

// MARK: - Neutral

extension MSRTCDocument {
    /// The document that says what is known of a presentity: what its best device is, and what it says.
    ///
    /// `uri` is the address without `sip:`.
    public init(_ notification: PresenceNotification, uri: String, profile: PresenceProfile = .rfc8048) {
        let best = notification.instances.map { profile.towardsSIP($0) }.min { $0.rank < $1.rank }
        self.init(
            uri: uri,
            aggregates: (best.map { MicrosoftState($0) } ?? .offline).aggregates,
            note: Self.note(best?.status.first?.text)
        )
    }
}

extension PresenceNotification {
    /// What a document says, in neutral terms: the user as a whole, for it names no devices.
    public init(_ document: MSRTCDocument, profile: PresenceProfile = .rfc8048) {
        let notes = document.note.map { [LocalizedText($0)] } ?? []
        let instance = document.state.instance(id: nil, notes: notes, priority: nil, profile)
        self.init(instances: [profile.towardsXMPP(instance)], isComplete: true)
    }
}
