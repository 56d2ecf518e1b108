public import Messaging

/// What two users say to each other, whichever their devices.
public struct Conversation: Hashable, Sendable {
    private let from: Address
    private let to: Address

    public init(of message: NeutralMessage) {
        self.from = message.from.bare
        self.to = message.to.bare
    }
}

/// Conversations that go from one edge of the other protocol to another, because an edge has joined, leaves or cannot be reached.
///
/// ```
///  m1, m2 are with edge A ──B owns the conversation──▶ m3 waits ──▶ fate of m1 · m2 is given back ──▶ m2, m3 go to B, in order
/// ```
///
/// What is with the former edge may still be delivered there, or be given back: what is newer waits for that, so that nothing overtakes.
/// It never waits long, for the bus tells every fate in time; and how much may wait is limited.
public struct Crossings<Message> {
    /// How many messages may wait in all: as many as may be with one edge.
    public static var limit: Int { 4096 }

    private struct Crossing {
        /// How many messages are with a former edge.
        var underWay = 0
        /// What was given back: older than all that waits.
        var returned: [Message] = []
        var waiting: [Message] = []
    }

    private var crossings: [Conversation: Crossing] = [:]
    private var count = 0

    public init() {}

    /// Whether no conversation is on its way: asked for each message.
    public var isEmpty: Bool { self.crossings.isEmpty }

    /// A message of a conversation is with an edge that does not get the next one.
    public mutating func begin(_ conversation: Conversation) {
        self.crossings[conversation, default: Crossing()].underWay += 1
    }

    /// Whether what is new in a conversation waits.
    public func isCrossing(_ conversation: Conversation) -> Bool { self.crossings[conversation] != nil }

    /// Keeps a new message of a conversation that is crossing.
    ///
    /// - Returns: `false` when too many wait.
    public mutating func wait(_ message: Message, _ conversation: Conversation) -> Bool {
        guard self.count < Self.limit else { return false }
        self.count += 1
        self.crossings[conversation]?.waiting.append(message)
        return true
    }

    /// The fate of a message with a former edge is known.
    ///
    /// - Parameters:
    ///   - conversation: Its conversation.
    ///   - returned: The message, if it was given back.
    /// - Returns: What goes on now, in order: nothing, as long as more is under way.
    public mutating func end(_ conversation: Conversation, returned: Message? = nil) -> [Message] {
        guard var crossing = self.crossings[conversation] else { return returned.map { [$0] } ?? [] }
        if let returned { crossing.returned.append(returned) }
        crossing.underWay -= 1
        self.crossings[conversation] = crossing.underWay > 0 ? crossing : nil
        guard crossing.underWay <= 0 else { return [] }
        self.count -= crossing.waiting.count
        return crossing.returned + crossing.waiting
    }
}
