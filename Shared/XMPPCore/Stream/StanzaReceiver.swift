import XML

/// The half of a stream on which the peer's stanzas come: of a stream that the peer opened, and of one that we opened if it is
/// bidirectional ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)).
struct StanzaReceiver: Equatable, Sendable {
    /// Authenticated, by whichever method: only these may send.
    var pairs: Set<DomainPair> = []
    /// `nil` as long as the peer has not asked for acknowledgements, or was not asked to give them.
    var acknowledgements: AcknowledgementReceiver?

    /// What is to be done about an element of `jabber:server`.
    enum Outcome: Equatable {
        case deliver(Stanza, DomainPair, number: UInt32?)
        case unaddressable(Stanza, DomainPair, number: UInt32?)
        /// The stream ends with the error.
        case fail(StreamError)
        /// The stream ends with the error, because the pair is not authenticated.
        case refuse(StreamError, DomainPair)
    }

    /// Judges an element by [RFC 6120 §8.1](https://www.rfc-editor.org/rfc/rfc6120#section-8.1): both addresses, and both of an authenticated pair.
    ///
    /// A stanza whose `to` is no address is taken to go to `local`, our domain in the stream's header.
    mutating func received(_ element: XMLElement, to local: String?) -> Outcome {
        let stanza: Stanza
        do throws(Stanza.SyntaxError) {
            stanza = try Stanza(element)
        } catch {
            switch error {
            case .notAStanza: return .fail(StreamError(.unsupportedStanzaType))
            case .malformedFrom: return .fail(StreamError(.improperAddressing, text: "'from' is no address"))
            case .malformedTo: return self.receivedUnaddressable(element, to: local)
            }
        }
        guard let from = stanza.from, let to = stanza.to else {
            return .fail(StreamError(.improperAddressing, text: "a stanza needs 'from' and 'to'"))
        }
        let pair = DomainPair(local: to.domain, remote: from.domain)
        guard self.pairs.contains(pair) else {
            let isForeign = !self.pairs.contains { $0.remote == from.domain }
            return .refuse(
                StreamError(isForeign ? .invalidFrom : .hostUnknown, text: "not authenticated for \(pair)"),
                pair
            )
        }
        return .deliver(stanza, pair, number: self.acknowledgements?.stanzaReceived())
    }

    /// A recipient who cannot exist is the sender's affair, not the stream's: [RFC 6120 §8.3.3.8](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3.8).
    private mutating func receivedUnaddressable(_ element: XMLElement, to local: String?) -> Outcome {
        let number = self.acknowledgements?.stanzaReceived()
        var element = element
        element.attributes.removeAll { $0.name == "to" && $0.namespace == nil }
        guard let stanza = try? Stanza(element), let from = stanza.from, let local else {
            return .fail(StreamError(.improperAddressing))
        }
        let pair = DomainPair(local: local, remote: from.domain)
        guard self.pairs.contains(pair) else { return .refuse(StreamError(.invalidFrom), pair) }
        return .unaddressable(stanza, pair, number: number)
    }
}
