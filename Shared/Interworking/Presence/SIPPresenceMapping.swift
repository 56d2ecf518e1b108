public import Messaging
public import Presence
public import SIPCore

/// The bodies of NOTIFY ⇄ neutral presence, and what the responses to SUBSCRIBE mean for an XMPP subscription:
/// [RFC 8048](https://www.rfc-editor.org/rfc/rfc8048).
public enum SIPPresenceMapping {
    /// What a watcher of ours accepts: offering PIDF alone makes Microsoft's servers send it.
    public static let accept = PIDFDocument.mediaType
    /// The same for LCS 2005, as federated watchers of its own time say it (MS-PRES 4.11).
    public static let acceptOfLCS = PresenceFormat.allCases.reversed().map(\.mediaType).joined(separator: ", ")
    /// What a watcher of an XMPP user may accept.
    public static let writable = PresenceFormat.allCases.map(\.mediaType).joined(separator: ", ")

    /// What a NOTIFY says of its presentity; `nil` for an empty one, which says nothing
    /// ([RFC 8048 §5.2.1](https://www.rfc-editor.org/rfc/rfc8048#section-5.2.1)).
    ///
    /// - Throws: the failure to answer the NOTIFY with; the subscription lives on
    public static func notification(
        in request: Request,
        profile: PresenceProfile = .rfc8048
    ) throws(DeliveryFailure) -> PresenceNotification? {
        guard !request.body.isEmpty else { return nil }
        guard let type = request.headers.contentType else { throw DeliveryFailure(ContentError.malformed) }
        // COMPAT(OCS, Lync): what was not offered is sent all the same after a change of the pool; it is read.
        guard let format = PresenceFormat.allCases.first(where: { $0.mediaType == type.essence }) else {
            throw DeliveryFailure(ContentError.unsupported(type.essence))
        }
        do {
            switch format {
            case .pidf:
                let language = LanguageTag.first(inHeader: request.headers[.contentLanguage])
                return profile.towardsXMPP(
                    PresenceNotification(try PIDFDocument(parsing: request.body, language: language))
                )
            case .msrtc:
                return PresenceNotification(try MSRTCDocument(parsing: request.body), profile: profile)
            case .xpidf:
                return PresenceNotification(try XPIDFDocument(parsing: request.body), profile: profile)
            }
        } catch {
            throw DeliveryFailure(ContentError.malformed)
        }
    }

    /// The body of a NOTIFY, in the format that its watcher reads; empty where nothing is known, as it then MUST be
    /// ([RFC 8048 §5.3.2](https://www.rfc-editor.org/rfc/rfc8048#section-5.3.2)).
    public static func body(
        _ notification: PresenceNotification?,
        presentity: Address,
        now: Int64,
        profile: PresenceProfile = .rfc8048,
        format: PresenceFormat = .pidf
    ) -> [UInt8] {
        guard let notification else { return [] }
        let contact = SIPURI(presentity.bare).description
        switch format {
        case .pidf:
            let document = PIDFDocument(
                notification,
                entity: self.entity(contact, profile),
                contact: contact,
                timestamp: now,
                profile: profile
            )
            return document.bytes
        case .msrtc:
            let uri = String(contact.dropFirst("sip:".utf8.count))
            return MSRTCDocument(notification, uri: uri, profile: profile).bytes
        case .xpidf:
            return XPIDFDocument(notification, presentity: contact, profile: profile).bytes
        }
    }

    /// A `pres:` URI, as [RFC 3863 §4.1.1](https://www.rfc-editor.org/rfc/rfc3863#section-4.1.1) has it; for Microsoft's servers the
    /// `sip:` URI that they write themselves.
    private static func entity(_ contact: String, _ profile: PresenceProfile) -> String {
        switch profile {
        case .rfc8048: "pres:" + contact.dropFirst("sip:".utf8.count)
        case .ciscoIntradomain, .ciscoInterdomain: contact
        }
    }

    /// The body for a watcher whom the presentity has blocked: to him it looks like being offline (SPEC §6).
    public static func politeBlock(presentity: Address, now: Int64, format: PresenceFormat = .pidf) -> [UInt8] {
        let nobody = PresenceNotification(instances: [], isComplete: true)
        return self.body(nobody, presentity: presentity, now: now, format: format)
    }

    /// What becomes of an XMPP subscription when its SUBSCRIBE, the first or a refresh, gets a final response.
    public enum SubscriptionOutcome: Equatable, Sendable {
        /// The dialog stands; who may see what is said in NOTIFY.
        case accepted
        /// Refused for good: the XMPP user is told `unsubscribed`.
        case cancelled
        /// The subscription stands; the dialog is to be made anew, later.
        case transient
    }

    /// [RFC 8048 §5.2.2](https://www.rfc-editor.org/rfc/rfc8048#section-5.2.2): 403, 489 and 603 cancel, 423 and 481
    /// pass.
    ///
    /// Of all others it says nothing: they pass as well, for a subscription is cancelled by people, not by outages.
    public static func outcome(ofSubscribe status: Int) -> SubscriptionOutcome {
        switch status {
        case 200..<300: .accepted
        case 403, 489, 603: .cancelled
        default: .transient
        }
    }

    /// The same for a NOTIFY that ends the dialog: the `reason` of its Subscription-State
    /// ([RFC 6665 §4.1.3](https://www.rfc-editor.org/rfc/rfc6665#section-4.1.3)).
    public static func outcome(ofTermination reason: String?) -> SubscriptionOutcome {
        switch reason?.lowercased() {
        case "rejected", "noresource": .cancelled
        default: .transient
        }
    }

    /// Why a notifier ends a subscription ([RFC 8048 §5.3](https://www.rfc-editor.org/rfc/rfc8048#section-5.3)).
    public enum Termination: String, Equatable, Sendable, CaseIterable {
        /// The XMPP user said `unsubscribed`.
        case rejected
        /// The watcher asked for it, or did not refresh.
        case timeout
        /// There is no such user.
        case noResource = "noresource"
        /// The gateway goes away; subscribe again at once.
        case deactivated
    }
}
