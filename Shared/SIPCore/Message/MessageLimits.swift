/// How large a message may be.
///
/// Everything is refused at the limit, before memory is spent on it.
public struct MessageLimits: Equatable, Sendable {
    /// Bytes of the start line and all header fields: ten times what Lync sends.
    public var headerBytes: Int
    /// Bytes of one line, unfolded.
    public var lineBytes: Int
    public var headerCount: Int
    /// Values of Via, in however many fields: as many hops as a request may make
    /// ([RFC 3261 §20.22](https://www.rfc-editor.org/rfc/rfc3261#section-20.22)).
    public var viaCount: Int
    /// Bytes of the body; text beyond it does not belong into an instant message.
    public var bodyBytes: Int

    public init(
        headerBytes: Int = 16_384,
        lineBytes: Int = 8_192,
        headerCount: Int = 128,
        viaCount: Int = 70,
        bodyBytes: Int = 65_536
    ) {
        self.headerBytes = headerBytes
        self.lineBytes = lineBytes
        self.headerCount = headerCount
        self.viaCount = viaCount
        self.bodyBytes = bodyBytes
    }
}
