public import Messaging

/// What everything that goes over the bus is wrapped in: `isthmus.v1.Envelope`.
public struct Envelope: Equatable, Sendable {
    /// The version of the contract that this program speaks.
    public static let currentVersion: UInt32 = 1

    public var version: UInt32
    /// The number of a request, repeated in its reply; 0 outside request and reply.
    public var request: UInt64
    /// The id that follows one message through the logs of every service.
    public var messageID: MessageID?
    /// What belongs together beyond one request.
    public var correlationID: String?
    /// How long the sender waits, in milliseconds from the moment it sent; 0: no reply is awaited.
    public var timeoutMilliseconds: UInt32
    /// Who sends, for the log; who it *is* is said by its key.
    public var senderService: String
    public var senderInstance: String
    /// Which instance is meant, where it matters; empty for whoever is there.
    public var recipientInstance: String
    /// W3C Trace Context.
    public var traceparent: String?
    /// On published messages: the number of the last one that carried something.
    public var publication: UInt64
    /// What is said; `nil` when a newer version says something this one does not know.
    public var body: Body?

    public init(
        version: UInt32 = Envelope.currentVersion,
        request: UInt64 = 0,
        messageID: MessageID? = nil,
        correlationID: String? = nil,
        timeoutMilliseconds: UInt32 = 0,
        senderService: String = "",
        senderInstance: String = "",
        recipientInstance: String = "",
        traceparent: String? = nil,
        publication: UInt64 = 0,
        body: Body?
    ) {
        self.version = version
        self.request = request
        self.messageID = messageID
        self.correlationID = correlationID
        self.timeoutMilliseconds = timeoutMilliseconds
        self.senderService = senderService
        self.senderInstance = senderInstance
        self.recipientInstance = recipientInstance
        self.traceparent = traceparent
        self.publication = publication
        self.body = body
    }
}
