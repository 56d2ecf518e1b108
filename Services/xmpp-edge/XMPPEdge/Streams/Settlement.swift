/// A connection on which stanzas of a peer come, and which waits for their fates.
protocol StanzaSource: AnyObject, Sendable {
    /// The fate of the stanza with this number is known.
    nonisolated func settle(_ number: UInt32?)
    /// What a refusal tells of it: from which address it comes, and how far it has got.
    nonisolated var origin: (peer: String, facts: StreamFacts) { get }
}

/// Whom to tell of the fate of a stanza that a peer sent.
struct Settlement: Sendable {
    let connection: any StanzaSource
    /// The stanza's number, where the peer waits for an acknowledgement.
    let number: UInt32?

    func settle() { self.connection.settle(self.number) }
}
