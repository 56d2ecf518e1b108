/// Asks for the key of an outbound stream ([XEP-0185](https://xmpp.org/extensions/xep-0185.html)).
public struct DialbackKeyRequest: Equatable, Hashable, Sendable {
    /// The receiving server's domain.
    public var receiving: String
    /// The originating server's domain.
    public var originating: String
    /// The id the receiving server gave the stream.
    public var streamID: String

    public init(receiving: String, originating: String, streamID: String) {
        self.receiving = receiving
        self.originating = originating
        self.streamID = streamID
    }
}

/// Asks whether a key was made by us ([XEP-0220 §2.4](https://xmpp.org/extensions/xep-0220.html#authserver)).
public struct DialbackVerifyRequest: Equatable, Hashable, Sendable {
    public var receiving: String
    public var originating: String
    public var streamID: String
    /// The key the receiving server was given.
    public var key: String

    public init(receiving: String, originating: String, streamID: String, key: String) {
        self.receiving = receiving
        self.originating = originating
        self.streamID = streamID
        self.key = key
    }
}

/// Replaces the dialback secret by a new one.
public struct DialbackRotation: Equatable, Sendable {
    /// Keys made with the old secret are invalid at once, because it is known to others; else they stay valid for the overlap.
    public var endsOldAtOnce: Bool

    public init(endsOldAtOnce: Bool = false) {
        self.endsOldAtOnce = endsOldAtOnce
    }
}

/// Which dialback secrets are live; the secrets themselves never leave dialback-authority.
public struct DialbackStatus: Equatable, Sendable {
    /// One live secret, without itself.
    public struct Secret: Equatable, Sendable {
        /// The same at every replica; says nothing of the secret.
        public var id: String
        /// In milliseconds since 1970.
        public var createdAt: Int64
        /// When keys made with it become invalid, in milliseconds since 1970; `nil` for the current one.
        public var endsAt: Int64?

        public init(id: String, createdAt: Int64, endsAt: Int64? = nil) {
            self.id = id
            self.createdAt = createdAt
            self.endsAt = endsAt
        }
    }

    /// The current one first.
    public var secrets: [Secret]
    /// How long a replaced secret stays valid, in seconds.
    public var overlapSeconds: UInt32
    /// At which age the secret is replaced without being asked, in seconds; `nil`: never.
    public var rotatesAfterSeconds: UInt32?
    /// An administrator gave a passphrase, and replaces it where it was given.
    public var isPassphrase: Bool

    public init(
        secrets: [Secret],
        overlapSeconds: UInt32,
        rotatesAfterSeconds: UInt32? = nil,
        isPassphrase: Bool = false
    ) {
        self.secrets = secrets
        self.overlapSeconds = overlapSeconds
        self.rotatesAfterSeconds = rotatesAfterSeconds
        self.isPassphrase = isPassphrase
    }
}
