import ServiceKit
import XML

/// What keeps one peer from harming the others.
public struct Limits: Equatable, Sendable {
    /// Bytes of a stanza of an authenticated peer.
    public var stanzaBytes: Int
    /// Stanzas that wait for one stream to a partner.
    public var queueLength: Int
    /// Stanzas written to one stream whose fate is not known yet; beyond it the others wait.
    public var unacknowledged: Int
    /// Stanzas of one inbound stream whose fate is not known yet; beyond it the stream is not read.
    public var unsettled: Int
    /// Outbound connections that only verify keys.
    public var verifiers: Int

    public init(
        stanzaBytes: Int = 262_144,
        queueLength: Int = 1000,
        unacknowledged: Int = 2000,
        unsettled: Int = 1000,
        verifiers: Int = 100
    ) {
        self.stanzaBytes = stanzaBytes
        self.queueLength = queueLength
        self.unacknowledged = unacknowledged
        self.unsettled = unsettled
        self.verifiers = verifiers
    }

    init(_ settings: inout SettingsReader) {
        self.init()
        self.stanzaBytes = settings.int(
            "limits.stanza-size",
            default: self.stanzaBytes,
            in: 10_000...16_777_216,
            hint: "the largest stanza taken, in bytes; RFC 6120 §13.12 asks for at least 10000"
        )
        self.queueLength = settings.int(
            "limits.queue",
            default: self.queueLength,
            in: 1...1_000_000,
            hint: "how many stanzas may wait for one stream to a partner; more are refused at once"
        )
    }

    /// What a peer may send before it is known: no more than negotiation needs.
    var beforeAuthentication: XMLLimits {
        XMLLimits(bytes: 16_384, elements: 64, attributes: 16, depth: 8, text: 8_192, streamBytes: 65_536)
    }

    /// What an authenticated peer may send in one stanza.
    var ofStanza: XMLLimits {
        XMLLimits(bytes: self.stanzaBytes, elements: 4096, attributes: 64, depth: 64, text: self.stanzaBytes)
    }
}
