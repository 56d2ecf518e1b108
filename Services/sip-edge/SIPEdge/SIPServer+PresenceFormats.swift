import Interworking
import Messaging
import NIOCore
import Policy
import Presence
import SIPCore

/// How presence is written for the servers of our users: formats, tables, and Microsoft's short cut for the first document.
extension SIPServer {
    /// The table of the domain of a local user.
    func presenceProfile(of user: Address) -> PresenceProfile {
        self.policy.localDomain(user.domain)?.presenceProfile ?? .rfc8048
    }

    /// In which format a watcher is told: of those it accepts the one that its servers would choose, unless its route says that they are
    /// none of Microsoft's.
    ///
    /// `nil` when it can read nothing that we write.
    func presenceFormat(for request: Request, watcher: Address?) -> PresenceFormat? {
        let route = watcher.flatMap { self.policy.routes(to: $0).first }
        return PresenceFormat.chosen(
            from: request.headers.tokens(.accept),
            route?.dialect == .rfc ? .standard : .microsoft
        )
    }

    /// What we accept when we watch a local user.
    func presenceAccept(from user: Address) -> String {
        switch self.dialect(of: user) {
        case .lcs2005: SIPPresenceMapping.acceptOfLCS
        case .auto, .rfc, .ocs2007, .lync: SIPPresenceMapping.accept
        }
    }

    /// The document for a watcher, in its format and by the table of its domain.
    func document(_ notification: PresenceNotification?, for notifier: Notifier) -> [UInt8] {
        SIPPresenceMapping.body(
            notification,
            presentity: notifier.pair.presentity,
            now: self.now,
            profile: self.presenceProfile(of: notifier.pair.watcher),
            format: notifier.format
        )
    }

    /// What a first SUBSCRIBE is answered beside `headers` when its answer takes the place of the first NOTIFY: who reads MSRTC and asks for
    /// it must get it (MS-PRES 3.7.5.5, MS-SIP 3.4).
    ///
    /// - Returns: the document; `nil` when a NOTIFY follows, as where nothing is granted or known yet
    func piggyback(
        _ notifier: inout Notifier,
        _ request: Request,
        _ expires: UInt32,
        _ headers: inout Headers
    ) -> [UInt8]? {
        guard notifier.format == .msrtc, expires > 0,
            request.headers.tokens(.supported).contains(MicrosoftPresence.piggyback),
            let watched = self.watched[notifier.pair], watched.isAuthorized, let known = watched.state.notification
        else { return nil }
        // The number that the NOTIFY would have had is used up.
        let number = notifier.dialog.request(.notify).headers.cSeq?.number ?? 1
        headers.append(.contentType, notifier.format.mediaType)
        headers.append(.event, "presence")
        headers.append(.subscriptionState, "active;expires=\(expires)")
        headers.append(MicrosoftPresence.piggybackNumber, String(number))
        headers.append(.supported, MicrosoftPresence.piggyback)
        return self.document(known, for: notifier)
    }
}

/// Names of MS-SIP's extensions of presence.
enum MicrosoftPresence {
    static let piggyback = "ms-piggyback-first-notify"
    static let piggybackNumber = HeaderName("ms-piggyback-cseq")
}
