/// The presence of a user, device by device ([RFC 8048 §5](https://www.rfc-editor.org/rfc/rfc8048#section-5)).
public struct PresenceNotification: Equatable, Sendable {
    /// What a user wants to be asked for just now: XMPP's `<show/>` with its absence as `online`
    /// ([RFC 6121 §4.7.2.1](https://www.rfc-editor.org/rfc/rfc6121#section-4.7.2.1)).
    public enum Show: Equatable, Sendable, CaseIterable { case online, chat, away, extendedAway, doNotDisturb }

    /// One device.
    public struct Instance: Equatable, Sendable {
        /// The device: an XMPP resource, the id of a PIDF tuple.
        ///
        /// `nil` when the protocol named none.
        public let id: String?
        /// Whether it can be reached; ``show`` and ``priority`` mean nothing when it cannot.
        public let isAvailable: Bool
        public let show: Show
        public let status: [LocalizedText]
        /// −128…127, higher first, as in RFC 6121.
        public let priority: Int8?
        /// When the user was last active, in milliseconds since 1970, where the device says so.
        public let idleSince: Int64?

        public init(
            id: String?,
            isAvailable: Bool,
            show: Show = .online,
            status: [LocalizedText] = [],
            priority: Int8? = nil,
            idleSince: Int64? = nil
        ) {
            self.id = id
            self.isAvailable = isAvailable
            self.show = show
            self.status = status
            self.priority = priority
            self.idleSince = idleSince
        }
    }

    public let instances: [Instance]
    /// Whether `instances` are all there are (a NOTIFY's document), or only those that changed (a presence stanza).
    public let isComplete: Bool

    public init(instances: [Instance], isComplete: Bool) {
        self.instances = instances
        self.isComplete = isComplete
    }
}
