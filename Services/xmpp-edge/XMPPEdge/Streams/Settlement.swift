/// A connection on which stanzas of a peer come, and which waits for their fates.
protocol StanzaSource: AnyObject, Sendable {
    /// The fate of the stanza with this number is known.
    nonisolated func settle(_ number: UInt32?)
}

/// Whom to tell of the fate of a stanza that a peer sent.
struct Settlement: Sendable {
    let connection: any StanzaSource
    /// The stanza's number, where the peer waits for an acknowledgement.
    let number: UInt32?

    func settle() { self.connection.settle(self.number) }
}
