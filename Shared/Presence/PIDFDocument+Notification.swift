public import Messaging

extension PresenceNotification {
    /// What a document says, in neutral terms: each tuple that says whether it is open is a device
    /// ([RFC 8048 §6.3](https://www.rfc-editor.org/rfc/rfc8048#section-6.3)).
    ///
    /// What is said of the person holds for every device that does not say otherwise.
    public init(_ document: PIDFDocument) {
        let person = document.person
        let remark = person.map(\.notes).flatMap { $0.isEmpty ? nil : $0 } ?? document.notes
        self.init(
            instances: document.tuples.compactMap { tuple in
                guard let isOpen = tuple.isOpen else { return nil }
                return Instance(tuple, isOpen: isOpen, person: person, remark: remark)
            },
            isComplete: true
        )
    }
}

extension PresenceNotification.Instance {
    fileprivate init(_ tuple: PIDFDocument.Tuple, isOpen: Bool, person: PIDFDocument.Person?, remark: [LocalizedText]) {
        let userInput = tuple.userInput ?? person?.userInput
        var show = tuple.show ?? tuple.activities.show ?? person?.activities.show ?? .online
        var idleSince: Int64?
        if case .idle(let since) = userInput {
            idleSince = since
            // Who has not touched the device for a while is away from it.
            if show == .online { show = .away }
        }
        self.init(
            id: TupleID.instance(tuple.id),
            isAvailable: isOpen,
            show: isOpen ? show : .online,
            status: tuple.notes.isEmpty ? remark : tuple.notes,
            priority: isOpen ? tuple.priority : nil,
            idleSince: isOpen ? idleSince : nil
        )
    }
}

extension [Activity] {
    /// What says most: who must not be disturbed, then who is away for long, then who is away.
    fileprivate var show: PresenceNotification.Show? {
        let shows = self.compactMap(\.show)
        return [.doNotDisturb, .extendedAway, .away].first { shows.contains($0) }
    }
}

extension PIDFDocument {
    /// The document that says what is known of a presentity
    /// ([RFC 8048 §6.2](https://www.rfc-editor.org/rfc/rfc8048#section-6.2)).
    ///
    /// One without any device has one closed tuple. `entity` is the presentity's URI, `contact` the one to write to,
    /// `timestamp` the time it is now in milliseconds since 1970, `profile` tells who reads it.
    public init(
        _ notification: PresenceNotification,
        entity: String,
        contact: String? = nil,
        timestamp: Int64? = nil,
        profile: PresenceProfile = .rfc8048
    ) {
        let instances = notification.instances.map { profile.towardsSIP($0) }
        var tuples = instances.prefix(Self.maximumTuples).map { instance in
            let activity = instance.isAvailable ? Activity(instance.show) : nil
            return Tuple(
                id: TupleID.tuple(instance.id),
                isOpen: instance.isAvailable,
                show: instance.isAvailable && instance.show != .online ? instance.show : nil,
                activities: profile.writesActivitiesInStatus ? activity.map { [$0] } ?? [] : [],
                userInput: instance.isAvailable ? instance.idleSince.map { .idle(since: $0) } : nil,
                contact: contact,
                priority: instance.isAvailable ? instance.priority : nil,
                notes: instance.status,
                timestamp: timestamp
            )
        }
        if tuples.isEmpty {
            tuples = [Tuple(id: TupleID.tuple(nil), isOpen: false, contact: contact, timestamp: timestamp)]
        }
        let best = instances.min { $0.rank < $1.rank }
        let activity = best.flatMap { $0.isAvailable ? Activity($0.show) : nil }
        self.init(entity: entity, tuples: tuples, person: activity.map { Person(activities: [$0]) })
    }
}

/// A device's id ⇄ the `id` of its tuple ([RFC 8048 §6.2](https://www.rfc-editor.org/rfc/rfc8048#section-6.2) note 2).
enum TupleID {
    private static let prefix = "ID-"

    /// An `xs:ID`: the prefix, and every byte that such an id may not have as `_` and two digits, so that no two devices
    /// share one.
    static func tuple(_ instance: String?) -> String {
        var id = self.prefix
        guard let instance else { return id + "_" }
        for byte in instance.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."):
                id.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                id += byte < 16 ? "_0" : "_"
                id += String(byte, radix: 16)
            }
        }
        return id
    }

    /// The device of a tuple's id, without the prefix if it has one.
    ///
    /// Ids of other SIP devices are their own names: the escapes of ``tuple(_:)`` are not undone.
    static func instance(_ tuple: String) -> String? {
        let id = tuple.hasPrefix(self.prefix) ? String(tuple.dropFirst(self.prefix.count)) : tuple
        return id.isEmpty || id == "_" ? nil : id
    }
}
