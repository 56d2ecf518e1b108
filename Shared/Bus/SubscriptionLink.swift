internal import NIOCore
internal import Wire

/// A connection to a publisher: finds out what was missed.
///
/// A publisher numbers what it publishes, and repeats the last number when a subscriber arrives and every few seconds.
final class SubscriptionLink {
    let service: ServiceName
    let link: Link
    private let handler: @Sendable (Publication) -> Void
    /// Whose publications these are, and the last number seen; `nil` until the first is seen.
    private var position: (instance: String, number: UInt64)?

    init(_ service: ServiceName, link: Link, handler: @escaping @Sendable (Publication) -> Void) {
        self.service = service
        self.link = link
        self.handler = handler
    }

    /// Takes an envelope from the publisher.
    ///
    /// - Returns: Whether something was missed.
    func receive(_ envelope: Envelope) -> Bool {
        let carriesBody = envelope.body != .beat
        let before = carriesBody ? envelope.publication &- 1 : envelope.publication
        var isGap = false
        if let position = self.position, position.instance == envelope.senderInstance {
            isGap = position.number != before
            if isGap { self.handler(.gap) }
        } else {
            self.handler(.began)
        }
        self.position = (envelope.senderInstance, envelope.publication)
        guard carriesBody else { return isGap }
        // A body that this version does not know may be one that it should know of.
        if let body = envelope.body { self.handler(.body(body)) } else { self.handler(.gap) }
        return isGap
    }

    /// The connection is lost.
    func end() {
        guard self.position != nil else { return }
        self.position = nil
        self.handler(.ended)
    }
}
