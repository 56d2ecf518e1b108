import NetworkKit
import ServiceKit
import XML

/// What keeps one peer from harming the others.
///
/// Every number is a setting; what is said here is why the default is what it is.
public struct Limits: Equatable, Sendable {
    /// Bytes of a stanza of an authenticated peer: a long text with markup, and half of what servers commonly allow.
    public var stanzaBytes = 262_144
    /// Elements of a stanza: a message has about 10; a list of hundreds of resources still fits.
    public var stanzaElements = 4_096
    /// Attributes of an element of a stanza; no standard has more than a dozen.
    public var stanzaAttributes = 64
    /// Elements inside one another: rich text has about 10.
    public var stanzaDepth = 64
    /// Bytes of everything a peer says before it is known: three headers, `<auth/>`, and dialback for some pairs.
    public var negotiationBytes = 65_536
    /// Bytes of one element of it: a SASL response, or features, with room.
    public var negotiationElementBytes = 16_384
    /// Elements of one element of it: features have about 20.
    public var negotiationElements = 64
    /// Attributes of an element of it: a header with its namespaces has about 8.
    public var negotiationAttributes = 16
    /// Elements inside one another in it: features have 3.
    public var negotiationDepth = 8
    /// Bytes a second of one stream, on average.
    ///
    /// A stream carries a whole organisation, not a user: the 30 kB/s at which
    /// client ports are commonly set would delay the presence of a thousand people in the morning by minutes. 2 MiB/s is a
    /// message a second of four thousand people, and leaves the process to others.
    public var byteRate = 2_097_152
    /// Bytes at once: the presence of ten thousand contacts.
    public var byteBurst = 8_388_608
    /// Stanzas a second of one stream, on average: a twentieth of what a process can take in.
    public var stanzaRate = 2_000
    /// Stanzas at once, as for bytes.
    public var stanzaBurst = 10_000
    /// TLS handshakes a second of one client: the one thing that costs us more than the peer (CVE-2021-32920).
    ///
    /// A handshake costs about a millisecond; ten a second are a hundredth of a core.
    public var handshakeRate = 10
    /// Handshakes at once: a partner that restarts, with all of its streams.
    public var handshakeBurst = 40
    /// Stanzas that wait for one stream to a partner: a few seconds of a busy one.
    public var queueLength = 1_000
    /// Stanzas written to one stream whose fate is not known yet; beyond it the others wait.
    public var unacknowledged = 2_000
    /// Stanzas of one inbound stream whose fate is not known yet; beyond it the stream is not read.
    public var unsettled = 1_000
    /// Bytes that wait for a peer that does not read, on a stream that is read all the same (XEP-0288): some thousand answers.
    public var unread = 1_048_576
    /// Names of SIP users, as their requests say them; a new one takes the place of the one that was used longest ago.
    public var names = 10_000
    /// Of dialback keys.
    public var verification = VerificationLimits()
    /// Of certificates that DNS is asked about.
    public var proofs = ProofLimits()

    public init() {}

    public init(
        stanzaBytes: Int = Limits().stanzaBytes,
        queueLength: Int = Limits().queueLength,
        unacknowledged: Int = Limits().unacknowledged,
        unsettled: Int = Limits().unsettled,
        verification: VerificationLimits = VerificationLimits(),
        proofs: ProofLimits = ProofLimits()
    ) {
        self.stanzaBytes = stanzaBytes
        self.queueLength = queueLength
        self.unacknowledged = unacknowledged
        self.unsettled = unsettled
        self.verification = verification
        self.proofs = proofs
    }

    /// What a peer may send before it is known: no more than negotiation needs.
    var beforeAuthentication: XMLLimits {
        XMLLimits(
            bytes: self.negotiationElementBytes,
            elements: self.negotiationElements,
            attributes: self.negotiationAttributes,
            depth: self.negotiationDepth,
            text: self.negotiationElementBytes / 2,
            streamBytes: self.negotiationBytes
        )
    }

    /// What an authenticated peer may send in one stanza.
    var ofStanza: XMLLimits {
        XMLLimits(
            bytes: self.stanzaBytes,
            elements: self.stanzaElements,
            attributes: self.stanzaAttributes,
            depth: self.stanzaDepth,
            text: self.stanzaBytes
        )
    }

    /// The setting, and its value, that bounds what a peer has exceeded, for refusal records.
    func setting(behind limit: XMLError.Limit, isAuthenticated: Bool) -> String {
        switch (limit, isAuthenticated) {
        case (.bytes, true), (.text, true): "limits.stanza-size=\(self.stanzaBytes)"
        case (.elements, true): "limits.stanza-elements=\(self.stanzaElements)"
        case (.attributes, true): "limits.stanza-attributes=\(self.stanzaAttributes)"
        case (.depth, true): "limits.stanza-depth=\(self.stanzaDepth)"
        case (.bytes, false), (.text, false): "limits.negotiation-element-size=\(self.negotiationElementBytes)"
        case (.elements, false): "limits.negotiation-elements=\(self.negotiationElements)"
        case (.attributes, false): "limits.negotiation-attributes=\(self.negotiationAttributes)"
        case (.depth, false): "limits.negotiation-depth=\(self.negotiationDepth)"
        case (.streamBytes, _): "limits.negotiation-size=\(self.negotiationBytes)"
        // What a stanza may take follows from what it may have.
        case (.memory, true): "limits.stanza-size=\(self.stanzaBytes)"
        case (.memory, false): "limits.negotiation-element-size=\(self.negotiationElementBytes)"
        }
    }

    /// The TLS handshakes of one client.
    var handshakes: AddressBudget.Rate {
        AddressBudget.Rate(perSecond: self.handshakeRate, burst: self.handshakeBurst)
    }
}
