import XML

/// The receiving half of stanza acknowledgements ([XEP-0198 §4](https://xmpp.org/extensions/xep-0198.html#acking)): `h` counts the stanzas
/// whose fate is known, in the order they came.
struct AcknowledgementReceiver: Equatable, Sendable {
    private var received: UInt32 = 0
    private var handled: UInt32 = 0
    /// Settled before one that came earlier.
    private var settledEarly: Set<UInt32> = []
    /// The peer asked when this many had been received, and was told less.
    private var owed: UInt32?

    /// Counts a stanza.
    ///
    /// - Returns: the number under which to report its fate.
    mutating func stanzaReceived() -> UInt32 {
        self.received &+= 1
        return self.received
    }

    /// - Returns: an acknowledgement, if the peer waits for one that is now complete.
    mutating func settled(_ number: UInt32) -> XMLElement? {
        if number == self.handled &+ 1 { self.handled = number } else { self.settledEarly.insert(number) }
        while !self.settledEarly.isEmpty, self.settledEarly.remove(self.handled &+ 1) != nil { self.handled &+= 1 }
        guard let owed = self.owed, Int32(bitPattern: self.handled &- owed) >= 0 else { return nil }
        self.owed = nil
        return self.element
    }

    /// The answer to `<r/>`: at once, and again when all that was asked about is settled.
    mutating func requested() -> XMLElement {
        self.owed = self.handled == self.received ? nil : self.received
        return self.element
    }

    var isSettled: Bool { self.handled == self.received }

    var element: XMLElement {
        XMLElement("a", namespace: Namespace.streamManagement, attributes: [.init("h", String(self.handled))])
    }
}

/// The sending half: which of our stanzas the peer has taken.
struct AcknowledgementSender: Equatable, Sendable {
    private var sent: UInt32 = 0
    private var acknowledged: UInt32 = 0

    static let request = XMLElement("r", namespace: Namespace.streamManagement)

    mutating func stanzasSent(_ count: Int) { self.sent &+= UInt32(truncatingIfNeeded: count) }

    var isWaiting: Bool { self.sent != self.acknowledged }
    func hasProgressed(since earlier: Self) -> Bool { self.acknowledged != earlier.acknowledged }
    var pending: Int { Int(self.sent &- self.acknowledged) }

    /// How many more stanzas `<a/>` says were taken; `nil` if it says nonsense.
    mutating func acknowledged(by element: XMLElement) -> Int? {
        guard let h = element.attribute("h").flatMap({ UInt32($0) }) else { return nil }
        let count = h &- self.acknowledged
        guard count <= self.sent &- self.acknowledged else { return nil }
        self.acknowledged = h
        return Int(count)
    }

    /// The stream error for an acknowledgement of what was never sent
    /// ([XEP-0198 §4](https://xmpp.org/extensions/xep-0198.html#acking)).
    var tooHigh: StreamError {
        StreamError(
            .undefinedCondition,
            text: "acknowledged more than was sent",
            application: XMLElement(
                "handled-count-too-high",
                namespace: Namespace.streamManagement,
                attributes: [.init("send-count", String(self.sent))]
            )
        )
    }
}
