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
