import Interworking
import Messaging
import Policy
import ServiceKit
import XMPPCore

/// Users of the XMPP server of a split domain, to which this edge is attached as a component (SPEC §7).
extension Router {
    /// Takes a stanza of the attached server.
    ///
    /// The server is believed for its own domains and no others; where the users live is the policy's to say, for each stanza.
    func route(_ stanza: Stanza, from link: ComponentLink) {
        guard let from = stanza.from, let to = stanza.to else { return link.settle(nil) }
        let pair = DomainPair(local: to.domain, remote: from.domain)
        guard link.configuration.domains.contains(from.domain) else { return self.refuse(stanza, pair, .foreign, link) }
        let settlement = Settlement(connection: link, number: nil)
        // About the component itself.
        if to.domain == link.configuration.name {
            guard stanza.kind != .iq else { return self.answerQuery(stanza, pair, settlement) }
            return self.refuse(stanza, pair, .notAUserOfOurs, link)
        }
        guard self.policy.isPartitioned(to.domain, from.domain) else {
            return self.refuse(stanza, pair, .notSplit, link)
        }
        self.take(stanza, self.read(stanza), pair, settlement)
    }

    /// Answers a stanza whose recipient's address makes no sense.
    func bounceUnaddressable(_ stanza: Stanza, local: String, from link: ComponentLink) {
        guard let from = stanza.from else { return link.settle(nil) }
        var stanza = stanza
        stanza.to = try? JID(domain: local)
        self.refuse(stanza, DomainPair(local: local, remote: from.domain), .unaddressable, link)
    }

    /// Answers over the very connection, whoever the sender is.
    private func refuse(_ stanza: Stanza, _ pair: DomainPair, _ failure: DeliveryFailure, _ link: ComponentLink) {
        self.record(stanza, pair, failure, id: self.newMessageID(), on: link)
        defer { link.settle(nil) }
        let isNotification = stanza.kind == .presence && (stanza.type == nil || stanza.type == "unavailable")
        guard !isNotification, let answer = stanza.failed(StanzaError(failure)) else { return }
        self.surroundings.metrics.bounced.increment()
        _ = link.carry(answer, .none)
        self.outbound.assumeIsolated { $0.touch(link) }
    }

    // MARK: To the attached server

    /// Whether stanzas of `pair` go to the XMPP server of a split domain, and never over a stream between servers.
    func isForComponent(_ pair: DomainPair) -> Bool {
        self.policy.isPartitioned(pair.local, pair.remote) || pair.local == self.attachment?.configuration.name
    }

    /// The connection to the XMPP server that has the users of `pair`, if there is one now.
    func component(for pair: DomainPair) -> ComponentLink? {
        guard self.isForComponent(pair), let link = self.attachment?.assumeIsolated({ $0.link }),
            link.configuration.domains.contains(pair.remote), link.assumeIsolated({ $0.isEstablished })
        else { return nil }
        return link
    }
}

extension DeliveryFailure {
    fileprivate static let foreign = DeliveryFailure(
        .notAllowed,
        reason: .fromNotBoundToPeer,
        text: "only users of the split domains come here by the component; other domains have a stream of their own"
    )
    fileprivate static let notAUserOfOurs = DeliveryFailure(
        .itemNotFound,
        reason: .unknownUser,
        text: "the component itself takes no messages; write to a user"
    )
    fileprivate static let notSplit = DeliveryFailure(
        .itemNotFound,
        reason: .notOurDomain,
        text: "that domain is not split between this gateway and its XMPP server"
    )
    fileprivate static let unaddressable = DeliveryFailure(
        .addressMalformed,
        reason: .malformed,
        text: "the recipient's address is malformed"
    )
}
