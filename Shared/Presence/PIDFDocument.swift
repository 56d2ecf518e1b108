public import Messaging

/// A presence document: PIDF ([RFC 3863](https://www.rfc-editor.org/rfc/rfc3863)) with what we know of its extensions, RPID
/// ([RFC 4480](https://www.rfc-editor.org/rfc/rfc4480)) and XMPP's `<show/>`
/// ([RFC 8048 §6.2](https://www.rfc-editor.org/rfc/rfc8048#section-6.2) note 7).
public struct PIDFDocument: Equatable, Sendable {
    /// The media type of its bytes.
    public static let mediaType = "application/pidf+xml"
    /// Tuples and notes of one document; further ones are left out.
    public static let maximumTuples = 32

    /// Whose presence it is: a `pres:` or `sip:` URI.
    ///
    /// Only a claim; the subscription says whose it is.
    public var entity: String
    public var tuples: [Tuple]
    /// What is known of the person, whatever the device ([RFC 4479 §3.1](https://www.rfc-editor.org/rfc/rfc4479#section-3.1)).
    public var person: Person?
    /// Remarks on the presentity as a whole.
    public var notes: [LocalizedText]

    public init(entity: String, tuples: [Tuple], person: Person? = nil, notes: [LocalizedText] = []) {
        self.entity = entity
        self.tuples = tuples
        self.person = person
        self.notes = notes
    }

    /// One device, or one way to reach the user.
    public struct Tuple: Equatable, Sendable {
        public var id: String
        /// `<basic/>`: open or closed; `nil` where the tuple does not say.
        public var isOpen: Bool?
        public var show: PresenceNotification.Show?
        public var activities: [Activity]
        public var userInput: UserInput?
        public var contact: String?
        /// The priority of the contact, as XMPP counts it.
        public var priority: Int8?
        public var notes: [LocalizedText]
        /// In milliseconds since 1970.
        public var timestamp: Int64?

        public init(
            id: String,
            isOpen: Bool?,
            show: PresenceNotification.Show? = nil,
            activities: [Activity] = [],
            userInput: UserInput? = nil,
            contact: String? = nil,
            priority: Int8? = nil,
            notes: [LocalizedText] = [],
            timestamp: Int64? = nil
        ) {
            self.id = id
            self.isOpen = isOpen
            self.show = show
            self.activities = activities
            self.userInput = userInput
            self.contact = contact
            self.priority = priority
            self.notes = notes
            self.timestamp = timestamp
        }
    }

    public struct Person: Equatable, Sendable {
        public var activities: [Activity]
        public var userInput: UserInput?
        public var notes: [LocalizedText]

        public init(activities: [Activity] = [], userInput: UserInput? = nil, notes: [LocalizedText] = []) {
            self.activities = activities
            self.userInput = userInput
            self.notes = notes
        }
    }

    /// RPID's `<user-input/>` ([RFC 4480 §3.14](https://www.rfc-editor.org/rfc/rfc4480#section-3.14)).
    public enum UserInput: Equatable, Sendable {
        case active
        /// Idle, perhaps since a point in time in milliseconds since 1970.
        case idle(since: Int64?)
    }
}

/// Why bytes are not a presence document.
public enum PIDFError: Error, Equatable, Sendable {
    /// Not well-formed, larger than allowed, or with a DTD.
    case notXML
    /// A document of another kind.
    case notPIDF
}

/// The namespaces of a presence document.
enum PIDFNamespace {
    static let pidf = "urn:ietf:params:xml:ns:pidf"
    static let dataModel = "urn:ietf:params:xml:ns:pidf:data-model"
    static let rpid = "urn:ietf:params:xml:ns:pidf:rpid"
    /// RPID before it was an RFC, as Microsoft's servers write it, inside `<status/>`.
    static let draftRPID = "urn:ietf:params:xml:ns:pidf:status:rpid-status"
    static let xmpp = "jabber:client"
}
