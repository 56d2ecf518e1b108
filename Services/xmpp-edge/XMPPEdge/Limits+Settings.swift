import ServiceKit

extension Limits {
    /// Reads the settings `limits.*` of this service.
    init(_ settings: inout SettingsReader) {
        self.init(verification: VerificationLimits(&settings), proofs: ProofLimits(&settings))
        self.readSizes(&settings)
        self.readRates(&settings)
        self.readQueues(&settings)
    }

    private mutating func readSizes(_ settings: inout SettingsReader) {
        self.stanzaBytes = settings.int(
            "limits.stanza-size",
            default: self.stanzaBytes,
            in: 10_000...16_777_216,
            hint: "the largest stanza taken, in bytes; RFC 6120 §13.12 asks for at least 10000"
        )
        self.stanzaElements = settings.int(
            "limits.stanza-elements",
            default: self.stanzaElements,
            in: 64...1_000_000,
            hint: "how many elements a stanza may have"
        )
        self.stanzaAttributes = settings.int(
            "limits.stanza-attributes",
            default: self.stanzaAttributes,
            in: 16...1_000,
            hint: "how many attributes an element of a stanza may have"
        )
        self.stanzaDepth = settings.int(
            "limits.stanza-depth",
            default: self.stanzaDepth,
            in: 8...1_000,
            hint: "how deep the elements of a stanza may lie inside one another"
        )
        self.negotiationBytes = settings.int(
            "limits.negotiation-size",
            default: self.negotiationBytes,
            in: 8_192...16_777_216,
            hint: "how many bytes a peer may send before it is authenticated"
        )
        self.negotiationElementBytes = settings.int(
            "limits.negotiation-element-size",
            default: self.negotiationElementBytes,
            in: 4_096...1_048_576,
            hint: "how many of them one element may have"
        )
        self.negotiationElements = settings.int(
            "limits.negotiation-elements",
            default: self.negotiationElements,
            in: 16...10_000,
            hint: "how many elements may lie in one element before a peer is authenticated"
        )
        self.negotiationAttributes = settings.int(
            "limits.negotiation-attributes",
            default: self.negotiationAttributes,
            in: 12...1_000,
            hint: "how many attributes an element may have before a peer is authenticated"
        )
        self.negotiationDepth = settings.int(
            "limits.negotiation-depth",
            default: self.negotiationDepth,
            in: 4...1_000,
            hint: "how deep elements may lie inside one another before a peer is authenticated"
        )
    }

    private mutating func readRates(_ settings: inout SettingsReader) {
        self.byteRate = settings.int(
            "limits.byte-rate",
            default: self.byteRate,
            in: 1_024...1_000_000_000,
            hint: "how many bytes a second one stream may send on average; beyond it the peer is read more slowly"
        )
        self.byteBurst = settings.int(
            "limits.byte-burst",
            default: self.byteBurst,
            in: 16_384...1_000_000_000,
            hint: "how many of these may come at once"
        )
        self.stanzaRate = settings.int(
            "limits.stanza-rate",
            default: self.stanzaRate,
            in: 1...10_000_000,
            hint: "how many stanzas a second one stream may send on average; beyond it the peer is read more slowly"
        )
        self.stanzaBurst = settings.int(
            "limits.stanza-burst",
            default: self.stanzaBurst,
            in: 1...10_000_000,
            hint: "how many of these may come at once"
        )
        self.handshakeRate = settings.int(
            "limits.handshake-rate",
            default: self.handshakeRate,
            in: 1...1_000_000,
            hint: "how many TLS handshakes a second one IPv4 address or IPv6 /64 may begin on average"
        )
        self.handshakeBurst = settings.int(
            "limits.handshake-burst",
            default: self.handshakeBurst,
            in: 1...1_000_000,
            hint: "how many of these may come at once"
        )
    }

    private mutating func readQueues(_ settings: inout SettingsReader) {
        self.queueLength = settings.int(
            "limits.queue",
            default: self.queueLength,
            in: 1...1_000_000,
            hint: "how many stanzas may wait for one stream to a partner; more are refused at once"
        )
        self.unacknowledged = settings.int(
            "limits.unacknowledged",
            default: self.unacknowledged,
            in: 1...1_000_000,
            hint: "how many stanzas written to one stream may be without an acknowledgement; more wait"
        )
        self.unsettled = settings.int(
            "limits.unsettled",
            default: self.unsettled,
            in: 1...1_000_000,
            hint:
                "how many stanzas of one stream may be under way; with more the peer is not read until half are settled"
        )
        self.unread = settings.int(
            "limits.unread",
            default: self.unread,
            in: 65_536...1_073_741_824,
            hint:
                "how many bytes may wait for a peer that sends on a bidirectional stream and does not read; beyond it, it ends"
        )
        self.names = settings.int(
            "limits.names",
            default: self.names,
            in: 1...1_000_000,
            hint:
                "how many names of SIP users are remembered for vCards; beyond it the one used longest ago is forgotten"
        )
    }
}
