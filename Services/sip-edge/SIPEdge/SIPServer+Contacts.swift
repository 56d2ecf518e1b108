import Bus
import Logging
import Messaging
import Policy
import SIPCore

/// What waits until it is known whether the local user has added the contact.
enum WaitingForContact {
    /// A message of an XMPP contact.
    case toSIP(NeutralMessage, TrafficToken)
    /// A contact's wish to watch a local user.
    case subscription(SubscriptionPair, NeutralMessage, TrafficToken)
    /// Presence of a local user, on its way to a contact.
    case toXMPP(NeutralMessage)
}

/// Whether a local user has added a contact, and so approved it (SPEC §2): asked only where the partner's type makes it matter.
///
/// The user's SUBSCRIBE may have come to another sip-edge, or a contact list may have been brought in meanwhile. Then policy-service has it
/// on record; a pair that is looked up holds back what else comes for it, so that order stays.
extension SIPServer {
    /// Look-ups at the same time, and what may wait for one of them: beyond it the sender is told that there is too much to do.
    private static let contactLookups = 1_000
    private static let waitingPerContact = 100

    /// The state of a contact of whom something depends on it.
    ///
    /// - Returns: `nil` if it is being looked up; then `waiting` is taken up again when it is known.
    func contactState(
        _ direction: Decision.Direction,
        _ kind: Decision.Kind,
        localUser: Address,
        contact: Address,
        _ waiting: WaitingForContact
    ) -> Decision.ContactState? {
        guard self.policy.needsContactState(direction, kind, remoteDomain: contact.domain) else { return .unknown }
        let pair = SubscriptionPair(watcher: localUser, presentity: contact)
        guard self.contactQueries[pair] == nil else {
            self.wait(waiting, for: pair)
            return nil
        }
        if self.watched[pair] != nil { return .added }
        guard self.contactQueries.count < Self.contactLookups else {
            self.refuse(waiting, .overloaded)
            return nil
        }
        self.contactQueries[pair] = [waiting]
        Task { await self.lookUp(pair) }
        return nil
    }

    private func wait(_ waiting: WaitingForContact, for pair: SubscriptionPair) {
        guard let count = self.contactQueries[pair]?.count, count < Self.waitingPerContact else {
            return self.refuse(waiting, .overloaded)
        }
        self.contactQueries[pair]?.append(waiting)
    }

    private func lookUp(_ pair: SubscriptionPair) async {
        let state: Decision.ContactState
        do throws(BusFailure) {
            let record = try await self.records.record(pair, .sipToXMPP)
            if let record { self.restore(record) }
            state = record == nil ? .notAdded : .added
        } catch {
            self.logger.warning("A contact cannot be looked up", metadata: ["error": "\(error)"])
            // Alone, and with all records taken in, this edge knows of every user who has added anybody.
            state = self.hasRestored && self.sipEdgeCount <= 1 ? .notAdded : .unknown
        }
        for waiting in self.contactQueries.removeValue(forKey: pair) ?? [] { self.goOn(waiting, state) }
        self.flush()
    }

    private func goOn(_ waiting: WaitingForContact, _ state: Decision.ContactState) {
        switch waiting {
        case .toSIP(let message, let token): self.sendToSIP(message, token, contact: state)
        case .subscription(let pair, let message, let token): self.subscribe(pair, message, token, contact: state)
        case .toXMPP(let message): self.sendToXMPP(message, for: nil, contact: state)
        }
    }

    private func refuse(_ waiting: WaitingForContact, _ failure: DeliveryFailure) {
        switch waiting {
        case .toSIP(let message, let token), .subscription(_, let message, let token):
            self.fail(message, token, failure)
        case .toXMPP(let message): self.failToXMPP(message, failure, nil)
        }
    }
}
