import Interworking
import Messaging
import Presence
import SIPCore

/// NOTIFY and BENOTIFY of SIP servers, for the contacts who watch ([RFC 6665 §4.1.3](https://www.rfc-editor.org/rfc/rfc6665#section-4.1.3)).
extension SIPServer {
    func receivedNotify(_ request: Request, _ key: ServerTransactionKey) {
        if self.isFarewell(request) { return self.respond(key, Status(200)) }
        guard let callID = request.headers.callID, let tag = request.headers.to?.tag,
            let pair = self.subscriberDialogs[Dialog.ID(callID: callID, localTag: tag)],
            var subscriber = self.subscribers[pair],
            subscriber.dialog.remoteTag == nil || subscriber.dialog.remoteTag == request.headers.from?.tag
        else {
            // RFC 6665 §4.1.3: no subscription of ours; or of another fork, and presence has one dialog for each
            // (RFC 3856 §6.9, RFC 6665 §5.4.9).
            return self.respond(key, Status(481))
        }
        guard request.headers.event?.token == "presence" else { return self.respondBadEvent(key) }
        guard let state = request.headers.subscriptionState else {
            return self.respond(key, Status(400, "Bad Request (Subscription-State is missing)"))
        }
        guard subscriber.dialog.accepts(request) else { return self.respond(key, Status(500, "CSeq is too low")) }
        subscriber.dialog.established(by: request.headers, remoteTag: request.headers.from?.tag, isResponse: false)
        let notification: PresenceNotification?
        do {
            notification = try SIPPresenceMapping.notification(
                in: request,
                profile: self.presenceProfile(of: pair.presentity)
            )
        } catch {
            self.subscribers[pair]?.dialog = subscriber.dialog
            return self.refuse(key, error)
        }
        let change = state.token == "pending" ? nil : notification.flatMap { subscriber.state.update(with: $0) }
        self.subscribers[pair] = subscriber
        self.respond(key, Status(200))
        self.noted(pair, state, change)
    }

    private func noted(_ pair: SubscriptionPair, _ state: TokenWithParameters, _ change: PresenceNotification?) {
        let expires = state.parameter("expires").flatMap { UInt32($0) }
        switch state.token {
        case "terminated":
            let isFinal = SIPPresenceMapping.outcome(ofTermination: state.parameter("reason")) == .cancelled
            let retryAfter = state.parameter("retry-after").flatMap { UInt32($0) }
            if let change, !isFinal { self.tell(pair, .presence(change)) }
            self.drive(pair, .terminated(isFinal: isFinal, retryAfter: retryAfter))
        case "pending":
            self.drive(pair, .notified(.pending, expires: expires))
        default:
            self.drive(pair, .notified(.active, expires: expires))
            if let change { self.tell(pair, .presence(change)) }
        }
    }
}
