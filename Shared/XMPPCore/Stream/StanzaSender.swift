import XML

/// The half of a stream on which our stanzas go: of a stream that we opened, and of one that the peer opened if it is
/// bidirectional ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)).
///
/// Where the peer acknowledges (XEP-0198), a stanza is the peer's when it says so, and a peer that says nothing in time is
/// dead; where it does not, when it is written: all one can know.
struct StanzaSender: Equatable, Sendable {
    /// How long the peer may take to acknowledge a stanza.
    let timeout: Duration
    private var acknowledgements: AcknowledgementSender?
    private var isTimerRunning = false
    /// What was acknowledged when the timer was started.
    private var atTimer: AcknowledgementSender?

    init(timeout: Duration) { self.timeout = timeout }

    /// What is to be done about stanzas that were written.
    enum Written: Equatable {
        /// They are the peer's.
        case taken
        /// The peer is to be asked about them.
        case asked(startsTimer: Bool)
    }

    /// What is to be done when the timer fires.
    enum Look: Equatable {
        case nothing
        case startTimer
        case dead
    }

    var isAcknowledged: Bool { self.acknowledgements != nil }
    /// Whether a stanza waits to be acknowledged.
    var isWaiting: Bool { self.acknowledgements?.isWaiting ?? false }

    /// From now on the peer counts our stanzas.
    mutating func beginCounting() { self.acknowledgements = AcknowledgementSender() }

    /// The peer will not count after all.
    ///
    /// - Returns: how many stanzas were waiting: they are on an authenticated stream, and that is all one can know.
    mutating func stopCounting() -> Int {
        defer { self.acknowledgements = nil }
        return self.acknowledgements?.pending ?? 0
    }

    mutating func written(_ count: Int) -> Written {
        guard let before = self.acknowledgements else { return .taken }
        self.acknowledgements?.stanzasSent(count)
        guard !self.isTimerRunning else { return .asked(startsTimer: false) }
        self.atTimer = before
        self.isTimerRunning = true
        return .asked(startsTimer: true)
    }

    /// Reads an `<a/>`.
    ///
    /// - Returns: how many more stanzas are the peer's.
    /// - Throws: the error the stream ends with, if the peer acknowledges what was never sent.
    mutating func acknowledged(by element: XMLElement) throws(StreamError) -> Int {
        guard var acknowledgements = self.acknowledgements else { return 0 }
        guard let count = acknowledgements.acknowledged(by: element) else { throw acknowledgements.tooHigh }
        self.acknowledgements = acknowledgements
        return count
    }

    mutating func timerFired() -> Look {
        self.isTimerRunning = false
        guard let acknowledgements = self.acknowledgements, acknowledgements.isWaiting else { return .nothing }
        if let before = self.atTimer, !acknowledgements.hasProgressed(since: before) { return .dead }
        self.atTimer = acknowledgements
        self.isTimerRunning = true
        return .startTimer
    }

    /// How a stream ends whose peer acknowledges nothing.
    static let deadPeer = StreamError(.connectionTimeout, text: "nothing was acknowledged")
}
